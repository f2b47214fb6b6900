// Runs test cases with a program under test, many in one process: the program and the cases become one
// harness program, which is built once and writes a line for each case. A case that ends the process (a
// crash, a time limit) is recorded, and the harness goes on behind it in a new one. Cases that do not compile
// are found, and the rest is built without them.
//
//   auto run = RunCases(workshop, Language::kCpp, source, cases, {});
//   run->cases[0].verdict == CaseVerdict::kPassed
//
// Each line of the harness begins with a word drawn for this run. The program under test does not know the
// word, so that what it prints is no verdict. (Code of the same process could find the word on purpose; who
// needs certainty about hostile code has to keep verdict and program in separate processes.)
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"
#include "testgen/program.h"
#include "testgen/test_case.h"

namespace espalier {

enum class CaseVerdict {
  kNotRun,  ///< the program did not build, or too many cases before it ended the process
  kPassed,
  kFailed,  ///< the check says no
  kError,   ///< an exception, a crash
  kTimedOut,
  kInvalid,  ///< the case itself does not compile
};
/// "passed", "failed", ...
std::string_view CaseVerdictName(CaseVerdict verdict);

struct CaseOutcome {
  CaseVerdict verdict = CaseVerdict::kNotRun;
  std::string value;   ///< what `call` gave, for TestCase::Check::kEquals, as text; may be empty (C), cut off
  std::string detail;  ///< of kError: the exception, in a line

  bool operator==(const CaseOutcome&) const = default;
};

struct HarnessRun {
  /// Of the build, with as many cases as compile. kOk; kCompileError: the program under test does not
  /// compile; or what became of the compiler.
  Verdict built = Verdict::kSandboxFailure;
  std::vector<Diagnostic> diagnostics;  ///< of a program that does not compile or load
  std::vector<CaseOutcome> cases;       ///< one for each given
  std::chrono::microseconds wall{0};    ///< of builds and runs
};

struct HarnessOptions {
  std::chrono::milliseconds case_limit{2'000};  ///< of one case
  std::chrono::milliseconds run_limit{10'000};  ///< of one process
  uint32_t most_processes = 4;                  ///< started anew behind cases that end one
  bool fresh = false;                           ///< see ProgramRun::fresh
};

/// `source` is a whole file; a main program of its own is left out. Errors: as Workshop::Build and
/// Workshop::Run.
Result<HarnessRun> RunCases(Workshop& workshop, Language language, const std::string& source,
                            std::span<const TestCase> cases, const HarnessOptions& options,
                            const CancelToken& cancel = {});

/// The same for cases of kind kPrints alone, which RunCases takes for kInvalid: `source` is a program, run
/// once for each. Output is compared word by word.
Result<HarnessRun> RunPrograms(Workshop& workshop, Language language, const std::string& source,
                               std::span<const TestCase> cases, const HarnessOptions& options,
                               const CancelToken& cancel = {});

}  // namespace espalier
