// A grammar's lexers as finite automata over code points, in static tables. They are made at build time
// from the grammar package's own parser.c (tabulate/README.md), and are what makes a partial lexeme exact:
// where the generated C function can only be run on a whole text, an automaton stands in a state.
#pragma once

#include <cstdint>

namespace espalier {

/// A transition: the next state, with kLexSkip when the code point does not belong to the token (white
/// space before it), or kLexNone.
inline constexpr uint16_t kLexNone = 0xFFFF;
inline constexpr uint16_t kLexSkip = 0x8000;
inline constexpr uint16_t kLexStateMask = 0x7FFF;

/// No token is accepted in a state.
inline constexpr uint16_t kNoSymbol = 0xFFFF;

struct LexAutomaton {
  uint16_t state_count;
  const uint16_t* next;     ///< [state_count][class_count]: transitions
  const uint16_t* at_end;   ///< [state_count]: the transition at the end of the text
  const uint16_t* accepts;  ///< [state_count]: the token that ends here, or kNoSymbol
};

/// Code points fall into classes that no state tells apart.
struct LexerTables {
  uint16_t class_count;
  uint16_t invalid_class;   ///< of a byte that is not UTF-8
  const uint16_t* ascii;    ///< [128]: classes
  uint32_t interval_count;  ///< intervals from U+0080 on, each up to the beginning of the next
  const int32_t* interval_begin;
  const uint16_t* interval_class;
  LexAutomaton words;     ///< all tokens; keywords come out as the grammar's word token
  LexAutomaton keywords;  ///< the keywords alone, from state 0; no states when the grammar has none
};

}  // namespace espalier
