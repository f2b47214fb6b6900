#include "evals/harness/selection.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/signature.h"
#include "evals/suites/program_checker.h"
#include "testgen/agreement.h"
#include "testgen/assertions.h"
#include "testgen/dedupe.h"
#include "testgen/problem.h"
#include "testgen/repair.h"
#include "testgen/side_by_side.h"

namespace espalier {
namespace {

constexpr size_t kMostTests = 100;  // of a task

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What the description says a call gives.
std::vector<TestCase> ExamplesOf(const SuiteTask& task) {
  const auto problem = ParseProblem(task.prefix.empty() ? task.chat : task.prefix, task.language);
  return problem && problem->function ? problem->examples : std::vector<TestCase>();
}

/// How the function under test is called; where the task does not say, what most answers define last.
std::string CalleeOf(const SuiteTask& task, const std::vector<EvalSample>& samples) {
  if (!task.call.empty()) return task.call;
  if (!task.entry.empty()) return task.entry;
  std::vector<WrittenProgram> programs;
  for (const EvalSample& sample : samples) programs.push_back({sample.answer});
  const auto most = MostDefined(task.language, programs);
  return most ? CalleeOf(task.language, *most) : std::string();
}

/// A distinct program for a task, and how it fared.
struct Contender {
  std::string answer;  ///< as the model wrote it
  std::string program;
  std::optional<uint32_t> sample;  ///< EvalSample::index; none: a repair
  CandidateOutcomes outcomes;
  std::vector<Diagnostic> diagnostics;
};

/// All programs for one task, run on its examples and on generated tests.
class Contest {
 public:
  Contest(Workshop& workshop, Language language, std::vector<TestCase> examples, std::vector<TestCase> tests)
      : workshop_(workshop), language_(language), cases_(std::move(examples)), examples_(cases_.size()) {
    if (tests.size() > kMostTests) tests.resize(kMostTests);
    AddNewCases(cases_, tests);
  }

  /// A program that is there already counts once more.
  void Enter(std::string answer, std::string program, std::optional<uint32_t> sample) {
    const auto [known, is_new] = known_.emplace(CanonicalProgram(language_, program), contenders_.size());
    if (is_new) contenders_.push_back({std::move(answer), std::move(program), sample, {}, {}});
    contenders_[known->second].outcomes.copies += is_new ? 0 : 1;
  }

  /// Runs those that were not run.
  Status Run(const CancelToken& cancel) {
    std::vector<Status> statuses(contenders_.size() - run_);
    RunSideBySide(statuses.size(), [&](size_t i) { statuses[i] = RunOne(contenders_[run_ + i], cancel); });
    run_ = contenders_.size();
    for (const Status& status : statuses) ESPALIER_RETURN_IF_ERROR(status);
    return {};
  }

  /// Best first. REQUIRES: all were run.
  CandidateRank Best() const {
    std::vector<CandidateOutcomes> outcomes;
    for (const Contender& contender : contenders_) outcomes.push_back(contender.outcomes);
    return RankCandidates(outcomes).front();
  }

  /// What is wrong with one as far as the task tells; empty: nothing.
  std::string Complaints(const Contender& contender) const {
    return ComplaintsAbout(contender.diagnostics, cases_, contender.outcomes.examples);
  }

  std::string Evidence(const CandidateRank& best) const {
    return nlohmann::json{{"programs", contenders_.size()},
                          {"builds", contenders_[best.candidate].outcomes.builds},
                          {"examples", examples_},
                          {"examples_passed", best.examples_passed},
                          {"tests", cases_.size() - examples_},
                          {"tests_passed", best.tests_passed},
                          {"group", best.group},
                          {"agreement", best.agreement}}
        .dump();
  }

  const Contender& operator[](size_t i) const { return contenders_[i]; }

 private:
  Status RunOne(Contender& contender, const CancelToken& cancel) {
    ESPALIER_ASSIGN_OR_RETURN(HarnessRun run,
                              RunCases(workshop_, language_, contender.program, cases_, {}, cancel));
    CandidateOutcomes& outcomes = contender.outcomes;
    outcomes.builds = run.built == Verdict::kOk;
    const auto middle = run.cases.begin() + static_cast<std::ptrdiff_t>(examples_);
    outcomes.examples.assign(run.cases.begin(), middle);
    outcomes.tests.assign(middle, run.cases.end());
    contender.diagnostics = std::move(run.diagnostics);
    return {};
  }

