#include "evals/suites/program_checker.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

#include "evals/suites/embedded.h"
#include "evals/suites/workshop_checker.h"

namespace espalier {
namespace {

constexpr std::array<std::string_view, std::size(kErrorClasses)> kNames = {
    "passed", "syntax", "compile", "runtime", "wrong", "timeout", "memory", "output", "no-answer"};

constexpr uint64_t kMemoryBytes = uint64_t{1} << 30;  // two interpreters, and the largest tests

/// 128 bits that nobody can know beforehand.
std::string NewSecret() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

std::string LastLine(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1).substr(0, 500);
}

/// The checker's line: "SECRET word "message"".
struct VerdictLine {
  std::string word;
  std::string message;
};

VerdictLine ReadLine(const std::string& out, const std::string& secret) {
  if (!out.starts_with(secret + " ")) return {};
  const size_t word = secret.size() + 1;
  const size_t space = std::min(out.find(' ', word), out.size());
  const auto message = nlohmann::json::parse(out.substr(space), nullptr, false);
  return {out.substr(word, space - word), message.is_string() ? message.get<std::string>() : ""};
}

class PythonProgramChecker final : public ProgramChecker {
 public:
  explicit PythonProgramChecker(Toolchain python) : python_(std::move(python)) {}

  Result<CheckResult> Check(const SuiteTask& task, const std::string& program,
                            std::chrono::milliseconds time_limit, const CancelToken& cancel) const override {
    SandboxPolicy policy;
    policy.toolchains = python_.folders;
    policy.wall = policy.cpu = time_limit;
    policy.memory_bytes = kMemoryBytes;
    const std::string secret = NewSecret();
    ESPALIER_ASSIGN_OR_RETURN(const SandboxOutcome outcome,
                              RunInSandbox(policy, RunOf(task, program, secret), cancel));
    return Judge(task, outcome, secret);
  }

 private:
  SandboxRun RunOf(const SuiteTask& task, const std::string& program, const std::string& secret) const {
    SandboxRun run;
    run.arguments = {python_.program.string(), "-I", "-B", "checker.py"};
    run.files = {{.path = "checker.py", .content = PythonChecker()}};
    run.environment = {"PYTHONHASHSEED=0"};  // for the program, whose sets then have one order
    const nlohmann::json job = {{"secret", secret},
                                {"runner", PythonRunner()},
                                {"program", program},
                                {"reference", task.reference},
                                {"entry", task.entry},
                                {"tests", task.tests},
                                {"call_check", !task.entry.empty()},
                                {"row", task.row}};
    run.input = job.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    return run;
  }

  static Result<CheckResult> Judge(const SuiteTask& task, const SandboxOutcome& outcome,
                                   const std::string& secret) {
    CheckResult result;
    result.wall = outcome.wall;
    if (outcome.verdict == Verdict::kSandboxFailure) return Fail(ErrorCode::kUnavailable, outcome.failure);
    if (outcome.verdict != Verdict::kOk) return OfVerdict(outcome, std::move(result));
    const VerdictLine line = ReadLine(outcome.out, secret);
    if (line.word == "broken") {
      return Fail(ErrorCode::kInternal, fmt::format("{} cannot be tested: {}", task.id, line.message));
    }
    result.detail = line.word.empty() ? "the checker ended without a verdict" : line.message;
    result.error = OfWord(line.word);
    return result;
  }

  /// The sandbox ended it, or the checker did not end as it should.
  static Result<CheckResult> OfVerdict(const SandboxOutcome& outcome, CheckResult result) {
    switch (outcome.verdict) {
      case Verdict::kTimedOut:
        result.error = ErrorClass::kTimeout;
        break;
      case Verdict::kMemoryLimit:
        result.error = ErrorClass::kMemory;
        break;
      case Verdict::kOutputLimit:
        result.error = ErrorClass::kOutput;
        break;
      default:
        result.error = ErrorClass::kRuntime;
        result.detail = LastLine(outcome.err);
    }
    return result;
  }

  static ErrorClass OfWord(std::string_view word) {
    if (word == "pass") return ErrorClass::kNone;
    if (word == "wrong") return ErrorClass::kWrong;
    if (word == "syntax") return ErrorClass::kSyntax;
    if (word == "memory") return ErrorClass::kMemory;
    return ErrorClass::kRuntime;
  }

  const Toolchain python_;
};

/// Checks each task in its language.
class SuiteChecker final : public ProgramChecker {
 public:
  Status Add(Language language) {
    auto& checker = by_language_[static_cast<size_t>(language)];
    if (checker != nullptr) return {};
    ESPALIER_ASSIGN_OR_RETURN(checker, ProgramChecker::For(language));
    return {};
  }

  Result<CheckResult> Check(const SuiteTask& task, const std::string& program,
                            std::chrono::milliseconds time_limit, const CancelToken& cancel) const override {
    return by_language_[static_cast<size_t>(task.language)]->Check(task, program, time_limit, cancel);
  }

 private:
  std::array<std::unique_ptr<ProgramChecker>, kLanguageCount> by_language_;
};

}  // namespace

std::string_view ErrorClassName(ErrorClass error) { return kNames[static_cast<size_t>(error)]; }

Result<std::unique_ptr<ProgramChecker>> ProgramChecker::For(Language language) {
  if (language != Language::kPython) return MakeWorkshopChecker(language);
  ESPALIER_ASSIGN_OR_RETURN(Toolchain python, ToolchainFolders("python3"));
  return std::make_unique<PythonProgramChecker>(std::move(python));
}

Result<std::unique_ptr<ProgramChecker>> ProgramChecker::For(const Suite& suite) {
  auto checker = std::make_unique<SuiteChecker>();
  for (const SuiteTask& task : suite.tasks) {
    if (!task.tests.empty()) ESPALIER_RETURN_IF_ERROR(checker->Add(task.language));
  }
  return checker;
}

}  // namespace espalier
