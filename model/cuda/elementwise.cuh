// What the Transformer does to single rows: embedding, RMSNorm, rotary angles, SwiGLU. Each function launches
// one kernel.
#pragma once

#include "model/cuda/attention.cuh"
#include "model/cuda/unpack.cuh"
#include "model/model_file.h"

namespace espalier::cuda {

/// x[r] = row tokens[r] of `table`; x is [rows, table.cols].
void Embed(Stream& stream, const DeviceMatrix& table, const int32_t* tokens, uint32_t rows, float* x);

/// out[i] = RMSNorm(x[rows[i]]) * weight (Zhang and Sennrich 2019); all rows in turn when `rows` is null.
void NormRows(Stream& stream, const float* x, const uint32_t* rows, const float* weight, float epsilon,
              const Activations& out);

/// out[r] = silu(gate) * up (Shazeer 2020), where a row of `gate_up` is both, side by side.
void SwiGlu(Stream& stream, const float* gate_up, const Activations& out);

struct RotaryAngles {
  const float *cosines = nullptr, *sines = nullptr;  ///< [rows, head_dim / 2]
};

/// Rotates queries (which also get attention's 1 / sqrt(head_dim)) in place, and rotated keys and values into
/// the pages of their sequences (RoPE: Su et al. 2021). A row of `qkv` is queries, keys and values, side by
/// side: [rows, shape.stride()].
void RotateAndAppend(Stream& stream, const AttentionShape& shape, RopeLayout layout,
                     const RotaryAngles& angles, float* qkv, const KvPages& pages, const BatchRows& batch);

}  // namespace espalier::cuda