  Workshop& workshop_;
  const Language language_;
  std::vector<TestCase> cases_;  // examples first
  const size_t examples_;
  std::map<std::string, size_t> known_;  // by CanonicalProgram
  std::vector<Contender> contenders_;
  size_t run_ = 0;
};

/// Tests, selection and repair of one task.
class TaskSelector {
 public:
  TaskSelector(const SelectionTools& tools, const Suite& suite, const ProgramChecker& checker, uint64_t seed,
               const CancelToken& cancel)
      : tools_(tools), suite_(suite), checker_(checker), seed_(seed), cancel_(cancel) {}

  Result<TaskTestAnswers> WriteTests(const SuiteTask& task, const std::string& callee) {
    const auto start = Clock::now();
    CodeQuestion question = AssertionsQuestion(
        {task.language, callee, task.prefix.empty() ? task.chat : task.prefix}, tools_.settings.assertions);
    TaskTestAnswers answers;
    answers.task = task.id;
    ESPALIER_ASSIGN_OR_RETURN(answers.answers,
                              Ask(std::move(question), tools_.settings.answers, 0, answers.tokens));
    answers.seconds = SecondsSince(start);
    return answers;
  }

  Result<Contest> Begin(const SuiteTask& task, const std::vector<EvalSample>& samples,
                        const std::string& callee, const TaskTestAnswers& written) {
    std::vector<TestCase> tests;
    for (const std::string& text : written.answers) {
      AddNewCases(tests, ParseAssertions(task.language, callee, text));
    }
    Contest contest(tools_.workshop, task.language, ExamplesOf(task), std::move(tests));
    for (const EvalSample& sample : samples) {
      contest.Enter(sample.answer, ProgramOf(task, sample.answer), sample.index);
    }
    ESPALIER_RETURN_IF_ERROR(contest.Run(cancel_));
    return contest;
  }

  /// Nothing where the best program has nothing wrong that the task tells.
  Result<std::optional<TaskRepair>> Repair(const SuiteTask& task, Contest& contest) {
    const auto start = Clock::now();
    TaskRepair repair;
    repair.task = task.id;
    while (repair.rounds < tools_.settings.repair_rounds) {
      const Contender& best = contest[contest.Best().candidate];
      const std::string complaints = contest.Complaints(best);
      if (complaints.empty()) break;
      ++repair.rounds;
      CodeQuestion question;
      question.language = task.language;
      question.messages = {{"system", suite_.system}, {"user", task.chat}};
      std::ranges::move(RepairTurns(task.language, best.answer, complaints),
                        std::back_inserter(question.messages));
      ESPALIER_ASSIGN_OR_RETURN(const auto answers, Ask(std::move(question), tools_.settings.repairs_a_round,
                                                        repair.rounds, repair.tokens));
      for (const std::string& answer : answers) {
        contest.Enter(answer, ProgramOf(task, answer), std::nullopt);
      }
      ESPALIER_RETURN_IF_ERROR(contest.Run(cancel_));
    }
    if (repair.rounds == 0) return std::nullopt;
    repair.program = contest[contest.Best().candidate].program;
    repair.seconds = SecondsSince(start);
    ESPALIER_ASSIGN_OR_RETURN(const CheckResult result,
                              checker_.Check(task, repair.program, suite_.time_limit, cancel_));
    repair.error = ErrorClassName(result.error);
    repair.detail = result.detail;
    return repair;
  }

 private:
  Result<std::vector<std::string>> Ask(CodeQuestion question, uint32_t answers, uint32_t round,
                                       uint64_t& tokens) {
    question.answers = answers;
    question.sampling.temperature = static_cast<float>(tools_.settings.temperature);
    question.sampling.seed = seed_ + round;
    ESPALIER_ASSIGN_OR_RETURN(const auto written, tools_.author.Write(question, cancel_));
    ESPALIER_RETURN_IF_ERROR(cancel_.Check());
    std::vector<std::string> texts;
    for (const WrittenCode& one : written) {
      texts.push_back(one.code);
      tokens += one.tokens;
    }
    return texts;
  }

