// How the grammar constraint does on whole generations: programs written from descriptions, stopped by their
// token budget at random lengths and closed, must parse; and where the model alone writes what parses, the
// constraint must not change a token. Runs in batches on one engine.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "adapters/adapter.h"
#include "decoder/engine.h"

namespace espalier {

struct ConstraintEvalOptions {
  uint32_t samples = 100;                        ///< of each language and kind
  uint32_t least_tokens = 8, most_tokens = 160;  ///< the budget is drawn from between
  float temperature = 1.0f;
  uint64_t seed = 1;
};

/// One generation.
struct ConstraintSample {
  Language language;
  bool constrained = false;
  std::string code;
  FinishReason finish = FinishReason::kError;
  bool clean = false;   ///< tree-sitter parses it with no ERROR and no MISSING node
  bool closed = false;  ///< the limit cut it off, and something was appended to close it
  uint32_t tokens = 0;
  uint64_t checked = 0, refused = 0;  ///< questions to the constraint
  double constraint_seconds = 0;
};

/// Samples for each task in turn, with the constraint and without, at the same seeds and budgets. `seen`,
/// when given, is told of each as it comes. Errors: as BuildChatPrompt.
Result<std::vector<ConstraintSample>> SamplePrograms(
    Engine& engine, Language language, const std::vector<std::string>& tasks,
    const ConstraintEvalOptions& options, const std::function<void(const ConstraintSample&)>& seen);

/// Greedy generations of the tasks with and without the constraint: pairs (constrained, unconstrained).
struct GreedyPair {
  ConstraintSample constrained, unconstrained;
};
Result<std::vector<GreedyPair>> CompareGreedy(Engine& engine, Language language,
                                              const std::vector<std::string>& tasks, uint32_t most_tokens,
                                              const std::function<void(const ConstraintSample&)>& seen);

}  // namespace espalier
