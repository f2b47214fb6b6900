// An inline completion that finishes a function is tried before it is shown: it must do what the examples in
// the function's documentation say. Where one does not, the model writes again, a little at random. A
// function that is not finished yet, or that has no examples, is shown as it is.
#pragma once

#include <functional>

#include "decoder/completion.h"
#include "testgen/program.h"

namespace espalier {

enum class CompletionValidation {
  kOff,
  kAuto,    ///< what cannot be run (it wants its project, tools are missing) is shown unchecked
  kAlways,  ///< what finishes a function with examples is shown only if they pass
};

/// The completion, with what was found out in `detail`; or none with kFailsExamples. Takes as long as
/// building and running takes; where `request.cancel` ends that, kAuto shows the completion unchecked.
Completion ValidateCompletion(Workshop& workshop, const CompletionRequest& request, Completion completion,
                              CompletionValidation validation);

/// Completes and validates, up to three times while examples fail and there is time.
Completion CompleteValidated(const std::function<Completion(const CompletionRequest&)>& complete,
                             Workshop& workshop, const CompletionRequest& request,
                             CompletionValidation validation);

}  // namespace espalier
