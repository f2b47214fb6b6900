// Running another program and watching it: its own process group, no input, no output but the end of
// what it says on standard error.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"

namespace espalier {

struct ProgramCall {
  std::vector<std::string> arguments;    ///< the first is the program, looked up on PATH
  std::vector<std::string> environment;  ///< "NAME=value", added to the process's own
  std::function<void()> on_tick;         ///< called several times a second while it runs; may be empty
};

struct ProgramResult {
  int exit_code = 0;       ///< 128 + signal when a signal ended it
  std::string error_tail;  ///< the last few kB of standard error
};

/// Runs the program to its end. When `cancel` stops, the whole process group is asked to end, and made
/// to after a grace period. Errors: kNotFound (no such program), kIo, kCancelled, kDeadlineExceeded.
Result<ProgramResult> RunProgram(const ProgramCall& call, const CancelToken& cancel);

}  // namespace espalier
