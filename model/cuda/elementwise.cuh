// What the Transformer does to single rows: embedding, RMSNorm, rotary angles, SwiGLU. Each function launches
// one kernel.
#pragma once

#include "model/cuda/activations.cuh"
#include "model/cuda/kv_pages.cuh"
#include "model/cuda/unpack.cuh"
#include "model/model_file.h"

namespace espalier::cuda {

/// x[r] = row tokens[r] of `table`; x is [rows, table.cols].
void Embed(Stream& stream, const DeviceMatrix& table, const int32_t* tokens, uint32_t rows, float* x);

/// out[i] = RMSNorm(x[rows[i]]) * weight (Zhang and Sennrich 2019); all rows in turn when `rows` is null.
void NormRows(Stream& stream, const float* x, const uint32_t* rows, const float* weight, float epsilon,
              const Activations& out);

/// out = silu(gate) * up (Shazeer 2020); both are [rows, cols].
void SwiGlu(Stream& stream, const float* gate, const float* up, const Activations& out);

/// How heads are rotated, and where a batch's rows are.
struct RotaryShape {
  uint32_t heads = 0, kv_heads = 0, head_dim = 0;
  RopeLayout layout = RopeLayout::kHalves;
};
struct RotaryAngles {
  const float *cosines = nullptr, *sines = nullptr;  ///< [rows, head_dim / 2]
};

/// Rotates queries (which also get attention's 1 / sqrt(head_dim)) in place, and rotated keys and values into
/// the pages of their sequences (RoPE: Su et al. 2021). q is [rows, heads * head_dim], k and v have kv_heads.
void RotateAndAppend(Stream& stream, const RotaryShape& shape, const RotaryAngles& angles, float* q,
                     const float* k, const float* v, const KvPages& pages, const BatchRows& batch);

}  // namespace espalier::cuda
