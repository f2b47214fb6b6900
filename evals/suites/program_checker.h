// Runs a program with its task's tests in the sandbox, and says what became of it.
//
// The verdict "passed" needs a secret that is drawn for every run. The process that has the secret and the
// tests is not the one that runs the program (python_checker.py): the program sees the arguments of calls,
// and gives values back. It cannot pass by exiting, by printing, by catching the checker's exceptions, by
// redefining builtins, or with objects that equal everything; it can only give the values that the tests
// want.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/cancellation.h"
#include "base/result.h"
#include "evals/suites/suite.h"
#include "testgen/sandbox.h"

namespace espalier {

/// What was wrong with a program.
enum class ErrorClass {
  kNone,     ///< it passed
  kSyntax,   ///< it does not parse
  kCompile,  ///< a compiler refused it
  kRuntime,  ///< an exception, a crash, an exit
  kWrong,    ///< a test said no
  kTimeout,
  kMemory,
  kOutput,  ///< it wrote more than anybody reads
  kNoAnswer,
};
inline constexpr ErrorClass kErrorClasses[] = {
    ErrorClass::kNone,    ErrorClass::kSyntax, ErrorClass::kCompile, ErrorClass::kRuntime, ErrorClass::kWrong,
    ErrorClass::kTimeout, ErrorClass::kMemory, ErrorClass::kOutput,  ErrorClass::kNoAnswer};
/// "passed", "syntax", "compile", ...
std::string_view ErrorClassName(ErrorClass error);

struct CheckResult {
  ErrorClass error = ErrorClass::kNone;
  std::string detail;  ///< one line: the exception, the test that said no
  std::chrono::microseconds wall{0};

  bool passed() const { return error == ErrorClass::kNone; }
};

/// Thread-safe.
class ProgramChecker {
 public:
  virtual ~ProgramChecker() = default;
  /// Errors: kUnavailable (no sandbox here), kInternal (the task's own tests or the harness are at fault),
  /// kCancelled.
  virtual Result<CheckResult> Check(const SuiteTask& task, const std::string& program,
                                    std::chrono::milliseconds time_limit,
                                    const CancelToken& cancel) const = 0;

  /// For programs in `language`. Errors: kNotFound (its tools are missing), kUnsupported.
  static Result<std::unique_ptr<ProgramChecker>> For(Language language);
  /// For all tasks of a suite that have tests. Errors: the same.
  static Result<std::unique_ptr<ProgramChecker>> For(const Suite& suite);

 protected:
  ProgramChecker() = default;
};

}  // namespace espalier
