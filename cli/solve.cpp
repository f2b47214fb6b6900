// espalier solve PROBLEM: a program for a problem, with the evidence that it is right.
#include "testgen/solve.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "cli/author_source.h"
#include "cli/flags.h"
#include "cli/interrupt.h"
#include "cli/languages.h"
#include "cli/output.h"
#include "cli/source_text.h"
#include "cli/status_line.h"
#include "cli/verb.h"

namespace espalier {
namespace {

constexpr uint64_t kMaxProblemBytes = 1 << 20;

struct SolveArguments {
  std::string problem;
  std::string language = "python";
  bool no_tests = false;
  SolveOptions options;
  AuthorFiles files;
};

/// A problem is a file, "-" for standard input, or the statement itself.
Result<std::string> ReadProblem(const std::string& problem) {
  std::error_code ignored;
  const bool is_text = problem.find_first_of(" \n") != std::string::npos;
  if (is_text && !std::filesystem::exists(problem, ignored)) return problem;
  return ReadSource(problem, kMaxProblemBytes);
}

std::string TextOf(const SolveProgress& progress) {
  const std::string note = progress.note.empty() ? "" : fmt::format(": {}", progress.note);
  switch (progress.stage) {
    case SolveProgress::Stage::kWriting:
      return fmt::format("writing {} candidates{}", progress.total, note);
    case SolveProgress::Stage::kTesting:
      return fmt::format("testing{}", note.empty() ? fmt::format(" {} candidates", progress.total) : note);
    case SolveProgress::Stage::kRepairing:
      return fmt::format("repairing, round {} of {}", progress.done, progress.total);
  }
  return {};
}

bool IsConvincing(const Solution& solution) {
  const CandidateRank& best = solution.best();
  return solution.candidates.front().builds && best.examples_passed == solution.examples.size();
}

std::string EvidenceText(const Solution& solution) {
  const CandidateRank& best = solution.best();
  std::string text = fmt::format("{} candidates, {} distinct, {} build", solution.written,
                                 solution.candidates.size(), solution.built());
  if (!solution.candidates.front().builds) {
    text += "; the one shown does not";
  } else {
    text += fmt::format("; the one shown passes {} of {} examples", best.examples_passed,
                        solution.examples.size());
    if (!solution.tests.empty()) {
      text += fmt::format(" and {} of {} generated tests, as {} candidates do", best.tests_passed,
                          solution.tests.size(), best.group);
    }
  }
  if (solution.repair_rounds > 0) text += fmt::format("; {} rounds of repair", solution.repair_rounds);
  if (solution.cut_short) text += "; the time ran out";
  return text;
}

nlohmann::json CaseJson(const TestCase& test, const CaseOutcome& outcome) {
  nlohmann::json json = {{"call", test.call}, {"verdict", CaseVerdictName(outcome.verdict)}};
  if (test.check != TestCase::Check::kTrue) json["expected"] = test.expected;
  if (!outcome.value.empty()) json["value"] = outcome.value;
  if (!outcome.detail.empty()) json["detail"] = outcome.detail;
  return json;
}

nlohmann::json SolutionJson(const Problem& problem, const Solution& solution) {
  nlohmann::json json = {{"code", solution.code},
                         {"language", LanguageId(problem.language)},
                         {"written", solution.written},
                         {"repair_rounds", solution.repair_rounds},
                         {"tokens", solution.tokens},
                         {"cut_short", solution.cut_short},
                         {"examples", nlohmann::json::array()},
                         {"tests", nlohmann::json::array()},
                         {"candidates", nlohmann::json::array()}};
  const Candidate& best = solution.candidates.front();
  for (size_t i = 0; i < solution.examples.size(); ++i) {
    json["examples"].push_back(CaseJson(solution.examples[i], best.examples[i]));
  }
  for (size_t i = 0; i < solution.tests.size(); ++i) {
    json["tests"].push_back(CaseJson(solution.tests[i], best.tests[i]));
  }
  for (size_t i = 0; i < solution.candidates.size(); ++i) {
    const CandidateRank& rank = solution.ranks[i];
    json["candidates"].push_back({{"code", solution.candidates[i].code},
                                  {"copies", solution.candidates[i].copies},
                                  {"round", solution.candidates[i].round},
                                  {"builds", solution.candidates[i].builds},
                                  {"examples_passed", rank.examples_passed},
                                  {"tests_passed", rank.tests_passed},
                                  {"group", rank.group}});
  }
  return json;
}

SolveOptions OptionsOf(const Settings& settings, const SolveArguments& arguments) {
  SolveOptions options = arguments.options;
  options.constrained = settings.generate.constrained;
  options.seed = static_cast<uint64_t>(settings.generate.seed);
  if (arguments.no_tests) options.test_lists = 0;
  return options;
}

Result<ExitCode> RunSolve(const Invocation& invocation, const SolveArguments& arguments) {
  ESPALIER_RETURN_IF_ERROR(invocation.settings_status);
  const Settings& settings = invocation.settings.values;
  ESPALIER_ASSIGN_OR_RETURN(const Adapter* adapter, LanguageNamed(arguments.language));
  ESPALIER_ASSIGN_OR_RETURN(const std::string text, ReadProblem(arguments.problem));
  ESPALIER_ASSIGN_OR_RETURN(const Problem problem, ParseProblem(text, adapter->language));
  Workshop workshop({});
  ESPALIER_RETURN_IF_ERROR(workshop.Check(adapter->language));
  ESPALIER_ASSIGN_OR_RETURN(AuthorSource source, AuthorSource::Open(settings, arguments.files));

  const InterruptScope interrupt{std::chrono::milliseconds(settings.generate.deadline_ms)};
  Result<Solution> solution = Fail(ErrorCode::kInternal, "");
  {
    StatusLine line(StderrIsTerminal());
    solution = Solve(
        problem, source.author(), workshop, OptionsOf(settings, arguments),
        [&line](const SolveProgress& progress) { line.Show(TextOf(progress)); }, interrupt.token());
  }
  if (!solution) return Fail(std::move(solution.error()));
  if (invocation.json) {
    PrintJson(SolutionJson(problem, *solution));
  } else {
    std::fwrite(solution->code.data(), 1, solution->code.size(), stdout);
    PrintNote(EvidenceText(*solution));
  }
  return IsConvincing(*solution) ? ExitCode::kOk : ExitCode::kNoAnswer;
}

constexpr const char* kExamples =
    R"(  espalier solve "the k-th largest element of a list; kth([3, 1, 2], 1) -> 3"
  espalier solve --lang cpp two-sum.md > two_sum.cpp
  espalier solve problem.json --candidates 16 --deadline-ms 60000 --json | jq .examples
  pbpaste | espalier solve --lang java -

The problem is a file, - for standard input, or the statement itself. A code block with a class or function in
it is the skeleton to complete; "Input:" and "Output:" are examples, and so are calls with their results in
documentation. Without a function, a program that reads standard input is written. In JSON: {"statement": ...,
"starter_code": ..., "examples": [{"input": "nums = [2,7], target = 9", "output": "[0,1]"}]}.

Candidates are built and run in the sandbox, on the examples and on tests that the model writes. The answer is
the one that examples, tests and other candidates agree with; what fails is repaired with what the compiler or
the examples say. The exit code is 1 when the answer does not build or fails an example.)";

}  // namespace

