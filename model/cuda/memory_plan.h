// How much of a GPU's memory a model takes, known before any of it is taken. Pure functions, no CUDA.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "model/cuda/cuda_backend.h"
#include "model/cuda/model_part.h"

namespace espalier::cuda {

inline constexpr uint32_t kMostRows = 512;  ///< of one pass
inline constexpr uint32_t kMostGraphRows =
    64;  ///< of a pass that is recorded as a graph; so many have logits

/// Bytes.
struct MemoryPlan {
  size_t weights = 0;
  size_t kv_cache = 0;
  size_t activations = 0;  ///< of a pass with kMostRows rows, and logits
  size_t unpacked = 0;     ///< the largest matrix as cuBLAS gets it, and what it gives as bytes
  size_t total() const { return weights + kv_cache + activations + unpacked; }
};

/// Of one GPU, which has this part.
MemoryPlan PlanMemory(const ModelPart& part, const CudaOptions& options);

/// The most of each that a matrix of the layers has, when neighbours are one (DeviceLayer).
struct MatrixSizes {
  size_t elements = 0;
  uint32_t rows = 0, cols = 0;
};
MatrixSizes LargestMatrix(const ModelPart& part);

/// Ok when it fits in `free_bytes`, with a margin for what the driver takes itself. Errors:
/// kResourceExhausted, with all numbers and what to do.
Status CheckFits(const MemoryPlan& plan, size_t free_bytes, uint32_t context_tokens);

}  // namespace espalier::cuda
