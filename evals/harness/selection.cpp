#include "evals/harness/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "adapters/signature.h"
#include "testgen/agreement.h"
#include "testgen/assertions.h"
#include "testgen/dedupe.h"
#include "testgen/problem.h"
#include "testgen/side_by_side.h"

namespace espalier {
namespace {

constexpr size_t kMostTests = 100;  // of a task
constexpr int kResamples = 10'000;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What the description says a call gives.
std::vector<TestCase> ExamplesOf(const Suite& suite, const SuiteTask& task) {
  const auto problem = ParseProblem(task.prefix.empty() ? task.chat : task.prefix, suite.language);
  return problem && problem->function ? problem->examples : std::vector<TestCase>();
}

/// How the function under test is called; where the task does not say, what most answers define last.
std::string CalleeOf(const Suite& suite, const SuiteTask& task, const std::vector<EvalSample>& samples) {
  if (!task.call.empty()) return task.call;
  if (!task.entry.empty()) return task.entry;
  std::vector<WrittenProgram> programs;
  for (const EvalSample& sample : samples) programs.push_back({sample.answer});
  const auto most = MostDefined(suite.language, programs);
  return most ? CalleeOf(suite.language, *most) : std::string();
}

/// Examples and generated tests, which are run together.
struct TaskTests {
  std::vector<TestCase> cases;
  size_t examples = 0;  ///< those first
};

class TaskSelector {
 public:
  TaskSelector(Workshop& workshop, const Suite& suite, const CancelToken& cancel)
      : workshop_(workshop), suite_(suite), cancel_(cancel) {}

  Result<TaskSelection> Select(const SuiteTask& task, const std::vector<EvalSample>& samples,
                               const std::string& callee, const TaskTestAnswers& written) {
    const auto start = Clock::now();
    const TaskTests tests = TestsOf(task, callee, written);
    std::vector<std::string> programs;
    for (const EvalSample& sample : samples)
      programs.push_back(ProgramOf(suite_.language, task, sample.answer));
    const auto distinct = DistinctPrograms(suite_.language, programs);
    ESPALIER_ASSIGN_OR_RETURN(const auto outcomes, RunAll(distinct, tests));
    const CandidateRank best = RankCandidates(outcomes).front();
    TaskSelection selection;
    selection.task = task.id;
    selection.sample = samples[distinct[best.candidate].at.front()].index;
    selection.evidence = Evidence(best, outcomes, tests).dump();
    selection.seconds = SecondsSince(start);
    return selection;
  }

 private:
  TaskTests TestsOf(const SuiteTask& task, const std::string& callee, const TaskTestAnswers& written) const {
    TaskTests tests;
    tests.cases = ExamplesOf(suite_, task);
    tests.examples = tests.cases.size();
    for (const std::string& text : written.answers) {
      AddNewCases(tests.cases, ParseAssertions(suite_.language, callee, text));
    }
    if (tests.cases.size() > tests.examples + kMostTests) tests.cases.resize(tests.examples + kMostTests);
    return tests;
  }

  Result<std::vector<CandidateOutcomes>> RunAll(const std::vector<DistinctProgram>& programs,
                                                const TaskTests& tests) {
    std::vector<Result<CandidateOutcomes>> outcomes(programs.size());
    RunSideBySide(programs.size(), [&](size_t i) { outcomes[i] = RunOne(programs[i], tests); });
    std::vector<CandidateOutcomes> all;
    for (auto& outcome : outcomes) {
      if (!outcome) return Fail(std::move(outcome.error()));
      all.push_back(std::move(*outcome));
    }
    return all;
  }

  Result<CandidateOutcomes> RunOne(const DistinctProgram& program, const TaskTests& tests) {
    ESPALIER_ASSIGN_OR_RETURN(const HarnessRun run,
                              RunCases(workshop_, suite_.language, program.text, tests.cases, {}, cancel_));
    CandidateOutcomes outcomes;
    outcomes.builds = run.built == Verdict::kOk;
    const auto middle = run.cases.begin() + static_cast<std::ptrdiff_t>(tests.examples);
    outcomes.examples.assign(run.cases.begin(), middle);
    outcomes.tests.assign(middle, run.cases.end());
    outcomes.copies = static_cast<uint32_t>(program.at.size());
    return outcomes;
  }

