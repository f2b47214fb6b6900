// Internal to grammar/: a grammar's lexer automata (lexer_tables.h) and what can still become of a lexeme
// that stands in one of their states. Immutable after construction; thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "grammar/character_kinds.h"
#include "grammar/lexer_tables.h"
#include "grammar/symbol_set.h"

namespace espalier {

/// An automaton with, for each state, what some continuation of the text leads to.
class LexerStates {
 public:
  LexerStates(const LexAutomaton& automaton, uint16_t class_count);

  uint16_t Next(uint16_t state, uint16_t code_point_class) const {
    return automaton_.next[size_t{state} * class_count_ + code_point_class];
  }
  uint16_t NextAtEnd(uint16_t state) const { return automaton_.at_end[state]; }
  uint16_t Accepts(uint16_t state) const { return automaton_.accepts[state]; }
  uint16_t count() const { return automaton_.state_count; }

  /// Tokens that are accepted after at least one more code point, or at the end of the text.
  const SymbolSet& Reachable(uint16_t state) const { return reachable_[state]; }
  /// Whether some code point has no transition, so that the lexeme ends here. (The end of the text does not
  /// count.)
  bool CanEnd(uint16_t state) const { return can_end_[state]; }

 private:
  void CollectReachable();

  LexAutomaton automaton_;
  uint16_t class_count_;
  std::vector<SymbolSet> reachable_;
  std::vector<bool> can_end_;
};

class Lexer {
 public:
  explicit Lexer(const LexerTables& tables);

  /// `code_point` may be kScanInvalid (external_scanner.h).
  uint16_t ClassOf(int32_t code_point) const {
    if (static_cast<uint32_t>(code_point) < 128) return tables_.ascii[code_point];
    return code_point < 0 ? tables_.invalid_class : ClassOfInterval(code_point);
  }

  /// The keywords' state where a token begins, and behind what is skipped (of which more than white space may
  /// be seen only at its end: a backslash before a line break); kLexNone when there are no keywords.
  uint16_t FirstKeyword() const { return has_keywords() ? 0 : kLexNone; }
  /// The keywords' state after one more code point of a token, or kLexNone. (White space in front of a
  /// token, which the keywords' automaton knows, too, is not in it.)
  uint16_t NextKeyword(uint16_t state, uint16_t code_point_class) const {
    const uint16_t next = keywords_.Next(state, code_point_class);
    return next & kLexSkip ? kLexNone : next;
  }

  /// One code point of each class that occurs in [first, last] (from U+0080 on), and one in each stretch of
  /// white space there.
  std::vector<int32_t> Representatives(int32_t first, int32_t last) const;

  /// Kinds whose code points all lead from a state to itself, as parts of a token.
  CharacterKinds Loops(uint16_t state) const { return loops_[state]; }

  const LexerStates& words() const { return words_; }
  const LexerStates& keywords() const { return keywords_; }
  bool has_keywords() const { return keywords_.count() > 0; }

 private:
  uint16_t ClassOfInterval(int32_t code_point) const;
  CharacterKinds LoopsOf(uint16_t state) const;

  const LexerTables& tables_;
  LexerStates words_, keywords_;
  std::vector<CharacterKinds> loops_;
};

}  // namespace espalier
