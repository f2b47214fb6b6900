// What `espalier eval` shows of runs, and its verbs that only look at them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/verb.h"
#include "evals/harness/eval_report.h"
#include "evals/harness/run_store.h"
#include "evals/harness/selection_report.h"

namespace espalier {

/// Errors: those of RunStore::Run.
Result<RunSummary> SummaryOf(const RunStore& store, int64_t run);

/// Nothing where no samples were selected. Errors: those of RunStore.
Result<std::optional<SelectionSummary>> SelectionOf(const RunStore& store, int64_t run);

/// --db FILE.
void AddDatabaseFlag(CLI::App& verb, std::string& database);

/// eval report RUN [RUN2] and eval list. `database` is that of --db, which may stand before them or behind.
void AddEvalReportVerb(CLI::App& eval, Invocation& invocation, const std::shared_ptr<std::string>& database);
void AddEvalListVerb(CLI::App& eval, Invocation& invocation, const std::shared_ptr<std::string>& database);

}  // namespace espalier
