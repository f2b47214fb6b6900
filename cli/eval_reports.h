// What `espalier eval` shows of runs, and its verbs that only look at them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "cli/verb.h"
#include "evals/harness/eval_report.h"
#include "evals/harness/run_store.h"

namespace espalier {

/// Errors: those of RunStore::Run.
Result<RunSummary> SummaryOf(const RunStore& store, int64_t run);

/// --db FILE.
void AddDatabaseFlag(CLI::App& verb, std::string& database);

/// eval report RUN [RUN2] and eval list.
void AddEvalReportVerb(CLI::App& eval, Invocation& invocation);
void AddEvalListVerb(CLI::App& eval, Invocation& invocation);

}  // namespace espalier
