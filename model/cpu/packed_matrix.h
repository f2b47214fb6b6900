// Weights repacked for vector kernels. Rows are grouped in tiles of 16 (one vector lane each), columns
// in blocks of 32; four consecutive columns of a row are one lane's 4 bytes, which is what the int8 dot
// instructions eat, so sums never have to be added across lanes. The packed form keeps the exact
// quantized values and takes as many bytes as the file (Q4_K: 3 % more, its 6-bit scales become
// bytes). All instruction sets share it.
//
// One block of one tile, quants (bytes): Q4 256 = 4 vectors, each two k-steps (low, high nibbles);
// Q5 + 64 (bit t of a byte = fifth bit at k-step t); Q6 + 128 (two bits a k-step); Q8 512, offset by 128.
// Scales lie in an array of their own, see PackFormat. F16, BF16 and F32: [cols][16], no blocks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/cpu/aligned_buffer.h"
#include "model/cpu/thread_pool.h"
#include "model/tensor.h"

namespace espalier {

inline constexpr size_t kTileRows = 16;
/// Kernels work on units of two tiles: 32 output rows, which is one quantization block of the next layer.
inline constexpr size_t kUnitRows = 2 * kTileRows;

/// How a packed block is to be read; w = scale * (q - zero) or scale * q - offset.
enum class PackFormat : uint8_t {
  kQ4,    ///< zero 8; scales: half[16] a block
  kQ5,    ///< zero 16; scales: half[16] a block
  kQ5_1,  ///< offset; scales: half scale[16], half minus-offset[16] a block
  kQ8,    ///< zero 128; scales: half[16] a block
  kQ4K,   ///< offset; scales of 8 blocks: half d[16], half dmin[16], then 8 x (u8 scale[16], u8 min[16])
  kQ5K,   ///< as kQ4K
  kQ6K,   ///< zero 32, a scale for each 16 columns; of 8 blocks: half d[16], then 8 x (s8 [16], s8 [16])
  kF16,
  kBF16,
  kF32,
};

class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// Packs `source` with the pool's threads.
  PackedMatrix(const TensorView& source, ThreadPool& pool);

  PackFormat format() const { return format_; }
  bool quantized() const { return format_ < PackFormat::kF16; }
  size_t rows() const { return rows_; }
  size_t cols() const { return cols_; }
  size_t blocks() const { return cols_ / 32; }
  size_t units() const { return (rows_ + kUnitRows - 1) / kUnitRows; }
  size_t bytes() const { return units() * 2 * (tile_bytes_ + scale_bytes_); }

  const uint8_t* quants(size_t tile) const {
    return reinterpret_cast<const uint8_t*>(data_.data()) + tile * tile_bytes_;
  }
  const uint8_t* scales(size_t tile) const { return quants(units() * 2) + tile * scale_bytes_; }

 private:
  void PackTile(const TensorView& source, size_t tile);

  PackFormat format_ = PackFormat::kF32;
  size_t rows_ = 0, cols_ = 0;
  size_t tile_bytes_ = 0, scale_bytes_ = 0;  // of one tile
  AlignedBuffer data_;                       // quants of all tiles, then scales of all tiles
};

}  // namespace espalier
