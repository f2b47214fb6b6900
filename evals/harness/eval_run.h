// Runs a suite: a model answers its tasks, in batches on one engine, while a second thread tests the answers
// in the sandbox and stores what came of them.
//
// The same settings give the same samples: one schedule of steps, a seed a sample, no speculation. A run that
// was cut off and goes on has other batches; where two tokens tie in the last bits, it may differ there.
#pragma once

#include <cstddef>
#include <functional>

#include "base/cancellation.h"
#include "base/result.h"
#include "decoder/engine.h"
#include "evals/harness/run_store.h"
#include "evals/suites/suite.h"

namespace espalier {

struct EvalHooks {
  std::function<void(size_t done, size_t total)> progress;  ///< samples; called from one thread
  CancelToken cancel;
};

/// For the engine of a run: no thread of its own, a schedule that does not depend on time.
EngineOptions EvalEngineOptions();

/// Answers, tests and stores what `run` still lacks; true when it is finished, false when `cancel` ended it.
/// What the sandbox was asked about is stored in either case. REQUIRES: `engine` was made with
/// EvalEngineOptions, and `run` is in `store`. Errors: those of ProgramChecker::Check and RunStore::Add; kIo;
/// kResourceExhausted (a prompt does not fit).
Result<bool> RunEval(Engine& engine, const Suite& suite, const EvalRun& run, RunStore& store,
                     const EvalHooks& hooks);

/// How many tasks of `suite` the settings ask for.
uint32_t TasksOf(const Suite& suite, const EvalSettings& settings);

}  // namespace espalier
