#include "evals/harness/eval_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "decoder/engine.h"
#include "evals/harness/text_table.h"

namespace espalier {
namespace {

constexpr uint32_t kReportedK[] = {1, 10, 100};

std::vector<TaskTally> Tallies(const std::vector<EvalSample>& samples) {
  std::map<std::string_view, TaskTally> tasks;
  for (const EvalSample& sample : samples) {
    TaskTally& task = tasks[sample.task];
    ++task.samples;
    if (sample.error == ErrorClassName(ErrorClass::kNone)) ++task.passed;
  }
  std::vector<TaskTally> tallies;
  for (const auto& [id, tally] : tasks) tallies.push_back(tally);
  return tallies;
}

std::vector<PassRate> Rates(const std::vector<TaskTally>& tasks) {
  std::vector<PassRate> rates;
  for (const uint32_t k : kReportedK) {
    std::vector<TaskTally> enough;
    std::ranges::copy_if(tasks, std::back_inserter(enough),
                         [k](const TaskTally& t) { return t.samples >= k; });
    if (!enough.empty()) rates.push_back({k, MeanPassAtK(enough, k), BootstrapPassAtK(enough, k)});
  }
  return rates;
}

std::string RateText(const PassRate& rate) {
  return fmt::format("{:.1f} % ({:.1f} to {:.1f})", 100 * rate.rate, 100 * rate.interval.low,
                     100 * rate.interval.high);
}

std::string DurationText(double seconds) {
  if (seconds < 100) return fmt::format("{:.1f} s", seconds);
  return fmt::format("{} min {} s", static_cast<int>(seconds) / 60, static_cast<int>(seconds) % 60);
}

std::string SamplingText(const EvalSettings& settings) {
  if (settings.temperature == 0) return "greedy";
  return fmt::format("temperature {:g}, seed {}", settings.temperature, settings.seed);
}

std::string EngineText(const EvalSettings& settings) {
  return settings.api.empty() ? settings.engine : fmt::format("{} ({})", settings.engine, settings.api);
}

std::string RateText(const RunSummary& summary, uint32_t k) {
  for (const PassRate& rate : summary.rates) {
    if (rate.k == k) return RateText(rate);
  }
  return "";
}

/// The rows of a run's column, the same ones for every run.
void AddFacts(const RunSummary& s, uint32_t most_samples,
              const std::function<void(std::string, std::string)>& row) {
  row("model", s.run.settings.model);
  row("engine", EngineText(s.run.settings));
  row("constraint", std::string(ConstraintName(s.run.settings.constraint)));
  row("sampling", fmt::format("{}, {} a task, at most {} tokens", SamplingText(s.run.settings),
                              s.run.settings.samples, s.run.settings.max_tokens));
  row("tasks", s.run.finished ? fmt::format("{}", s.tasks) : fmt::format("{} of {}", s.tasks, s.run.tasks));
  for (const uint32_t k : kReportedK) {
    if (k <= most_samples) row(fmt::format("pass@{}", k), RateText(s, k));
  }
  for (const ErrorClass error : kErrorClasses) {
    row(std::string(ErrorClassName(error)), fmt::format("{}", s.errors[static_cast<size_t>(error)]));
  }
  row("cut off", fmt::format("{}", s.cut_off));
  row("tokens", fmt::format("{}", s.tokens));
  row("tokens refused", fmt::format("{}", s.refused));
  row("time", DurationText(s.run.seconds));
}

std::string ChangesText(std::string_view title, const std::vector<TaskChange>& changes) {
  std::string text;
  for (const TaskChange& change : changes) {
    text += fmt::format("{} {}: {} -> {}\n", title, change.task, change.before, change.after);
  }
  return text;
}

nlohmann::ordered_json ChangesJson(const std::vector<TaskChange>& changes) {
  auto json = nlohmann::ordered_json::array();
  for (const TaskChange& change : changes) {
    json.push_back({{"task", change.task}, {"before", change.before}, {"after", change.after}});
  }
  return json;
}

}  // namespace

RunSummary Summarise(const EvalRun& run, const std::vector<EvalSample>& samples) {
  RunSummary summary;
  summary.run = run;
  summary.samples = static_cast<uint32_t>(samples.size());
  const std::vector<TaskTally> tallies = Tallies(samples);
  summary.tasks = static_cast<uint32_t>(tallies.size());
  summary.rates = Rates(tallies);
  for (const EvalSample& sample : samples) {
    for (const ErrorClass error : kErrorClasses) {
      if (sample.error == ErrorClassName(error)) ++summary.errors[static_cast<size_t>(error)];
    }
    if (sample.finish == FinishReasonName(FinishReason::kLength)) ++summary.cut_off;
    summary.tokens += sample.tokens;
    summary.refused += sample.refused;
  }
  return summary;
}

RunComparison Compare(const std::vector<EvalSample>& first, const std::vector<EvalSample>& second) {
  std::map<std::string_view, std::string_view> before;
  for (const EvalSample& sample : first) {
    if (sample.index == 0) before[sample.task] = sample.error;
  }
  const std::string_view passed = ErrorClassName(ErrorClass::kNone);
  RunComparison comparison;
  for (const EvalSample& sample : second) {
    const auto found = before.find(sample.task);
    if (sample.index != 0 || found == before.end()) continue;
    ++comparison.tasks;
    const bool was = found->second == passed, is = sample.error == passed;
    if (was == is) ++(is ? comparison.both : comparison.neither);
    if (was != is) {
      (is ? comparison.gained : comparison.lost)
          .push_back({sample.task, std::string(found->second), sample.error});
    }
  }
  comparison.p = McNemarExact(static_cast<uint32_t>(comparison.gained.size()),
                              static_cast<uint32_t>(comparison.lost.size()));
  return comparison;
}

std::string ReportText(const std::vector<RunSummary>& runs, ReportForm form) {
  std::vector<std::vector<std::string>> rows = {{""}};
  uint32_t most_samples = 1;
  for (const RunSummary& summary : runs) most_samples = std::max(most_samples, summary.run.settings.samples);
  for (const RunSummary& summary : runs) {
    rows[0].push_back(fmt::format("run {}: {}", summary.run.id, summary.run.settings.suite));
    size_t at = 0;
    AddFacts(summary, most_samples, [&](const std::string& name, std::string value) {
      ++at;
      if (at == rows.size()) rows.push_back({name});
      rows[at].push_back(std::move(value));
    });
  }
  return TextTable(rows, form == ReportForm::kMarkdown);
}

std::string ComparisonText(const RunComparison& c, ReportForm form) {
  const std::string_view item = form == ReportForm::kMarkdown ? "- " : "  ";
  return fmt::format(
             "{} tasks in both runs: {} pass in both, {} in neither, {} gained, {} lost; McNemar's exact "
             "test: "
             "p = {:.3g}\n",
             c.tasks, c.both, c.neither, c.gained.size(), c.lost.size(), c.p) +
         ChangesText(fmt::format("{}gained", item), c.gained) +
         ChangesText(fmt::format("{}lost", item), c.lost);
}

nlohmann::ordered_json ReportJson(const RunSummary& s) {
  nlohmann::ordered_json json = {{"run", s.run.id},
                                 {"suite", s.run.settings.suite},
                                 {"settings", SettingsJson(s.run.settings)},
                                 {"version", s.run.version},
                                 {"machine", s.run.machine},
                                 {"started", s.run.started},
                                 {"finished", s.run.finished},
                                 {"tasks", s.tasks},
                                 {"samples", s.samples}};
  for (const PassRate& rate : s.rates) {
    json["pass"][fmt::format("{}", rate.k)] = {
        {"rate", rate.rate}, {"low", rate.interval.low}, {"high", rate.interval.high}};
  }
  for (const ErrorClass error : kErrorClasses) {
    json["outcomes"][std::string(ErrorClassName(error))] = s.errors[static_cast<size_t>(error)];
  }
  json["cut_off"] = s.cut_off;
  json["tokens"] = s.tokens;
  json["refused_tokens"] = s.refused;
  json["seconds"] = s.run.seconds;
  return json;
}

nlohmann::ordered_json ComparisonJson(const RunComparison& c) {
  return {{"tasks", c.tasks},
          {"both", c.both},
          {"neither", c.neither},
          {"gained", ChangesJson(c.gained)},
          {"lost", ChangesJson(c.lost)},
          {"p", c.p}};
}

}  // namespace espalier
