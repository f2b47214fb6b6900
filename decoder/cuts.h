// Where a model's output may be cut: the candidate ends of a completion, most promising first. Whether the
// document parses with what is left is for the caller to find out (join.h).
//
// Pure functions, thread-safe; texts have LF line ends.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/hole.h"

namespace espalier {

/// What a model wrote behind the cursor.
struct ModelOutput {
  std::string text;    ///< the forced text is not part of it
  bool ended = false;  ///< the model ended it itself (no limit, no stop rule)
};

/// Why an end is promising.
enum class CutKind {
  kEcho,       ///< from here on the output repeats what follows the cursor
  kLooseEcho,  ///< likewise, with changes
  kModelEnd,   ///< the model stopped here
  kScopeEnd,   ///< the statement or body that the cursor is in ends here
  kLineEnd,
  kAnywhere,  ///< between two words
};

struct Cut {
  size_t length = 0;  ///< bytes of output that stay
  CutKind kind = CutKind::kAnywhere;
};

/// The part of `output` worth looking at: up to a Markdown fence, a NUL, an unfinished code point or a
/// loop of repeated lines; with `multi_line` false up to the end of the line.
std::string_view UsableOutput(std::string_view output, bool multi_line);

/// All candidates, without duplicates, at most a few hundred. REQUIRES: `usable` is a beginning of
/// output.text.
std::vector<Cut> RankCuts(const ModelOutput& output, std::string_view usable, const Hole& hole);

/// True when a complete line of `usable` no longer belongs to the statement or body that the hole is in.
bool LeavesScope(std::string_view usable, const Hole& hole);

/// Offset from which the lines of `output` go round in a loop (the same one to four lines three times in
/// a row), behind the first round; npos if they do not.
size_t FindLineLoop(std::string_view output);

}  // namespace espalier
