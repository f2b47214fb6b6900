// Keys and values in device memory. The page numbers are those of the host's KvCache, which decides who
// shares what; here is only what a page holds (Kwon et al. 2023).
#pragma once

#include <cuda_fp16.h>

#include <cstdint>

#include "model/kv_cache.h"

namespace espalier::cuda {

/// One layer's pages: [page][kv head][kKvPageTokens][head_dim], keys and values alike.
struct KvPages {
  __half *keys = nullptr, *values = nullptr;
  uint32_t kv_heads = 0, head_dim = 0;

  /// Elements before the vector of a position.
  __host__ __device__ size_t At(uint32_t page, uint32_t head, uint32_t slot) const {
    return ((static_cast<size_t>(page) * kv_heads + head) * kKvPageTokens + slot) * head_dim;
  }
};

/// Consecutive rows of one sequence.
struct RowTile {
  uint32_t first = 0, rows = 0;
};

/// Where the rows of a batch stand; all in device memory, one entry a row.
struct BatchRows {
  uint32_t rows = 0;
  const uint32_t* positions = nullptr;
  const uint32_t* first_page = nullptr;  ///< of its sequence, in `pages`
  const uint32_t* pages = nullptr;       ///< lists of page numbers, one behind the other

  // How attention takes them: long stretches in tiles, the others row by row.
  uint32_t tiles = 0, singles = 0;
  const RowTile* tile = nullptr;
  const uint32_t* single = nullptr;
};

inline constexpr uint32_t kTileRows = 64;       ///< most rows of a tile
inline constexpr uint32_t kLeastTiledRows = 8;  ///< of a sequence: fewer are taken one by one

}  // namespace espalier::cuda
