// Selects one of a run's samples for each task by tests that the model itself writes, as a user would have
// to: the suite's own tests are not looked at. Where the one selected does not build or fails an example of
// the description, the model may repair it. What the model wrote and what was selected is stored, so that an
// interrupted selection goes on where it was, and another way to rank needs no model.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "decoder/author.h"
#include "evals/harness/eval_run.h"
#include "evals/runs/run_store.h"
#include "evals/suites/suite.h"
#include "testgen/program.h"

namespace espalier {

struct SelectionSettings {
  uint32_t answers = 8;     ///< lists of assertions that the model writes for a task
  uint32_t assertions = 6;  ///< asked for in each
  double temperature = 0.8;
  uint32_t repair_rounds = 0;    ///< at most, for a task
  uint32_t repairs_a_round = 3;  ///< answers of the model
};

/// Who writes tests and repairs, and where they run.
struct SelectionTools {
  CodeAuthor& author;
  Workshop& workshop;
  SelectionSettings settings = {};
};

/// Selects for every task of the run that has samples and no selection yet, or no repair where it wants one;
/// true when it is done, false when `hooks.cancel` ended it. Tests that are stored already are used again,
/// whatever the settings. What a repaired program is worth, the suite's tests say afterwards.
/// Errors: those of CodeAuthor::Write, RunCases, ProgramChecker::Check and RunStore.
Result<bool> SelectSamples(const SelectionTools& tools, const Suite& suite, const EvalRun& run,
                           RunStore& store, const EvalHooks& hooks);

}  // namespace espalier
