#include "decoder/completion.h"

namespace espalier {

std::string_view CompletionReasonName(CompletionReason reason) {
  switch (reason) {
    case CompletionReason::kOk:
      return "ok";
    case CompletionReason::kNoModel:
      return "no-model";
    case CompletionReason::kUnknownLanguage:
      return "unknown-language";
    case CompletionReason::kCancelled:
      return "cancelled";
    case CompletionReason::kDeadline:
      return "deadline";
    case CompletionReason::kEmpty:
      return "empty";
    case CompletionReason::kNoCleanJoin:
      return "no-clean-join";
    case CompletionReason::kFailsExamples:
      return "fails-examples";
    case CompletionReason::kInComment:
      return "in-comment";
    case CompletionReason::kInString:
      return "in-string";
    case CompletionReason::kTooLarge:
      return "too-large";
    case CompletionReason::kNotUtf8:
      return "not-utf8";
    case CompletionReason::kError:
      return "error";
  }
  return "error";
}

}  // namespace espalier
