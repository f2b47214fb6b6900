// What runs came to, as one HTML file that needs nothing else: plots, and every task with its prompt, answers
// and verdicts. It loads nothing and asks nobody. Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evals/harness/eval_report.h"
#include "evals/harness/fill_report.h"
#include "evals/harness/selection_report.h"
#include "evals/suites/suite.h"

namespace espalier {

struct ReportedRun {
  RunSummary summary;
  std::vector<EvalSample> samples;
  std::optional<SelectionSummary> selection;
  std::vector<TaskSelection> selections;  ///< which samples were selected
  std::optional<FillSummary> fills;
  std::map<std::string, SuiteTask> tasks;  ///< by id; those that are known
};

/// `comparison` is of the first two runs.
std::string ReportPage(const std::vector<ReportedRun>& runs, const std::optional<RunComparison>& comparison);

}  // namespace espalier
