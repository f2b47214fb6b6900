// How much of a GPU's memory a model takes, known before any of it is taken. Pure functions, no CUDA.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "model/model_file.h"

namespace espalier::cuda {

inline constexpr uint32_t kMostRows = 512;  ///< of one pass
inline constexpr uint32_t kMostGraphRows =
    64;  ///< of a pass that is recorded as a graph; so many have logits

/// Bytes.
struct MemoryPlan {
  size_t weights = 0;
  size_t kv_cache = 0;
  size_t activations = 0;  ///< of a pass with kMostRows rows, and logits
  size_t unpacked = 0;     ///< the largest matrix that cuBLAS gets as bfloat16
  size_t total() const { return weights + kv_cache + activations + unpacked; }
};

/// `context_tokens` positions of keys and values as halves.
MemoryPlan PlanMemory(const ModelFile& file, uint32_t context_tokens);

/// Elements of the largest matrix of the layers.
size_t LargestMatrix(const ModelFile& file);

/// Ok when it fits in `free_bytes`, with a margin for what the driver takes itself. Errors:
/// kResourceExhausted, with all numbers and what to do.
Status CheckFits(const MemoryPlan& plan, size_t free_bytes, uint32_t context_tokens);

}  // namespace espalier::cuda
