// Answers in languages other than Python, tested in a program of the suite's tests (test_program.h).
#include "evals/suites/workshop_checker.h"

#include <fmt/format.h>

#include <random>

#include "evals/suites/test_program.h"

namespace espalier {
namespace {

std::string Word() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

std::string FirstError(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& one : diagnostics) {
    if (one.severity == Severity::kError) return fmt::format("{}:{}: {}", one.file, one.line, one.message);
  }
  return {};
}

ErrorClass ClassOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kTimedOut:
      return ErrorClass::kTimeout;
    case Verdict::kMemoryLimit:
      return ErrorClass::kMemory;
    case Verdict::kOutputLimit:
      return ErrorClass::kOutput;
    case Verdict::kCompileError:
      return ErrorClass::kCompile;
    default:
      return ErrorClass::kRuntime;
  }
}

class WorkshopChecker final : public ProgramChecker {
 public:
  explicit WorkshopChecker(Language language) : language_(language) {}

  Status Ready() { return workshop_.Check(language_); }

  Result<CheckResult> Check(const SuiteTask& task, const std::string& answer,
                            std::chrono::milliseconds time_limit, const CancelToken& cancel) const override {
    ESPALIER_ASSIGN_OR_RETURN(const auto build,
                              workshop_.Build(TestProgram(language_, task, answer), cancel));
    CheckResult result;
    result.wall = build->wall;
    if (build->verdict != Verdict::kOk) return NotBuilt(*build, std::move(result));
    const std::string word = Word();
    ProgramRun run;
    run.input = word + "\n";
    run.limits.wall = run.limits.cpu = time_limit;
    ESPALIER_ASSIGN_OR_RETURN(const ProgramOutcome outcome, workshop_.Run(*build, run, cancel));
    if (outcome.result.verdict == Verdict::kSandboxFailure) {
      return Fail(ErrorCode::kUnavailable, outcome.result.failure);
    }
    result.wall += outcome.result.wall;
    return Judge(outcome, word, std::move(result));
  }

 private:
  static Result<CheckResult> NotBuilt(const ProgramBuild& build, CheckResult result) {
    if (build.verdict == Verdict::kSandboxFailure) return Fail(ErrorCode::kUnavailable, build.log);
    result.error = ErrorClass::kCompile;
    result.detail = FirstError(build.diagnostics);
    return result;
  }

  static CheckResult Judge(const ProgramOutcome& outcome, const std::string& word, CheckResult result) {
    const SandboxOutcome& run = outcome.result;
    if (run.verdict == Verdict::kOk && run.out.ends_with("\n" + word + "\n")) return result;
    result.detail = FirstError(outcome.diagnostics);
    if (run.verdict == Verdict::kOk) {
      result.error = ErrorClass::kRuntime;
      result.detail = "the program ended before its tests did";
      return result;
    }
    result.error = ClassOf(run.verdict);
    // assert(), AssertionError, assertion failed; what MBXP throws
    const bool asserted = run.err.find("ssertion") != std::string::npos ||
                          run.err.find("-- test case") != std::string::npos ||
                          run.err.find("assert statement") != std::string::npos;
    if (result.error == ErrorClass::kRuntime && asserted) result.error = ErrorClass::kWrong;
    return result;
  }

  const Language language_;
  mutable Workshop workshop_{{}};
};

}  // namespace

Result<std::unique_ptr<ProgramChecker>> MakeWorkshopChecker(Language language) {
  if (language == Language::kPython || language == Language::kC || language == Language::kTsx) {
    return Fail(ErrorCode::kUnsupported, fmt::format("no suite is in {}", LanguageId(language)));
  }
  auto checker = std::make_unique<WorkshopChecker>(language);
  ESPALIER_RETURN_IF_ERROR(checker->Ready());
  return checker;
}

}  // namespace espalier
