// What the process says to the shell. The table is part of the command line's contract: scripts may
// rely on it, and --help prints it.
#pragma once

#include <string_view>

#include "base/result.h"
#include "decoder/completion.h"

namespace espalier {

enum class ExitCode : int {
  kOk = 0,
  kNoAnswer = 1,      ///< everything worked, and there is nothing to show
  kSyntaxError = 1,   ///< `check` found one
  kNotOk = 1,         ///< `sandbox`: the program's verdict is another one than OK
  kUsage = 2,         ///< a flag, position, language or setting that makes no sense
  kNotFound = 3,      ///< a file, model or program is missing
  kBadInput = 4,      ///< corrupt or unsupported bytes: model file, wrong hash, text that is not UTF-8
  kIo = 5,            ///< the operating system refused: permission, disk full, broken pipe
  kLimit = 6,         ///< out of memory, KV cache or time
  kInternal = 7,      ///< a bug
  kInterrupted = 130  ///< Ctrl-C
};

ExitCode ExitCodeFor(ErrorCode code);
ExitCode ExitCodeFor(CompletionReason reason);

/// The table above as text for --help.
std::string_view ExitCodesHelp();

}  // namespace espalier
