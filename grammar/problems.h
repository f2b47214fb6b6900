// Internal to grammar/: the ERROR and MISSING nodes of a tree, and when those of an edited document
// are no more than the ones that were there before.
#pragma once

#include <vector>

#include "grammar/syntax.h"
#include "grammar/ts_language.h"

namespace espalier {

/// All ERROR and MISSING nodes, nested ones included, in document order (outer before inner).
std::vector<SyntaxProblem> CollectProblems(const TSTree* tree);

/// Where an edit lies: bytes [begin, end) became `length` bytes.
struct EditSpan {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t length = 0;
};

/// The correspondence that JoinChecker documents: true when every problem of `after` has a distinct
/// counterpart in `before`.
bool NoNewProblem(const std::vector<SyntaxProblem>& before, const std::vector<SyntaxProblem>& after,
                  const EditSpan& edit);

}  // namespace espalier