  static nlohmann::json Evidence(const CandidateRank& best, const std::vector<CandidateOutcomes>& outcomes,
                                 const TaskTests& tests) {
    return {{"programs", outcomes.size()},
            {"examples", tests.examples},
            {"examples_passed", best.examples_passed},
            {"tests", tests.cases.size() - tests.examples},
            {"tests_passed", best.tests_passed},
            {"group", best.group},
            {"agreement", best.agreement}};
  }

  Workshop& workshop_;
  const Suite& suite_;
  const CancelToken& cancel_;
};

Result<TaskTestAnswers> WriteTests(const SelectionTools& tools, const Suite& suite, const SuiteTask& task,
                                   const std::string& callee, uint64_t seed, const CancelToken& cancel) {
  const auto start = Clock::now();
  CodeQuestion question = AssertionsQuestion(
      {suite.language, callee, task.prefix.empty() ? task.chat : task.prefix}, tools.settings.assertions);
  question.answers = tools.settings.answers;
  question.sampling.temperature = static_cast<float>(tools.settings.temperature);
  question.sampling.seed = seed;
  ESPALIER_ASSIGN_OR_RETURN(const auto written, tools.author.Write(question, cancel));
  ESPALIER_RETURN_IF_ERROR(cancel.Check());
  TaskTestAnswers answers;
  answers.task = task.id;
  for (const WrittenCode& one : written) {
    answers.answers.push_back(one.code);
    answers.tokens += one.tokens;
  }
  answers.seconds = SecondsSince(start);
  return answers;
}

bool FailsToCompile(const EvalSample& sample) {
  return sample.error == "syntax" || sample.error == "compile";
}

/// What selection came to for one task.
struct TaskGain {
  double mean = 0, selected = 0;
};

Interval BootstrapGain(const std::vector<TaskGain>& tasks) {
  if (tasks.empty()) return {};
  std::mt19937_64 random(1);
  std::uniform_int_distribution<size_t> draw(0, tasks.size() - 1);
  std::vector<double> gains;
  for (int i = 0; i < kResamples; ++i) {
    double sum = 0;
    for (size_t k = 0; k < tasks.size(); ++k) {
      const TaskGain& task = tasks[draw(random)];
      sum += task.selected - task.mean;
    }
    gains.push_back(sum / static_cast<double>(tasks.size()));
  }
  std::sort(gains.begin(), gains.end());
  return {gains[kResamples / 40], gains[kResamples - kResamples / 40]};
}

}  // namespace

Result<bool> SelectSamples(const SelectionTools& tools, const Suite& suite, const EvalRun& run,
                           RunStore& store, const EvalHooks& hooks) {
  std::map<std::string, std::vector<EvalSample>> samples;
  ESPALIER_ASSIGN_OR_RETURN(std::vector<EvalSample> all, store.Samples(run.id));
  for (EvalSample& sample : all) samples[sample.task].push_back(std::move(sample));
  std::map<std::string, TaskTestAnswers> tests;
  ESPALIER_ASSIGN_OR_RETURN(std::vector<TaskTestAnswers> stored, store.TestAnswers(run.id));
  for (TaskTestAnswers& one : stored) tests[one.task] = std::move(one);
  std::set<std::string> selected;
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<TaskSelection> known, store.Selections(run.id));
  for (const TaskSelection& one : known) selected.insert(one.task);