  const SelectionTools& tools_;
  const Suite& suite_;
  const ProgramChecker& checker_;
  const uint64_t seed_;
  const CancelToken& cancel_;
};

/// What a run has in its store, by task.
struct Known {
  std::map<std::string, std::vector<EvalSample>> samples;
  std::map<std::string, TaskTestAnswers> tests;
  std::map<std::string, TaskSelection> selections;
  std::set<std::string> repaired;

  static Result<Known> Of(const RunStore& store, int64_t run) {
    Known known;
    ESPALIER_ASSIGN_OR_RETURN(std::vector<EvalSample> samples, store.Samples(run));
    for (EvalSample& one : samples) known.samples[one.task].push_back(std::move(one));
    ESPALIER_ASSIGN_OR_RETURN(std::vector<TaskTestAnswers> tests, store.TestAnswers(run));
    for (TaskTestAnswers& one : tests) known.tests[one.task] = std::move(one);
    ESPALIER_ASSIGN_OR_RETURN(std::vector<TaskSelection> selections, store.Selections(run));
    for (TaskSelection& one : selections) known.selections[one.task] = std::move(one);
    ESPALIER_ASSIGN_OR_RETURN(const std::vector<TaskRepair> repairs, store.Repairs(run));
    for (const TaskRepair& one : repairs) known.repaired.insert(one.task);
    return known;
  }

  bool IsDone(const std::string& task, bool with_repair) const {
    const auto selection = selections.find(task);
    if (selection == selections.end()) return false;
    if (!with_repair || repaired.contains(task)) return true;
    const auto evidence = nlohmann::json::parse(selection->second.evidence, nullptr, false);
    return evidence.is_object() && evidence.value("builds", false) &&
           evidence.value("examples_passed", 0) == evidence.value("examples", 1);
  }
};

}  // namespace

Result<bool> SelectSamples(const SelectionTools& tools, const Suite& suite, const EvalRun& run,
                           RunStore& store, const EvalHooks& hooks) {
  ESPALIER_ASSIGN_OR_RETURN(Known known, Known::Of(store, run.id));
  ESPALIER_ASSIGN_OR_RETURN(const auto checker, ProgramChecker::For(suite));
  TaskSelector selector(tools, suite, *checker, run.settings.seed, hooks.cancel);
  const auto select = [&](const SuiteTask& task, const std::vector<EvalSample>& samples) -> Status {
    const std::string callee = CalleeOf(task, samples);
    if (!known.tests.contains(task.id)) {
      ESPALIER_ASSIGN_OR_RETURN(TaskTestAnswers written, selector.WriteTests(task, callee));
      ESPALIER_RETURN_IF_ERROR(store.AddTestAnswers(run.id, written));
      known.tests[task.id] = std::move(written);
    }
    const auto start = Clock::now();
    ESPALIER_ASSIGN_OR_RETURN(Contest contest, selector.Begin(task, samples, callee, known.tests[task.id]));
    const CandidateRank best = contest.Best();
    const TaskSelection selection = {task.id, *contest[best.candidate].sample, contest.Evidence(best),
                                     SecondsSince(start)};
    ESPALIER_ASSIGN_OR_RETURN(const auto repair, selector.Repair(task, contest));
    if (repair) ESPALIER_RETURN_IF_ERROR(store.AddRepair(run.id, *repair));
    return store.AddSelection(run.id, selection);
  };
  size_t done = 0;
  for (const SuiteTask& task : suite.tasks) {
    const auto samples = known.samples.find(task.id);
    if (samples == known.samples.end()) continue;
    if (hooks.progress) hooks.progress(done++, known.samples.size());
    if (known.IsDone(task.id, tools.settings.repair_rounds > 0)) continue;
    if (hooks.cancel.stop_requested()) return false;
    const Status selected = select(task, samples->second);
    if (hooks.cancel.stop_requested()) return false;
    ESPALIER_RETURN_IF_ERROR(selected);
  }
  if (hooks.progress) hooks.progress(known.samples.size(), known.samples.size());
  return true;
}

}  // namespace espalier
