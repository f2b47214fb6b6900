// Internal to grammar/: one lexeme under way on one stack of the parser, in the order in which tree-sitter
// tries its lexers (ts_parser__lex): the external scanner, the grammar's lexer, and if neither finds
// anything, both again with all tokens allowed.
#pragma once

#include <cstdint>
#include <string_view>

#include "grammar/external_scanner.h"
#include "grammar/grammar.h"
#include "grammar/scanner_states.h"
#include "grammar/shifter.h"

namespace espalier {

enum class LexPhase : uint8_t { kExternal, kInternal, kAnyExternal, kAnyInternal };

inline bool IsExternal(LexPhase phase) {
  return phase == LexPhase::kExternal || phase == LexPhase::kAnyExternal;
}
inline bool AllowsAny(LexPhase phase) { return phase >= LexPhase::kAnyExternal; }

/// A stack and its lexeme. Plain data, copied freely.
struct Head {
  const StackNode* node = nullptr;
  uint32_t scanner_state = 0;  ///< number in ScannerStates
  uint32_t start = 0;          ///< byte where lexing began
  uint32_t begin = 0;          ///< the same, or behind a byte order mark there
  uint32_t at = 0;             ///< next byte to be read
  LexPhase phase = LexPhase::kExternal;
  // While the grammar's lexer runs:
  uint16_t state = 0;
  uint16_t keyword_state = kLexNone;
  uint16_t accepted = kNoSymbol;  ///< the longest token so far, which ends at accepted_end
  uint16_t accepted_keyword = kNoSymbol;
  uint32_t accepted_end = 0;
  uint32_t token_begin = 0;  ///< behind the white space that was skipped
  // While the external scanner runs:
  bool scan_began = false;
  ScanCursor scan = {};
};

enum class LexStatus : uint8_t {
  kMore,    ///< undecided: the text is over
  kToken,   ///< found
  kDead,    ///< no token begins here
  kGaveUp,  ///< the external scanner cannot tell
};

struct FoundToken {
  Lookahead lookahead;
  uint32_t end = 0;
  uint32_t scanner_state = 0;
};

class LexemeReader {
 public:
  LexemeReader(const Grammar& grammar, ScannerStates& states) : grammar_(grammar), states_(states) {}

  /// A stack at the beginning of a lexeme.
  Head Fresh(const StackNode* node, uint32_t start, uint32_t scanner_state) const;
  /// Reads on in `text`, which with `final` is over.
  LexStatus Read(Head& head, std::string_view text, bool final, FoundToken& token) const;
  /// Begins the lexeme again in the phase behind the current one (which found nothing); false: it was the
  /// last.
  bool NextPhase(Head& head) const;
  /// The token that `head` has accepted. REQUIRES: there is one.
  FoundToken Accepted(const Head& head) const;
  /// The token that the external scanner has found; false if it does not count.
  bool AcceptExternal(const Head& head, FoundToken& token) const;

 private:
  void Enter(Head& head, LexPhase phase, uint32_t at) const;
  bool PassesMark(Head& head, int32_t code_point) const;
  ScanStatus GoOnWithScan(Head& head, std::string_view text, bool final) const;
  ScanStatus BeginScan(Head& head) const;
  LexStatus ReadExternal(Head& head, std::string_view text, bool final, FoundToken& token) const;
  bool ReadInternal(Head& head, std::string_view text, bool final) const;
  void ReadEnd(Head& head) const;
  void Note(Head& head) const;

  const Grammar& grammar_;
  ScannerStates& states_;
};

}  // namespace espalier
