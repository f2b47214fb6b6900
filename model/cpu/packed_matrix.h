// Weights repacked for vector kernels. Rows are grouped in tiles of 16 (one vector lane each), columns
// in blocks of 32; four consecutive columns of a row are one lane's 4 bytes, which is what the int8 dot
// instructions eat, so sums never have to be added across lanes. The packed form keeps the exact
// quantized values and takes as many bytes as the file (Q4_K: 3 % more, its 6-bit scales become
// bytes). All instruction sets share it.
//
// Kernels work on units of two tiles. A unit is one stretch of memory in the order in which a kernel
// reads it, so that it streams at the memory's full speed; everything else (tiles one after the other,
// scales elsewhere) was measured to lose a third or more of that. Every 8 blocks begin with a head (k-quants:
// the super-block's scales); a block is its scales [tile], then vectors of 64 bytes [vector][tile]: first
// the planes with the upper bits, then the rest.
//
// Vectors of a block of one tile: Q4 4, each two k-steps (low, high nibbles); Q5 a plane before them (bit t
// of a byte = fifth bit at k-step t); Q6 two planes (two bits a k-step); Q8 8, one a k-step, offset by 128.
// F16, BF16 and F32: [cols][tile][16], no blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/cpu/aligned_buffer.h"
#include "model/cpu/thread_pool.h"
#include "model/tensor.h"

namespace espalier {

inline constexpr size_t kTileRows = 16;
/// 32 output rows, which is one quantization block of the next layer.
inline constexpr size_t kUnitRows = 2 * kTileRows;

/// How a packed block is to be read: w = scale * (q - zero) or scale * q - offset.
enum class PackFormat : uint8_t {
  kQ4,    ///< zero 8; scales half[16]
  kQ5,    ///< zero 16; scales half[16]
  kQ5_1,  ///< offset; scales half[16], half minus-offset[16]
  kQ8,    ///< zero 128; scales half[16]
  kQ4K,   ///< offset; head half d[16], half dmin[16]; scales u8[16], u8 min[16]
  kQ5K,   ///< as kQ4K
  kQ6K,   ///< zero 32, a scale for each 16 columns; head half d[16]; scales s8[16], s8[16]
  kF16,
  kBF16,
  kF32,
};

/// Sizes in bytes, each of one tile, that a format's layout is made of.
struct PackLayout {
  static constexpr size_t kGroup = 8;  ///< blocks that share a head
  static constexpr size_t kVector = 64;
  size_t head_bytes = 0, scale_bytes = 0;
  size_t planes = 0, vectors = 0;

  constexpr size_t block_bytes() const { return 2 * (scale_bytes + (planes + vectors) * kVector); }
  constexpr size_t unit_bytes(size_t blocks) const {
    return (blocks + kGroup - 1) / kGroup * 2 * head_bytes + blocks * block_bytes();
  }
  /// Where things lie in a unit.
  constexpr size_t head_at(size_t block, size_t tile) const {
    return block / kGroup * (2 * head_bytes + kGroup * block_bytes()) + tile * head_bytes;
  }
  constexpr size_t scales_at(size_t block, size_t tile) const {
    return (block / kGroup + 1) * 2 * head_bytes + block * block_bytes() + tile * scale_bytes;
  }
  /// Planes first, then the other vectors.
  constexpr size_t vector_at(size_t block, size_t vector, size_t tile) const {
    return scales_at(block, 2) + (2 * vector + tile) * kVector;
  }
};

constexpr PackLayout LayoutOf(PackFormat format) {
  switch (format) {
    case PackFormat::kQ4:
      return {0, 32, 0, 4};
    case PackFormat::kQ5:
      return {0, 32, 1, 4};
    case PackFormat::kQ5_1:
      return {0, 64, 1, 4};
    case PackFormat::kQ8:
      return {0, 32, 0, 8};
    case PackFormat::kQ4K:
      return {64, 32, 0, 4};
    case PackFormat::kQ5K:
      return {64, 32, 1, 4};
    case PackFormat::kQ6K:
      return {32, 32, 2, 4};
    case PackFormat::kF16:
    case PackFormat::kBF16:
    case PackFormat::kF32:
      break;
  }
  return {};
}

class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// Packs `source` with the pool's threads.
  PackedMatrix(const TensorView& source, ThreadPool& pool);
  /// Packs matrices with equally many rows so that unit u of all of them lies together: for products that
  /// go through them side by side.
  static std::vector<PackedMatrix> Interleaved(std::span<const TensorView> sources, ThreadPool& pool);

  PackFormat format() const { return format_; }
  bool quantized() const { return format_ < PackFormat::kF16; }
  size_t rows() const { return rows_; }
  size_t cols() const { return cols_; }
  size_t blocks() const { return cols_ / 32; }
  size_t units() const { return (rows_ + kUnitRows - 1) / kUnitRows; }
  size_t bytes() const { return units() * unit_bytes(); }

  const uint8_t* unit(size_t index) const { return data_ + index * stride_; }

 private:
  explicit PackedMatrix(const TensorView& source);
  size_t unit_bytes() const;
  void PackTile(const TensorView& source, size_t tile);

  PackFormat format_ = PackFormat::kF32;
  size_t rows_ = 0, cols_ = 0;
  size_t stride_ = 0;  // bytes from one unit to the next
  uint8_t* data_ = nullptr;
  std::shared_ptr<AlignedBuffer> memory_;
};

}  // namespace espalier