  TaskSelector selector(tools.workshop, suite, hooks.cancel);
  size_t done = 0;
  for (const SuiteTask& task : suite.tasks) {
    const auto of_task = samples.find(task.id);
    if (of_task == samples.end()) continue;
    if (hooks.progress) hooks.progress(done++, samples.size());
    if (selected.contains(task.id)) continue;
    if (hooks.cancel.stop_requested()) return false;
    const std::string callee = CalleeOf(suite, task, of_task->second);
    if (!tests.contains(task.id)) {
      auto written = WriteTests(tools, suite, task, callee, run.settings.seed, hooks.cancel);
      if (hooks.cancel.stop_requested()) return false;
      if (!written) return Fail(std::move(written.error()));
      ESPALIER_RETURN_IF_ERROR(store.AddTestAnswers(run.id, *written));
      tests[task.id] = std::move(*written);
    }
    const auto selection = selector.Select(task, of_task->second, callee, tests[task.id]);
    if (hooks.cancel.stop_requested()) return false;
    if (!selection) return Fail(selection.error());
    ESPALIER_RETURN_IF_ERROR(store.AddSelection(run.id, *selection));
  }
  if (hooks.progress) hooks.progress(samples.size(), samples.size());
  return true;
}

SelectionSummary SummariseSelection(const std::vector<EvalSample>& samples,
                                    const std::vector<TaskSelection>& selections,
                                    const std::vector<TaskTestAnswers>& tests) {
  SelectionSummary summary;
  std::vector<TaskGain> gains;
  for (const TaskSelection& selection : selections) {
    TaskGain gain;
    double count = 0, broken = 0;
    for (const EvalSample& sample : samples) {
      if (sample.task != selection.task) continue;
      const bool passed = sample.error == "passed";
      ++count;
      gain.mean += passed;
      broken += FailsToCompile(sample);
      if (sample.index == selection.sample) {
        gain.selected = passed;
        summary.selected_compile_errors += FailsToCompile(sample);
      }
      summary.sample_tokens += sample.tokens;
    }
    if (count == 0) continue;
    summary.oracle += gain.mean > 0;
    gain.mean /= count;
    summary.mean += gain.mean;
    summary.selected += gain.selected;
    summary.mean_compile_errors += broken / count;
    summary.run_seconds += selection.seconds;
    gains.push_back(gain);
  }
  for (const TaskTestAnswers& one : tests) {
    summary.test_tokens += one.tokens;
    summary.test_seconds += one.seconds;
  }
  summary.tasks = static_cast<uint32_t>(gains.size());
  summary.gain = BootstrapGain(gains);
  for (double* share : {&summary.mean, &summary.selected, &summary.oracle, &summary.mean_compile_errors,
                        &summary.selected_compile_errors}) {
    *share /= std::max(1u, summary.tasks);
  }
  return summary;
}

std::string SelectionText(const SelectionSummary& s) {
  return fmt::format(
      "selection by generated tests, {} tasks\n"
      "  pass@1 of the samples   {:5.1f} %\n"
      "  of those selected       {:5.1f} %   {:+.1f} points ({:+.1f} to {:+.1f})\n"
      "  of the best (oracle)    {:5.1f} %\n"
      "  do not compile          {:5.1f} % of the samples, {:.1f} % of those selected\n"
      "  cost                    {} tokens of samples, {} of tests in {:.0f} s, {:.0f} s of running "
      "programs\n",
      s.tasks, 100 * s.mean, 100 * s.selected, 100 * (s.selected - s.mean), 100 * s.gain.low,
      100 * s.gain.high, 100 * s.oracle, 100 * s.mean_compile_errors, 100 * s.selected_compile_errors,
      s.sample_tokens, s.test_tokens, s.test_seconds, s.run_seconds);
}

nlohmann::ordered_json SelectionJson(const SelectionSummary& s) {
  return {{"tasks", s.tasks},
          {"mean_pass@1", s.mean},
          {"selected_pass@1", s.selected},
          {"oracle", s.oracle},
          {"gain", s.selected - s.mean},
          {"gain_interval", {s.gain.low, s.gain.high}},
          {"compile_errors", {{"samples", s.mean_compile_errors}, {"selected", s.selected_compile_errors}}},
          {"sample_tokens", s.sample_tokens},
          {"test_tokens", s.test_tokens},
          {"test_seconds", s.test_seconds},
          {"run_seconds", s.run_seconds}};
}

}  // namespace espalier
