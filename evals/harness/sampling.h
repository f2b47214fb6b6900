// Answers to tasks from an engine: what is asked, and what of the model's text is the answer.
#pragma once

#include <functional>
#include <vector>

#include "decoder/engine.h"
#include "evals/harness/run_store.h"
#include "evals/suites/suite.h"

namespace espalier {

/// One sample to take.
struct SampleJob {
  const SuiteTask* task = nullptr;
  uint32_t index = 0;
};

/// The samples that `settings` ask for and `known` lacks, in the order of the tasks.
std::vector<SampleJob> JobsOf(const Suite& suite, const EvalSettings& settings,
                              const std::vector<EvalSample>& known);

struct SamplingHooks {
  std::function<void(const SampleJob&, EvalSample)> taken;  ///< with everything but the test's outcome
  CancelToken cancel;
};

/// Takes all samples, a few at a time, so that they share steps and their prompts' keys and values. Drives
/// the engine, which has no thread of its own, and calls `taken` from there. Samples that were cancelled are
/// not given. Errors: what ended a request, the first one.
Status TakeSamples(Engine& engine, const Suite& suite, const EvalSettings& settings,
                   const std::vector<SampleJob>& jobs, const SamplingHooks& hooks);

}  // namespace espalier
