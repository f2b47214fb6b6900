#include "testgen/solve.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "adapters/adapter.h"
#include "testgen/assertions.h"
#include "testgen/dedupe.h"
#include "testgen/repair.h"
#include "testgen/side_by_side.h"

namespace espalier {
namespace {

/// What contest judges have imported; solutions count on it.
constexpr std::string_view kPythonHead =
    "from typing import *\nfrom collections import *\nfrom functools import *\nfrom heapq import *\n"
    "from itertools import *\nfrom bisect import *\nimport math, re, string, collections, itertools, "
    "functools, heapq\n";

class Solver {
 public:
  Solver(const Problem& problem, CodeAuthor& author, Workshop& workshop, const SolveOptions& options,
         const SolveObserver& observer, const CancelToken& cancel)
      : problem_(problem),
        author_(author),
        workshop_(workshop),
        options_(options),
        observer_(observer),
        cancel_(cancel),
        function_(problem.function) {}

  Result<Solution> Run() {
    ESPALIER_RETURN_IF_ERROR(workshop_.Check(problem_.language));
    solution_.examples = problem_.examples;
    ESPALIER_RETURN_IF_ERROR(WriteCandidates());
    if (candidates_.empty()) return Fail(Nothing());
    ESPALIER_RETURN_IF_ERROR(WriteTests());
    ESPALIER_RETURN_IF_ERROR(RunNew());
    for (uint32_t round = 1; round <= options_.repair_rounds && NeedsRepair(); ++round) {
      if (cancel_.stop_requested()) break;
      ESPALIER_RETURN_IF_ERROR(Repair(round));
      ESPALIER_RETURN_IF_ERROR(RunNew());
    }
    return Conclude();
  }

 private:
  using Stage = SolveProgress::Stage;

  Error Nothing() const {
    if (const Status status = cancel_.Check(); !status) return status.error();
    return {ErrorCode::kNotFound,
            "the model wrote no code; say more about the problem, or use a larger model"};
  }

  void Report(Stage stage, uint32_t done, uint32_t total, std::string_view note = {}) const {
    if (observer_) observer_({stage, done, total, note});
  }

  // --- Writing

  std::vector<AuthorMessage> Question() const {
    const std::string_view language = AdapterFor(problem_.language).display_name;
    std::string task = problem_.statement;
    const bool has_code = task.find(problem_.skeleton) != std::string::npos;
    if (problem_.is_program()) {
      task += fmt::format("\n\nWrite a {} program that reads standard input and writes standard output.",
                          language);
    } else if (!problem_.skeleton.empty() && !has_code) {
      task += fmt::format("\n\nComplete this code:\n```{}\n{}\n```", LanguageId(problem_.language),
                          problem_.skeleton);
    } else if (task == problem_.skeleton) {
      task = fmt::format("Can you complete the following {} function?\n```{}\n{}\n```", language,
                         LanguageId(problem_.language), task);
    }
    return {{"system", fmt::format("You are an intelligent programming assistant to produce {} algorithmic "
                                   "solutions. Answer with one {} code block.",
                                   language, language)},
            {"user", task}};
  }

  CodeQuestion Ask(std::vector<AuthorMessage> messages, uint32_t answers) const {
    CodeQuestion question;
    question.messages = std::move(messages);
    question.language = problem_.language;
    question.constrained = options_.constrained;
    question.answers = answers;
    question.sampling.temperature = answers == 1 ? 0.0f : static_cast<float>(options_.temperature);
    question.sampling.seed = options_.seed;
    question.max_tokens = options_.max_tokens;
    return question;
  }

  Status WriteCandidates() {
    Report(Stage::kWriting, 0, options_.candidates);
    return Write(Ask(Question(), options_.candidates), 0);
  }

  // Asks, and keeps the programs that are new.
  Status Write(const CodeQuestion& question, uint32_t round) {
    ESPALIER_ASSIGN_OR_RETURN(const auto answers,
                              author_.Write(question, cancel_, Counting(question.answers)));
    for (const WrittenCode& answer : answers) {
      solution_.tokens += answer.tokens;
      if (answer.code.find_first_not_of(" \t\r\n") == std::string::npos) continue;
      ++solution_.written;
      Keep(answer.code, round);
    }
    if (!function_ && !problem_.is_program()) NameFunction();
    return {};
  }

  AuthorProgress Counting(uint32_t answers) const {
    if (!observer_) return {};
    return [this, answers, bytes = size_t{0}](uint32_t, std::string_view piece) mutable {
      bytes += piece.size();
      Report(Stage::kWriting, 0, answers, fmt::format("{} characters", bytes));
    };
  }

  void Keep(const std::string& code, uint32_t round) {
    const auto [known, is_new] =
        known_.emplace(CanonicalProgram(problem_.language, code), candidates_.size());
    if (!is_new) {
      ++candidates_[known->second].copies;
      return;
    }
    candidates_.push_back({});
    candidates_.back().code = code;
    candidates_.back().round = round;
  }

  // The problem did not say what the function is called; the candidates do. Now its examples can be read.
  void NameFunction() {
    std::vector<WrittenProgram> programs;
    for (const Candidate& candidate : candidates_) programs.push_back({candidate.code, candidate.copies});
    function_ = MostDefined(problem_.language, programs);
    if (!function_) return;
    solution_.examples =
        ExampleCases(problem_.language, *function_, ExamplesInText(problem_.statement, function_->name));
  }

