// An inline completion that finishes a function is tried before it is shown: it must do what the examples in
// the function's documentation say. Nothing else is refused: a function that is not finished yet, that has no
// examples, or that does not build by itself is shown as it is.
#pragma once

#include "decoder/completion.h"
#include "testgen/program.h"

namespace espalier {

/// The completion, or none with kFailsExamples where an example fails; `detail` names it. Takes as long as
/// building and running takes, at most until `request.cancel`; then the completion is shown unchecked.
Completion ValidateCompletion(Workshop& workshop, const CompletionRequest& request, Completion completion);

}  // namespace espalier
