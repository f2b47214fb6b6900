// Scaled dot-product attention over paged keys and values, causal: a row sees the positions up to its own.
#pragma once

#include "model/cuda/activations.cuh"
#include "model/cuda/kv_pages.cuh"

namespace espalier::cuda {

struct AttentionShape {
  uint32_t heads = 0, kv_heads = 0, head_dim = 0;

  __host__ __device__ uint32_t group() const { return heads / kv_heads; }  ///< query heads a key/value head
  /// Floats of a row of queries, keys and values, side by side as one product leaves them.
  __host__ __device__ size_t stride() const { return size_t{heads + 2 * kv_heads} * head_dim; }
};

/// Into how many ranges of keys the rows' work is cut (flash decoding), so that few rows with long contexts
/// keep `processors` busy. `longest`: the most positions that a row sees.
uint32_t KeyRanges(const AttentionShape& shape, uint32_t rows, uint32_t longest, int processors);

/// Whether tensor cores can take this shape: whole tiles of 16 elements.
constexpr bool TilesFit(const AttentionShape& shape) {
  return shape.head_dim % 32 == 0 && shape.head_dim <= 128;
}

/// Floats that Attend needs for `rows` rows in `ranges`.
size_t PartialFloats(const AttentionShape& shape, uint32_t rows, uint32_t ranges);

/// out[r] = attention of the queries that qkv[r] begins with, rotated and scaled; qkv is [rows, stride()].
/// `partials` has room for PartialFloats(batch.singles). REQUIRES: head_dim <= 256; tiles only where
/// TilesFit.
void Attend(Stream& stream, const AttentionShape& shape, const float* qkv, const KvPages& pages,
            const BatchRows& batch, uint32_t ranges, float* partials, const Activations& out);

/// The tiles' part of Attend: values go to out.x alone.
void AttendTiles(Stream& stream, const AttentionShape& shape, const float* qkv, const KvPages& pages,
                 const BatchRows& batch, const Activations& out);

}  // namespace espalier::cuda
