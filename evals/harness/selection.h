// Selects one of a run's samples for each task by tests that the model itself writes, as a user would have
// to: the suite's own tests are not looked at. What the model wrote and what was selected is stored, so that
// an interrupted selection goes on where it was, and another way to rank needs no model.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"
#include "decoder/author.h"
#include "evals/harness/eval_run.h"
#include "evals/harness/run_store.h"
#include "evals/harness/statistics.h"
#include "evals/suites/suite.h"
#include "testgen/program.h"

namespace espalier {

struct SelectionSettings {
  uint32_t answers = 8;     ///< lists of assertions that the model writes for a task
  uint32_t assertions = 6;  ///< asked for in each
  double temperature = 0.8;
};

/// Who writes tests, and where they run.
struct SelectionTools {
  CodeAuthor& author;
  Workshop& workshop;
  SelectionSettings settings = {};
};

/// Selects for every task of the run that has samples and no selection yet; true when it is done, false when
/// `hooks.cancel` ended it. Tests that are stored already are used again, whatever the settings.
/// Errors: those of CodeAuthor::Write, RunCases and RunStore.
Result<bool> SelectSamples(const SelectionTools& tools, const Suite& suite, const EvalRun& run,
                           RunStore& store, const EvalHooks& hooks);

/// What selection did for a run.
struct SelectionSummary {
  uint32_t tasks = 0;
  double mean = 0;      ///< pass@1 of the samples of these tasks
  double selected = 0;  ///< share of tasks whose selected sample passes
  double oracle = 0;    ///< share of tasks with a sample that passes
  Interval gain;        ///< 95 % interval of selected - mean, bootstrap over tasks
  double mean_compile_errors = 0, selected_compile_errors = 0;  ///< shares that do not parse or compile
  uint64_t sample_tokens = 0, test_tokens = 0;                  ///< generated
  double test_seconds = 0;                                      ///< that the model took for its tests
  double run_seconds = 0;                                       ///< that running them took
};

/// Of the tasks that have a selection.
SelectionSummary SummariseSelection(const std::vector<EvalSample>& samples,
                                    const std::vector<TaskSelection>& selections,
                                    const std::vector<TaskTestAnswers>& tests);

std::string SelectionText(const SelectionSummary& summary);
nlohmann::ordered_json SelectionJson(const SelectionSummary& summary);

}  // namespace espalier
