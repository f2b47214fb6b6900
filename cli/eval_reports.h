// What `espalier eval` shows of runs, and its verbs that only look at them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/verb.h"
#include "evals/harness/selection_report.h"
#include "evals/runs/run_store.h"
#include "evals/suites/suite.h"

namespace espalier {

/// Nothing where no samples were selected. Errors: those of RunStore.
Result<std::optional<SelectionSummary>> SelectionOf(const RunStore& store, int64_t run);

/// What a run came to, for people or as JSON. Errors: those of RunStore.
Status PrintRun(const RunStore& store, int64_t run, bool json);

/// SHA-256 of a suite's data: of its file, or where that is a folder, of the tasks that were made of it.
/// Errors: those of Sha256OfFile.
Result<std::string> DataHash(const Suite& suite, const CancelToken& cancel);

/// --db FILE.
void AddDatabaseFlag(CLI::App& verb, std::string& database);

/// eval report RUN [RUN2] and eval list. `database` is that of --db, which may stand before them or behind.
void AddEvalReportVerb(CLI::App& eval, Invocation& invocation, const std::shared_ptr<std::string>& database);
void AddEvalListVerb(CLI::App& eval, Invocation& invocation, const std::shared_ptr<std::string>& database);

}  // namespace espalier
