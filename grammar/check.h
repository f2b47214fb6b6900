// Is a whole text a file that the grammar accepts, and if not, where does it go wrong? The answer is the
// recogniser's (recogniser.h): the place is exact, there is one, and no guess is made about what was meant.
// Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/grammar.h"

namespace espalier {

struct SyntaxCheck {
  bool ok = false;
  /// Everything before this byte is the beginning of some accepted file; with this byte it no longer is. It
  /// is text.size() when the text breaks off too early.
  uint32_t position = 0;
  /// Where the token that holds that byte begins; <= position.
  uint32_t token_begin = 0;
  bool at_end = false;  ///< the text breaks off too early
  /// Too ambiguous at `position` (Recogniser::gave_up): neither ok nor an error.
  bool gave_up = false;
  /// What may stand at `token_begin`, as people call it: "`)`", "identifier", "end of line". Each once, those
  /// that are most likely meant last. Comments, which may stand nearly everywhere, are left out.
  std::vector<std::string> expected;
};

/// `text` may hold any bytes; those that are not UTF-8 are what they are to tree-sitter: errors, except in
/// some comments and strings. REQUIRES: at most 4 GiB.
SyntaxCheck CheckSyntax(const Grammar& grammar, std::string_view text);

}  // namespace espalier