void AddSolveVerb(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<SolveArguments>();
  SolveOptions& options = arguments->options;
  CLI::App* verb = AddVerb(app, invocation, "solve", "Solve a programming problem, and test the answer",
                           kExamples, [&invocation, arguments] { return RunSolve(invocation, *arguments); });
  verb->add_option("problem", arguments->problem, "The problem: a file, -, or its statement")->required();
  verb->add_option("--lang,--language", arguments->language, "Programming language of the answer")
      ->capture_default_str();
  verb->add_option("-n,--candidates", options.candidates, "Programs that are written at first")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  verb->add_option("--sampling-temperature", options.temperature, "Of candidates and tests")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  verb->add_option("--max-tokens", options.max_tokens, "Longest candidate")
      ->check(CLI::Range(16, 8192))
      ->capture_default_str();
  verb->add_option("--repairs", options.repair_rounds, "Rounds of repair, at most")
      ->check(CLI::Range(0, 16))
      ->capture_default_str();
  verb->add_flag("--no-tests", arguments->no_tests, "Choose by the examples alone");
  AddAuthorFlags(*verb, arguments->files);
  AddSettingFlag(*verb, invocation, "--model", "generate.model");
  AddSettingFlag(*verb, invocation, "--seed", "generate.seed");
  AddSettingFlag(*verb, invocation, "--deadline-ms", "generate.deadline_ms");
  AddSettingFlag(*verb, invocation, "--constrained", "generate.constrained");
  AddModelFlags(*verb, invocation);
}

}  // namespace espalier
