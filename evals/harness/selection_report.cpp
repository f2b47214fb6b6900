#include "evals/harness/selection_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>

namespace espalier {
namespace {

constexpr int kResamples = 10'000;

bool FailsToCompile(const std::string& error) { return error == "syntax" || error == "compile"; }

/// What selection came to for one task.
struct TaskGain {
  double mean = 0, selected = 0, repaired = 0;
  double broken = 0;  ///< share of the samples
  bool selected_broken = false, repaired_broken = false;
};

Interval BootstrapGain(const std::vector<TaskGain>& tasks, double TaskGain::*what) {
  if (tasks.empty()) return {};
  std::mt19937_64 random(1);
  std::uniform_int_distribution<size_t> draw(0, tasks.size() - 1);
  std::vector<double> gains;
  for (int i = 0; i < kResamples; ++i) {
    double sum = 0;
    for (size_t k = 0; k < tasks.size(); ++k) {
      const TaskGain& task = tasks[draw(random)];
      sum += task.*what - task.mean;
    }
    gains.push_back(sum / static_cast<double>(tasks.size()));
  }
  std::sort(gains.begin(), gains.end());
  return {gains[kResamples / 40], gains[kResamples - kResamples / 40]};
}

TaskGain GainOf(const std::vector<const EvalSample*>& samples, const TaskSelection& selection,
                const TaskRepair* repair) {
  TaskGain gain;
  std::string selected;
  for (const EvalSample* sample : samples) {
    gain.mean += sample->error == "passed";
    gain.broken += FailsToCompile(sample->error);
    if (sample->index == selection.sample) selected = sample->error;
  }
  gain.mean /= static_cast<double>(samples.size());
  gain.broken /= static_cast<double>(samples.size());
  const std::string& repaired = repair == nullptr ? selected : repair->error;
  gain.selected = selected == "passed";
  gain.repaired = repaired == "passed";
  gain.selected_broken = FailsToCompile(selected);
  gain.repaired_broken = FailsToCompile(repaired);
  return gain;
}

void Add(SelectionShares& shares, const TaskGain& gain) {
  ++shares.tasks;
  shares.mean += gain.mean;
  shares.selected += gain.selected;
  shares.repaired += gain.repaired;
  shares.oracle += gain.mean > 0;
  shares.mean_compile_errors += gain.broken;
  shares.selected_compile_errors += gain.selected_broken;
  shares.repaired_compile_errors += gain.repaired_broken;
}

/// Sums to shares.
void Divide(SelectionShares& shares) {
  for (double* share :
       {&shares.mean, &shares.selected, &shares.repaired, &shares.oracle, &shares.mean_compile_errors,
        &shares.selected_compile_errors, &shares.repaired_compile_errors}) {
    *share /= std::max(1u, shares.tasks);
  }
}

SelectionShares& GroupOf(std::vector<SelectionShares>& groups, const std::string& task) {
  const std::string name = task.substr(0, task.find('/'));
  const auto known = std::ranges::find(groups, name, &SelectionShares::group);
  if (known != groups.end()) return *known;
  groups.push_back({.group = name});
  return groups.back();
}

nlohmann::ordered_json SharesJson(const SelectionShares& s, bool repaired) {
  nlohmann::ordered_json json = {
      {"tasks", s.tasks},
      {"mean_pass@1", s.mean},
      {"selected_pass@1", s.selected},
      {"oracle", s.oracle},
      {"gain", s.selected - s.mean},
      {"compile_errors", {{"samples", s.mean_compile_errors}, {"selected", s.selected_compile_errors}}}};
  if (!repaired) return json;
  json["repaired_pass@1"] = s.repaired;
  json["compile_errors"]["repaired"] = s.repaired_compile_errors;
  return json;
}

}  // namespace

SelectionSummary SummariseSelection(const std::vector<EvalSample>& samples,
                                    const std::vector<TaskSelection>& selections,
                                    const std::vector<TaskTestAnswers>& tests,
                                    const std::vector<TaskRepair>& repairs) {
  std::map<std::string_view, std::vector<const EvalSample*>> of_task;
  for (const EvalSample& sample : samples) of_task[sample.task].push_back(&sample);
  std::map<std::string_view, const TaskRepair*> repair_of;
  for (const TaskRepair& repair : repairs) repair_of[repair.task] = &repair;

  SelectionSummary summary;
  std::vector<TaskGain> gains;
  for (const TaskSelection& selection : selections) {
    const auto known = of_task.find(selection.task);
    if (known == of_task.end()) continue;
    const auto repair = repair_of.find(selection.task);
    gains.push_back(GainOf(known->second, selection, repair == repair_of.end() ? nullptr : repair->second));
    Add(summary.all, gains.back());
    Add(GroupOf(summary.groups, selection.task), gains.back());
    for (const EvalSample* sample : known->second) summary.sample_tokens += sample->tokens;
    summary.run_seconds += selection.seconds;
  }
  Divide(summary.all);
  for (SelectionShares& group : summary.groups) Divide(group);
  if (summary.groups.size() == 1) summary.groups.clear();
  for (const TaskTestAnswers& one : tests) {
    summary.test_tokens += one.tokens;
    summary.test_seconds += one.seconds;
  }
  for (const TaskRepair& repair : repairs) {
    summary.repair_tokens += repair.tokens;
    summary.repair_seconds += repair.seconds;
  }
  summary.repairs = static_cast<uint32_t>(repairs.size());
  summary.gain = BootstrapGain(gains, &TaskGain::selected);
  summary.repaired_gain = BootstrapGain(gains, &TaskGain::repaired);
  return summary;
}

std::string SelectionText(const SelectionSummary& s) {
  const auto percent = [](double share) { return fmt::format("{:5.1f} %", 100 * share); };
  const auto gain = [](double points, const Interval& interval) {
    return fmt::format("   {:+.1f} points ({:+.1f} to {:+.1f})", 100 * points, 100 * interval.low,
                       100 * interval.high);
  };
  const SelectionShares& all = s.all;
  std::string text = fmt::format("selection by generated tests, {} tasks\n", all.tasks);
  text += fmt::format("  pass@1 of the samples   {}\n", percent(all.mean));
  text += fmt::format("  of those selected       {}{}\n", percent(all.selected),
                      gain(all.selected - all.mean, s.gain));
  if (s.repairs > 0) {
    text += fmt::format("  selected and repaired   {}{}\n", percent(all.repaired),
                        gain(all.repaired - all.mean, s.repaired_gain));
  }
  text += fmt::format("  of the best (oracle)    {}\n", percent(all.oracle));
  text += fmt::format("  do not compile          {} of the samples, {:.1f} % of those selected",
                      percent(all.mean_compile_errors), 100 * all.selected_compile_errors);
  if (s.repairs > 0) text += fmt::format(", {:.1f} % repaired", 100 * all.repaired_compile_errors);
  text += fmt::format(
      "\n  cost                    {} tokens of samples, {} of tests in {:.0f} s, {:.0f} s of running "
      "programs\n",
      s.sample_tokens, s.test_tokens, s.test_seconds, s.run_seconds);
  if (s.repairs > 0) {
    text += fmt::format("  cost of repair          {} tasks, {} tokens, {:.0f} s\n", s.repairs,
                        s.repair_tokens, s.repair_seconds);
  }
  for (const SelectionShares& one : s.groups) {
    text += fmt::format("  {:<10} {:4} tasks   samples {}   selected {}", one.group, one.tasks,
                        percent(one.mean), percent(one.selected));
    if (s.repairs > 0) text += fmt::format("   repaired {}", percent(one.repaired));
    text += fmt::format("   oracle {}\n", percent(one.oracle));
  }
  return text;
}

nlohmann::ordered_json SelectionJson(const SelectionSummary& s) {
  const bool repaired = s.repairs > 0;
  nlohmann::ordered_json json = SharesJson(s.all, repaired);
  json["gain_interval"] = {s.gain.low, s.gain.high};
  json["sample_tokens"] = s.sample_tokens;
  json["test_tokens"] = s.test_tokens;
  json["test_seconds"] = s.test_seconds;
  json["run_seconds"] = s.run_seconds;
  if (repaired) {
    json["repaired_gain_interval"] = {s.repaired_gain.low, s.repaired_gain.high};
    json["repairs"] = s.repairs;
    json["repair_tokens"] = s.repair_tokens;
    json["repair_seconds"] = s.repair_seconds;
  }
  for (const SelectionShares& group : s.groups) json["groups"][group.group] = SharesJson(group, repaired);
  return json;
}

}  // namespace espalier
