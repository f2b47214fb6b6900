// How weights lie in the memory of a GPU. A GGUF block mixes scales and bits and has odd sizes; here each
// kind of field has a plane of its own, in the order of the blocks, so that the lanes of a warp read
// neighbouring, aligned words. The unit is a group of 32 weights of one row; all formats keep their exact
// values, in as many bytes as in the file (Q4_K and Q5_K: half a byte a group more). Pure functions on the
// host, no CUDA.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/tensor.h"

namespace espalier::cuda {

inline constexpr uint32_t kGroup = 32;       ///< weights
inline constexpr uint32_t kSuperGroups = 8;  ///< groups that share a "super" entry, in the k-quants

/// Bytes of each plane, for a group; `super` for kSuperGroups of them. Floats have only `low`.
///
/// low:    4 bits: byte i is weight i, and weight i + 16 in its upper half; 8 bits: byte i is weight i.
/// high:   fifth bits: bit i of a word is weight i's; fifth and sixth: bits 2k, 2k + 1 of byte j are those of
///         weight 4j + k.
/// scales: Q4_0, Q5_0, Q8_0: half d. Q5_1: halves d, m. Q4_K, Q5_K: bytes scale, minimum. Q6_K: signed bytes,
///         scales of the first and of the second 16 weights.
/// super:  Q4_K, Q5_K: halves d, dmin. Q6_K: half d.
struct PlaneBytes {
  uint32_t low = 0, high = 0, scales = 0, super = 0;
};
PlaneBytes PlanesOf(DataType type);

/// Whether the type has groups, not single floats.
bool IsGrouped(DataType type);

/// Where the planes of a matrix begin in one stretch of memory.
struct WeightLayout {
  size_t high = 0, scales = 0, super = 0;  ///< `low` begins at 0
  size_t bytes = 0;
};
/// REQUIRES: rows of whole blocks.
WeightLayout LayOut(DataType type, size_t rows, size_t cols);

/// Writes `matrix` in that layout to `out`, of layout.bytes.
void PackWeights(const TensorView& matrix, const WeightLayout& layout, std::span<std::byte> out);

}  // namespace espalier::cuda
