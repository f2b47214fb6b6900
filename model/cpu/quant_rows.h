// Activations of a batch, quantized once and then multiplied with many weight tiles. Each block of 32
// elements has its own scale: x[i] is about scale * q[i] with q in [-127, 127]. Weight formats with an
// implicit zero point z need z * sum(q) subtracted; those integer corrections are prepared here so that
// a kernel starts its accumulator with them for free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/cpu/aligned_buffer.h"

namespace espalier {

inline constexpr size_t kQuantBlock = 32;

/// Corrections for the zero points of the packed formats, one array each.
enum ZeroPoint { kZero8, kZero16, kZero128, kZeroPoints };

struct QuantRows {
  size_t rows = 0;
  size_t cols = 0;    ///< a multiple of 32 for quantized use; any size when only `x` is used
  size_t blocks = 0;  ///< cols / 32

  float* x = nullptr;   ///< [rows][cols] float activations; filled only where a float matrix reads them
  int8_t* q = nullptr;  ///< [rows][cols]
  // What belongs to a block lies by block first: a kernel reads it for several rows at once, and threads
  // that write neighbouring blocks do not share cache lines.
  float* scale = nullptr;            ///< [blocks][rows]
  float* scaled_sum = nullptr;       ///< [blocks][rows] scale * sum(q)
  int32_t* start[kZeroPoints] = {};  ///< [blocks][rows] minus zero point times sum(q)
  int32_t* start32_half = nullptr;   ///< [2 * blocks][rows] minus 32 times the sum of 16 q (Q6_K)

  size_t at(size_t block, size_t row) const { return block * rows + row; }
  const int8_t* row_q(size_t r) const { return q + r * cols; }
};

/// Owns the memory of a QuantRows; grows, never shrinks.
class QuantRowsBuffer {
 public:
  /// Makes room for rows x cols and returns views of it (contents undefined).
  QuantRows Prepare(size_t rows, size_t cols);

 private:
  AlignedBuffer memory_;
};

}  // namespace espalier
