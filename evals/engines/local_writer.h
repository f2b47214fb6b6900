// Internal to evals/engines: the two halves of LocalAnswers.
#pragma once

#include "evals/engines/answer_source.h"

namespace espalier {

/// Programs, a few at a time, so that they share steps and their prompts' keys and values. Drives the engine,
/// which has no thread of its own.
Status WritePrograms(Engine& engine, const Suite& suite, const EvalSettings& settings,
                     const std::vector<SampleJob>& jobs, const SamplingHooks& hooks);

/// Holes, one after the other.
Status FillHoles(Engine& engine, const EvalSettings& settings, const std::vector<SampleJob>& jobs,
                 const SamplingHooks& hooks);

}  // namespace espalier
