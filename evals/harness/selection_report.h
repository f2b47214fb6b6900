// What the selection of samples by generated tests came to for a run. Pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evals/harness/statistics.h"
#include "evals/runs/run_store.h"

namespace espalier {

/// Of the tasks that have a selection.
struct SelectionShares {
  std::string group;  ///< what their ids have before the slash: "Easy"; empty: all tasks
  uint32_t tasks = 0;
  double mean = 0;      ///< pass@1 of the samples of these tasks
  double selected = 0;  ///< share of tasks whose selected sample passes
  double repaired = 0;  ///< the same, with the repaired program where there is one
  double oracle = 0;    ///< share of tasks with a sample that passes
  double mean_compile_errors = 0, selected_compile_errors = 0, repaired_compile_errors = 0;
};

struct SelectionSummary {
  SelectionShares all;
  std::vector<SelectionShares> groups;  ///< in the order of their first tasks; empty if there is only one
  Interval gain;                        ///< 95 % interval of selected - mean, bootstrap over tasks
  Interval repaired_gain;               ///< of repaired - mean
  uint32_t repairs = 0;                 ///< tasks for which repair was tried
  uint64_t sample_tokens = 0, test_tokens = 0, repair_tokens = 0;  ///< generated
  double test_seconds = 0;                                         ///< that the model took for its tests
  double run_seconds = 0;                                          ///< that running them took
  double repair_seconds = 0;                                       ///< writing and running
};

SelectionSummary SummariseSelection(const std::vector<EvalSample>& samples,
                                    const std::vector<TaskSelection>& selections,
                                    const std::vector<TaskTestAnswers>& tests,
                                    const std::vector<TaskRepair>& repairs);

std::string SelectionText(const SelectionSummary& summary);
nlohmann::ordered_json SelectionJson(const SelectionSummary& summary);

}  // namespace espalier
