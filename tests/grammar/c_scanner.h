// Drives a grammar package's own external scanner (its C function) over a given text, as tree-sitter's core
// does: the reference for the machines of grammar/external_scanner.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/ts_tables.h"
#include "tests/grammar/text_lexer.h"

struct TSLanguage;

namespace espalier {

struct CScan {
  bool found = false;
  uint8_t token = 0;   ///< index among the external tokens; meaningless unless found, like the next three
  uint32_t begin = 0;  ///< where the token begins, behind what was skipped
  uint32_t end = 0;
  std::string state;      ///< what the scanner serializes afterwards
  uint32_t furthest = 0;  ///< the byte at which it stopped reading; what stands there may have been looked at

  /// The function stood at the end of the text (or at the beginning of a sequence cut off there), so that a
  /// longer text might be judged differently. Being there is enough: that it looked cannot be observed.
  bool saw_end = false;
};

/// One grammar's scanner. Each scan has a payload of its own, so scans do not influence each other.
class CScanner {
 public:
  explicit CScanner(const TSLanguage* language);

  uint32_t token_count() const { return tables_.external_token_count; }

  /// The sets of external tokens that are acceptable in some state of the parser, as bits; the first is the
  /// one of error recovery (all tokens).
  std::vector<uint32_t> ValidSets() const;

  /// Scans `text` from byte `begin`, in the state that an earlier scan left ("" at the start of the text).
  CScan Scan(std::string_view text, uint32_t begin, uint32_t valid, std::string_view state) const;

 private:
  uint16_t ExternalLexState(uint32_t parse_state) const;

  const TsTables& tables_;
};

}  // namespace espalier
