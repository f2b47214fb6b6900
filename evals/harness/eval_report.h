// What a run came to, and how two runs compare: as values, as text and Markdown for people, as JSON. Pure
// functions.
#pragma once

#include <array>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evals/harness/statistics.h"
#include "evals/runs/run_store.h"
#include "evals/suites/program_checker.h"

namespace espalier {

struct PassRate {
  uint32_t k = 1;
  double rate = 0;
  Interval interval;  ///< 95 %, bootstrap over tasks
};

struct RunSummary {
  EvalRun run;
  uint32_t tasks = 0;  ///< with at least one sample
  uint32_t samples = 0;
  std::vector<PassRate> rates;                              ///< k = 1, 10, 100 as far as there are samples
  std::array<uint32_t, std::size(kErrorClasses)> errors{};  ///< samples, in the order of kErrorClasses
  uint32_t cut_off = 0;                                     ///< samples that met the token limit
  uint64_t tokens = 0;
  uint64_t refused = 0;  ///< by the constraint
};

/// Tasks with fewer than `k` samples do not count for pass@k.
RunSummary Summarise(const EvalRun& run, const std::vector<EvalSample>& samples);

/// One task that passed in one run and not in the other (its first sample).
struct TaskChange {
  std::string task;
  std::string before, after;  ///< ErrorClassName
};

struct RunComparison {
  uint32_t tasks = 0;  ///< in both runs
  uint32_t both = 0, neither = 0;
  std::vector<TaskChange> gained, lost;  ///< by the second run
  double p = 1;                          ///< McNemar's exact test, two-sided
};

/// The first samples of the tasks that both runs have.
RunComparison Compare(const std::vector<EvalSample>& first, const std::vector<EvalSample>& second);

enum class ReportForm { kText, kMarkdown };
std::string ReportText(const std::vector<RunSummary>& runs, ReportForm form);
std::string ComparisonText(const RunComparison& comparison, ReportForm form);

nlohmann::ordered_json ReportJson(const RunSummary& summary);
nlohmann::ordered_json ComparisonJson(const RunComparison& comparison);

}  // namespace espalier
