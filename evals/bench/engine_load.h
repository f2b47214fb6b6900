// Many requests at once that go on with real files, as a server for a team has them: how fast the engine is
// with the grammar and without it, and how long it works itself while the model waits for it.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "decoder/engine.h"
#include "grammar/syntax.h"

namespace espalier {

struct LoadText {
  std::string text;
  Language language;
};

/// Errors: kNotFound, kInvalidArgument (a file of no known language), kIo.
Result<std::vector<LoadText>> ReadLoadTexts(const std::vector<std::string>& files);

struct LoadOptions {
  uint32_t requests = 64;
  uint32_t prompt_tokens = 256;  ///< the beginning of a text
  uint32_t tokens = 64;          ///< written by each
  int rounds = 3;                ///< of both ways in turn; medians are told
  SamplingOptions sampling;

  /// What the model must have room for, with whole pages and a little more for each.
  uint32_t context_tokens() const { return requests * (prompt_tokens + tokens + 32); }
};

/// {"free": F, "grammar": G, "slowdown": how much longer a step takes with the grammar}, where F and G have
/// "tokens_per_s", "step_us", "own_us" (of a step: the engine's own work, which the model waits for) and G
/// further "asked_us", "told_us" (a token: questions whether it may come; being told that it came, which runs
/// while a device computes) and "refused" (tokens refused for one that was written).
/// Errors: those of the requests. REQUIRES: the engine takes that many requests at once.
Result<nlohmann::json> MeasureLoad(Engine& engine, std::span<const LoadText> texts,
                                   const LoadOptions& options);

}  // namespace espalier
