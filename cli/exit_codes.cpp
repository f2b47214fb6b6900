#include "cli/exit_codes.h"

namespace espalier {

ExitCode ExitCodeFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return ExitCode::kUsage;
    case ErrorCode::kNotFound:
    case ErrorCode::kUnavailable:
      return ExitCode::kNotFound;
    case ErrorCode::kCorrupt:
    case ErrorCode::kUnsupported:
      return ExitCode::kBadInput;
    case ErrorCode::kIo:
      return ExitCode::kIo;
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kDeadlineExceeded:
      return ExitCode::kLimit;
    case ErrorCode::kCancelled:
      return ExitCode::kInterrupted;
    case ErrorCode::kInternal:
      return ExitCode::kInternal;
  }
  return ExitCode::kInternal;
}

ExitCode ExitCodeFor(CompletionReason reason) {
  switch (reason) {
    case CompletionReason::kOk:
      return ExitCode::kOk;
    case CompletionReason::kEmpty:
    case CompletionReason::kNoCleanJoin:
    case CompletionReason::kFailsExamples:
    case CompletionReason::kInComment:
    case CompletionReason::kInString:
      return ExitCode::kNoAnswer;
    case CompletionReason::kUnknownLanguage:
      return ExitCode::kUsage;
    case CompletionReason::kNoModel:
      return ExitCode::kNotFound;
    case CompletionReason::kTooLarge:
    case CompletionReason::kNotUtf8:
      return ExitCode::kBadInput;
    case CompletionReason::kDeadline:
      return ExitCode::kLimit;
    case CompletionReason::kCancelled:
      return ExitCode::kInterrupted;
    case CompletionReason::kError:
      return ExitCode::kInternal;
  }
  return ExitCode::kInternal;
}

std::string_view ExitCodesHelp() {
  return R"(Exit codes:
  0    done
  1    no answer: nothing to show, and the reason is printed; check: a syntax error; mask: a text is refused;
       sandbox: a verdict other than OK
  2    usage: a flag, position, language or setting that makes no sense
  3    a file, model or program is missing
  4    corrupt or unsupported input (model file, wrong hash, text that is not UTF-8, file too large)
  5    input/output: permission, disk full, broken pipe
  6    a limit: memory, KV cache, deadline
  7    a bug in Espalier
  130  interrupted (Ctrl-C))";
}

}  // namespace espalier
