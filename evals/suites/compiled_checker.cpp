// Tests of compiled languages are a main program beside the answer, in the same process. It passes when that
// program comes to its end and says a secret word, which it reads from standard input: a program that exits,
// prints or crashes does not know the word. Code of the same process could read the word first; nothing short
// of that passes.
#include "evals/suites/compiled_checker.h"

#include <fmt/format.h>

#include <random>

namespace espalier {
namespace {

constexpr std::string_view kCppHead = "#include <bits/stdc++.h>\n";
constexpr std::string_view kCppMain =
    "\nint main() {\n  std::string espalier_word;\n  espalier_tests();\n"
    "  std::getline(std::cin, espalier_word);\n  std::cout << std::endl << espalier_word << std::endl;\n}\n";
constexpr std::string_view kJavaImports =
    "import java.math.*;\nimport java.security.*;\nimport java.util.*;\nimport java.util.stream.*;\n";
constexpr std::string_view kJavaMain =
    "final class EspalierCheck {\n  public static void main(String[] words) throws Throwable {\n"
    "    java.io.InputStream in = System.in;\n    java.io.PrintStream out = System.out;\n"
    "    System.setIn(java.io.InputStream.nullInputStream());\n    Main.main(words);\n"
    "    out.println();\n    out.println(new java.io.BufferedReader(new "
    "java.io.InputStreamReader(in)).readLine());\n"
    "    out.flush();\n    Runtime.getRuntime().halt(0);\n  }\n}\n";

/// A main program as a function, which need not return anything.
std::string AsFunction(std::string tests) {
  constexpr std::string_view kMain = "int main(";
  const size_t at = tests.find(kMain);
  if (at != std::string::npos) tests.replace(at, kMain.size(), "void espalier_tests(");
  return tests;
}

Program CppProgram(const SuiteTask& task, const std::string& answer) {
  Program program;
  program.language = Language::kCpp;
  program.files = {{"main.cpp", fmt::format("{}#include \"answer.inc\"\n{}{}", kCppHead,
                                            AsFunction(task.tests), kCppMain)},
                   {"answer.inc", answer + "\n"}};
  return program;
}

Program JavaProgram(const SuiteTask& task, const std::string& answer) {
  Program program;
  program.language = Language::kJava;
  program.main = "EspalierCheck.java";
  program.files = {{program.main, std::string(kJavaMain)},
                   {"Main.java", std::string(kJavaImports) + task.tests},
                   {"Solution.java", answer}};
  return program;
}

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

class CompiledChecker final : public ProgramChecker {
 public:
  explicit CompiledChecker(Language language) : language_(language) {}

  Status Ready() { return workshop_.Check(language_); }

  Result<CheckResult> Check(const SuiteTask& task, const std::string& answer,
                            std::chrono::milliseconds time_limit, const CancelToken& cancel) const override {
    const Program program =
        language_ == Language::kCpp ? CppProgram(task, answer) : JavaProgram(task, answer);
    ESPALIER_ASSIGN_OR_RETURN(const auto build, workshop_.Build(program, cancel));
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
    const bool asserted = run.err.find("Assertion") != std::string::npos;  // assert() and AssertionError
    if (result.error == ErrorClass::kRuntime && asserted) result.error = ErrorClass::kWrong;
    return result;
  }

  const Language language_;
  mutable Workshop workshop_{{}};
};

}  // namespace

Result<std::unique_ptr<ProgramChecker>> MakeCompiledChecker(Language language) {
  auto checker = std::make_unique<CompiledChecker>(language);
  ESPALIER_RETURN_IF_ERROR(checker->Ready());
  return checker;
}

}  // namespace espalier
