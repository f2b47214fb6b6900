// Runs a suite: a model answers its tasks while a second thread tests the answers in the sandbox and stores
// what came of them.
//
// The same settings give the same samples: one schedule of steps, a seed a sample, no speculation in batches.
// A run that was cut off and goes on has other batches; where two tokens tie in the last bits, it may differ
// there. Servers give no such promise.
#pragma once

#include <cstddef>
#include <functional>

#include "base/cancellation.h"
#include "base/result.h"
#include "evals/engines/answer_source.h"
#include "evals/runs/run_store.h"
#include "evals/suites/suite.h"

namespace espalier {

struct EvalHooks {
  std::function<void(size_t done, size_t total)> progress;  ///< samples; called from one thread
  CancelToken cancel;
};

/// Answers, tests and stores what `run` still lacks; true when it is finished, false when `cancel` ended it.
/// What the sandbox was asked about is stored in either case. REQUIRES: `run` is in `store`. Errors: those of
/// AnswerSource::TakeSamples, ProgramChecker::Check and RunStore::Add.
Result<bool> RunEval(AnswerSource& source, const Suite& suite, const EvalRun& run, RunStore& store,
                     const EvalHooks& hooks);

}  // namespace espalier
