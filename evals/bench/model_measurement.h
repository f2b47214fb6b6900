// How fast a model runs here, and in how much memory: the measurements behind `espalier bench` and
// model_bench. Prefill and decode are defined as llama-bench defines pp<P> and tg<N>: an empty cache,
// random ids, one warm-up, logits of the last row alone in prefill and of every row in decode.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/model.h"

namespace espalier {

struct BenchOptions {
  std::string model_path;  ///< or the name of an installed model
  ModelOptions model;      ///< context_tokens is chosen by MeasureModel
  uint32_t prompt_tokens = 512;
  uint32_t decode_tokens = 128;
  int repeats = 3;
  std::vector<uint32_t> rows = {1, 2, 4, 8};  ///< sizes of small batches to time; 0 = none
  uint32_t rows_context = 128;     ///< positions already cached when the cost of a few rows is measured
  uint32_t memory_context = 4096;  ///< positions cached when memory is read; 0 skips that
};

/// Loads the model and measures it; takes seconds to minutes. Errors: those of ResolveModel,
/// Model::Load and Model::Forward.
Result<nlohmann::json> MeasureModel(BenchOptions options);

/// The report as lines for people.
std::string MeasurementText(const nlohmann::json& report);

}  // namespace espalier