  Status WriteTests() {
    if (!function_ || options_.test_lists == 0 || cancel_.stop_requested()) return {};
    Report(Stage::kTesting, 0, options_.test_lists, "writing tests");
    const std::string callee = CalleeOf(problem_.language, *function_);
    CodeQuestion question =
        AssertionsQuestion({problem_.language, callee, problem_.statement}, options_.tests_a_list);
    question.answers = options_.test_lists;
    question.constrained = options_.constrained;
    question.sampling.temperature = static_cast<float>(options_.temperature);
    question.sampling.seed = options_.seed;
    ESPALIER_ASSIGN_OR_RETURN(const auto answers, author_.Write(question, cancel_));
    std::vector<TestCase> cases = solution_.examples;
    for (const WrittenCode& answer : answers) {
      solution_.tokens += answer.tokens;
      AddNewCases(cases, ParseAssertions(problem_.language, callee, answer.code));
    }
    const auto first = cases.begin() + static_cast<std::ptrdiff_t>(solution_.examples.size());
    solution_.tests.assign(first, cases.end());
    if (solution_.tests.size() > options_.most_tests) solution_.tests.resize(options_.most_tests);
    return {};
  }

  // --- Running

  // Runs the candidates that have not been run, a few at a time.
  Status RunNew() {
    std::vector<Status> statuses(candidates_.size());
    Report(Stage::kTesting, static_cast<uint32_t>(run_), static_cast<uint32_t>(candidates_.size()));
    RunSideBySide(candidates_.size() - run_, [&](size_t i) {
      if (!cancel_.stop_requested()) statuses[run_ + i] = RunOne(candidates_[run_ + i]);
    });
    for (Candidate& candidate : candidates_) {  // what was cancelled has all its cases, too
      candidate.examples.resize(solution_.examples.size());
      candidate.tests.resize(solution_.tests.size());
    }
    run_ = candidates_.size();
    for (const Status& status : statuses) {
      if (!status && !cancel_.stop_requested()) return status;
    }
    return {};
  }

  Status RunOne(Candidate& candidate) {
    std::vector<TestCase> cases = solution_.examples;
    cases.insert(cases.end(), solution_.tests.begin(), solution_.tests.end());
    const std::string source = WithHead(candidate.code);
    auto run = problem_.is_program() ? RunPrograms(workshop_, problem_.language, source, cases, {}, cancel_)
                                     : RunCases(workshop_, problem_.language, source, cases, {}, cancel_);
    if (!run) return Fail(std::move(run.error()));
    candidate.builds = run->built == Verdict::kOk;
    candidate.diagnostics = std::move(run->diagnostics);
    const auto middle = run->cases.begin() + static_cast<std::ptrdiff_t>(solution_.examples.size());
    candidate.examples.assign(run->cases.begin(), middle);
    candidate.tests.assign(middle, run->cases.end());
    return {};
  }

  std::string WithHead(const std::string& code) const {
    const bool future = code.find("from __future__") != std::string::npos;
    return problem_.language == Language::kPython && !future ? std::string(kPythonHead) + code : code;
  }

  // --- Choosing and repairing

  std::vector<CandidateRank> Ranks() const {
    std::vector<CandidateOutcomes> outcomes;
    for (const Candidate& one : candidates_)
      outcomes.push_back({one.builds, one.examples, one.tests, one.copies});
    return RankCandidates(outcomes);
  }

  bool NeedsRepair() const {
    const CandidateRank best = Ranks().front();
    return !candidates_[best.candidate].builds || best.examples_passed < solution_.examples.size();
  }

  Status Repair(uint32_t round) {
    const Candidate& best = candidates_[Ranks().front().candidate];
    solution_.repair_rounds = round;
    Report(Stage::kRepairing, round, options_.repair_rounds);
    std::vector<AuthorMessage> messages = Question();
    const std::string complaints = ComplaintsAbout(best.diagnostics, solution_.examples, best.examples);
    std::ranges::move(RepairTurns(problem_.language, best.code, complaints), std::back_inserter(messages));
    CodeQuestion question = Ask(std::move(messages), options_.repairs_a_round);
    question.sampling.seed += round;
    return Write(question, round);
  }

  Solution Conclude() {
    for (const CandidateRank& rank : Ranks()) {
      solution_.ranks.push_back(rank);
      solution_.candidates.push_back(std::move(candidates_[rank.candidate]));
      solution_.ranks.back().candidate = static_cast<uint32_t>(solution_.candidates.size() - 1);
    }
    solution_.code = solution_.candidates.front().code;
    solution_.cut_short = cancel_.stop_requested();
    return std::move(solution_);
  }

  const Problem& problem_;
  CodeAuthor& author_;
  Workshop& workshop_;
  const SolveOptions& options_;
  const SolveObserver& observer_;
  const CancelToken& cancel_;
  std::optional<Signature> function_;
  std::map<std::string, size_t> known_;  // by CanonicalProgram
  std::vector<Candidate> candidates_;
  size_t run_ = 0;  // so many of them were run
  Solution solution_;
};

}  // namespace

size_t Solution::built() const {
  return static_cast<size_t>(std::count_if(candidates.begin(), candidates.end(),
                                           [](const Candidate& candidate) { return candidate.builds; }));
}

Result<Solution> Solve(const Problem& problem, CodeAuthor& author, Workshop& workshop,
                       const SolveOptions& options, const SolveObserver& observer,
                       const CancelToken& cancel) {
  return Solver(problem, author, workshop, options, observer, cancel).Run();
}

}  // namespace espalier
