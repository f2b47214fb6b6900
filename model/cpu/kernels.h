// The vector kernels of one instruction set, as a table of functions chosen once at start-up. The bodies
// are in kernels-inl.h, compiled once for each instruction set; nothing outside those files may be
// compiled with wider instructions than the baseline. All kernels are pure functions of their arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/cpu/packed_matrix.h"
#include "model/cpu/quant_rows.h"
#include "model/kv_cache.h"

namespace espalier {

/// Columns that the prefill kernel unpacks at a time: 32 rows of them fill half of a 32 KiB L1 cache.
inline constexpr size_t kPanelCols = 512;
inline constexpr size_t kPanelBlocks = kPanelCols / kQuantBlock;
/// Up to this many batch rows are multiplied straight from packed weights, without unpacking to a panel.
inline constexpr size_t kDirectRows = 8;

/// Scratch of one thread for MatmulUnit.
struct alignas(64) PanelScratch {
  uint8_t quants[kPanelCols * kUnitRows];       // [block][k-step][tile][64]
  float scales[kPanelBlocks][2][2][kTileRows];  // [block][tile][half][lane]
  float offsets[kPanelBlocks][2][kTileRows];    // [block][tile][lane]
};

/// Attention of some query vectors that share a key/value head over keys [key_begin, key_end).
struct AttentionTask {
  const float* const* queries = nullptr;  ///< [vectors] each [head_dim], already divided by sqrt(head_dim)
  const uint32_t* visible = nullptr;      ///< [vectors] keys with a position below this are seen
  uint32_t vectors = 0;
  uint32_t key_begin = 0, key_end = 0;  ///< key_begin is a multiple of kKvPageTokens
  const uint32_t* pages = nullptr;      ///< page numbers of the sequence
  const std::byte* keys = nullptr;      ///< page 0 of the layer; page p is page_stride * p further
  const std::byte* values = nullptr;
  size_t page_stride = 0;
  uint32_t kv_head = 0, n_kv_heads = 0, head_dim = 0;
  KvType type = KvType::kF16;
  // Results, not yet divided by `sum` (so that parts over different keys can be merged).
  float* out = nullptr;  ///< [vectors][head_dim]
  float* max = nullptr;  ///< [vectors]
  float* sum = nullptr;  ///< [vectors]
};

struct CpuKernels {
  /// out[r][i] = sum_k w[32 * unit + i][k] * x[r][k], for 32 values of i and every row of x.
  void (*matmul_unit)(const PackedMatrix& w, size_t unit, const QuantRows& x, PanelScratch& scratch,
                      float* out);
  /// Quantizes `in`, the blocks [block_begin, block_end) of a row, into x and prepares their corrections.
  void (*quantize)(const float* in, const QuantRows& x, size_t row, size_t block_begin, size_t block_end);
  /// out = x / rms(x) * weight. REQUIRES: n % 16 == 0 (all sizes below likewise).
  void (*rms_norm)(const float* x, const float* weight, float epsilon, size_t n, float* out);
  /// out = silu(gate) * up
  void (*swiglu)(const float* gate, const float* up, size_t n, float* out);
  /// x += y
  void (*add)(const float* y, size_t n, float* x);
  void (*attend)(const AttentionTask& task);
};

const CpuKernels& Avx2Kernels();
const CpuKernels& AvxVnniKernels();
const CpuKernels& Avx512Kernels();

}  // namespace espalier
