// Joining a model's output with the document around the cursor: which part of it is shown, and which
// closing brackets right of the cursor it replaces, so that the document never gains a syntax error.
// Thread-safe (everything is passed in and immutable).
#pragma once

#include <cstdint>
#include <string>

#include "base/cancellation.h"
#include "decoder/completion.h"
#include "decoder/cuts.h"
#include "decoder/hole.h"
#include "grammar/syntax.h"

namespace espalier {

struct Joined {
  CompletionReason reason = CompletionReason::kNoCleanJoin;
  std::string text;    ///< what stands in place of [cursor, end); empty unless reason is kOk
  uint32_t end = 0;    ///< at or right of the cursor, on its line
  std::string detail;  ///< one sentence for people
};

/// Tries the output's candidate cuts, best first, and takes the first that leaves the whole document
/// without a syntax error. If there is none and the document has errors for which the hole is not to blame
/// (no short text at the cursor would repair them, and brackets balance around it), the first cut that
/// adds no error to them. Else kNoCleanJoin; kEmpty when the output has nothing to add. The text that is
/// returned was checked by a parse of the whole result. REQUIRES: `checker` was made of hole.document.
Joined JoinOutput(const ModelOutput& output, const Hole& hole, const JoinChecker& checker, bool multi_line,
                  const CancelToken& cancel = {});

/// Whether the suffix's repetition in `output` is so sure, and the document with what stands before it so
/// clean, that no further output is needed. Cheap: for each token, on the engine's thread.
bool EchoEndsOutput(std::string_view output, const Hole& hole, const JoinChecker& checker);

}  // namespace espalier
