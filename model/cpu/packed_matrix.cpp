#include "model/cpu/packed_matrix.h"

#include <algorithm>
#include <cstring>

#include "model/quant_blocks.h"

namespace espalier {
namespace {

constexpr size_t kBlock = 32;

struct FormatSizes {
  size_t quant_bytes;        // a block of a tile
  size_t scale_bytes;        // a block of a tile
  size_t super_scale_bytes;  // in front of every 8 blocks
};

FormatSizes SizesOf(PackFormat format) {
  switch (format) {
    case PackFormat::kQ4:
      return {256, 32, 0};
    case PackFormat::kQ5:
      return {320, 32, 0};
    case PackFormat::kQ5_1:
      return {320, 64, 0};
    case PackFormat::kQ8:
      return {512, 32, 0};
    case PackFormat::kQ4K:
      return {256, 32, 64};
    case PackFormat::kQ5K:
      return {320, 32, 64};
    case PackFormat::kQ6K:
      return {384, 32, 32};
    case PackFormat::kF16:
    case PackFormat::kBF16:
      return {kBlock * kTileRows * 2, 0, 0};
    case PackFormat::kF32:
      return {kBlock * kTileRows * 4, 0, 0};
  }
  return {};
}

PackFormat FormatOf(DataType type) {
  switch (type) {
    case DataType::kF32:
      return PackFormat::kF32;
    case DataType::kF16:
      return PackFormat::kF16;
    case DataType::kBF16:
      return PackFormat::kBF16;
    case DataType::kQ4_0:
      return PackFormat::kQ4;
    case DataType::kQ5_0:
      return PackFormat::kQ5;
    case DataType::kQ5_1:
      return PackFormat::kQ5_1;
    case DataType::kQ8_0:
      return PackFormat::kQ8;
    case DataType::kQ4_K:
      return PackFormat::kQ4K;
    case DataType::kQ5_K:
      return PackFormat::kQ5K;
    case DataType::kQ6_K:
      return PackFormat::kQ6K;
  }
  return PackFormat::kF32;
}

// The quantized values of one block of 32 of one row, as unsigned bytes, and what scales them.
struct RowBlock {
  alignas(32) uint8_t q[kBlock];
  uint16_t d = 0, m = 0;           // half: scale, and minimum or dmin
  uint8_t scale = 0, minimum = 0;  // of the sub-block (k-quants)
  int8_t half_scale[2] = {0, 0};   // Q6_K
};

void UnpackNibbles(const uint8_t* qs, uint8_t* q) {
  for (size_t i = 0; i < 16; ++i) {
    q[i] = qs[i] & 15;
    q[i + 16] = qs[i] >> 4;
  }
}

// Adds bit i of qh to q[i] as 16, eight at a time: the byte is copied to eight bytes, each keeps its own
// bit, adding 0x7f carries any set bit to the top, and a shift puts it in place.
void AddFifthBits(const uint8_t* qh, uint8_t* q) {
  for (size_t i = 0; i < 4; ++i) {
    const uint64_t own_bits = (qh[i] * 0x0101010101010101u) & 0x8040201008040201u;
    uint64_t eight;
    std::memcpy(&eight, q + 8 * i, 8);
    eight |= (own_bits + 0x7f7f7f7f7f7f7f7fu) >> 3 & 0x1010101010101010u;
    std::memcpy(q + 8 * i, &eight, 8);
  }
}

void Read(const BlockQ4_0& b, RowBlock& out) {
  out.d = b.d;
  UnpackNibbles(b.qs, out.q);
}

void Read(const BlockQ5_0& b, RowBlock& out) {
  out.d = b.d;
  UnpackNibbles(b.qs, out.q);
  AddFifthBits(b.qh, out.q);
}

void Read(const BlockQ5_1& b, RowBlock& out) {
  out.d = b.d;
  out.m = b.m ^ 0x8000;  // kernels subtract offsets
  UnpackNibbles(b.qs, out.q);
  AddFifthBits(b.qh, out.q);
}

void Read(const BlockQ8_0& b, RowBlock& out) {
  out.d = b.d;
  for (size_t i = 0; i < kBlock; ++i) out.q[i] = static_cast<uint8_t>(b.qs[i]) ^ 0x80;
}

// Sub-block `s` of a super-block whose low nibbles are laid out as in Q4_K and Q5_K.
void ReadSubNibbles(const uint8_t* qs, size_t s, uint8_t* q) {
  const uint8_t* bytes = qs + s / 2 * kBlock;
  const int shift = s % 2 == 0 ? 0 : 4;
  for (size_t i = 0; i < kBlock; ++i) q[i] = bytes[i] >> shift & 15;
}

template <typename Block>
void ReadKScales(const Block& b, size_t s, RowBlock& out) {
  out.d = b.d;
  out.m = b.dmin;
  const ScaleMin sm = UnpackScaleMin(b.scales, s);
  out.scale = sm.scale;
  out.minimum = sm.min;
}

void ReadSub(const BlockQ4_K& b, size_t s, RowBlock& out) {
  ReadKScales(b, s, out);
  ReadSubNibbles(b.qs, s, out.q);
}

void ReadSub(const BlockQ5_K& b, size_t s, RowBlock& out) {
  ReadKScales(b, s, out);
  ReadSubNibbles(b.qs, s, out.q);
  for (size_t i = 0; i < kBlock; ++i) out.q[i] |= static_cast<uint8_t>((b.qh[i] >> s & 1) << 4);
}

void ReadSub(const BlockQ6_K& b, size_t s, RowBlock& out) {
  const size_t half = s / 4, row = s % 4;
  const uint8_t* low = b.ql + half * 64 + row % 2 * kBlock;
  const uint8_t* high = b.qh + half * kBlock;
  const size_t low_shift = row / 2 * 4, high_shift = row * 2;
  for (size_t i = 0; i < kBlock; ++i) {
    out.q[i] = static_cast<uint8_t>((low[i] >> low_shift & 15) | (high[i] >> high_shift & 3) << 4);
  }
  out.d = b.d;
  out.half_scale[0] = b.scales[2 * s];
  out.half_scale[1] = b.scales[2 * s + 1];
}

// The block in place. Blocks need 2-byte alignment, which the readers guarantee (tensors start at
// multiples of 32 bytes, and all block sizes are even).
template <typename Block>
const Block& BlockAt(const std::byte* row, size_t index) {
  return reinterpret_cast<const Block*>(row)[index];
}

void ReadRowBlock(DataType type, const std::byte* row, size_t block, RowBlock& out) {
  switch (type) {
    case DataType::kQ4_0:
      return Read(LoadBlock<BlockQ4_0>(row, block), out);
    case DataType::kQ5_0:
      return Read(LoadBlock<BlockQ5_0>(row, block), out);
    case DataType::kQ5_1:
      return Read(LoadBlock<BlockQ5_1>(row, block), out);
    case DataType::kQ8_0:
      return Read(LoadBlock<BlockQ8_0>(row, block), out);
    case DataType::kQ4_K:
      return ReadSub(BlockAt<BlockQ4_K>(row, block / 8), block % 8, out);
    case DataType::kQ5_K:
      return ReadSub(BlockAt<BlockQ5_K>(row, block / 8), block % 8, out);
    case DataType::kQ6_K:
      return ReadSub(BlockAt<BlockQ6_K>(row, block / 8), block % 8, out);
    default:
      return;
  }
}

uint32_t Quad(const uint8_t* q, size_t k_step) {
  uint32_t quad;
  std::memcpy(&quad, q + 4 * k_step, 4);
  return quad;
}

void PutQuad(uint8_t* vector, size_t lane, uint32_t quad) { std::memcpy(vector + 4 * lane, &quad, 4); }

// Writes lane `lane` of a block's quants.
void PackLane(PackFormat format, const uint8_t* q, size_t lane, uint8_t* out) {
  constexpr size_t kVector = 64;
  if (format == PackFormat::kQ8) {
    for (size_t j = 0; j < 8; ++j) PutQuad(out + j * kVector, lane, Quad(q, j));
    return;
  }
  for (size_t j = 0; j < 4; ++j) {
    PutQuad(out + j * kVector, lane, (Quad(q, 2 * j) & 0x0f0f0f0f) | (Quad(q, 2 * j + 1) & 0x0f0f0f0f) << 4);
  }
  if (format == PackFormat::kQ4 || format == PackFormat::kQ4K) return;
  if (format == PackFormat::kQ6K) {
    for (size_t plane = 0; plane < 2; ++plane) {
      uint32_t bits = 0;
      for (size_t j = 0; j < 4; ++j) bits |= (Quad(q, 4 * plane + j) >> 4 & 0x03030303) << (2 * j);
      PutQuad(out + (4 + plane) * kVector, lane, bits);
    }
    return;
  }
  uint32_t bits = 0;
  for (size_t j = 0; j < 8; ++j) bits |= (Quad(q, j) >> 4 & 0x01010101) << j;
  PutQuad(out + 4 * kVector, lane, bits);
}

void PutHalf(uint8_t* halves, size_t lane, uint16_t half) { std::memcpy(halves + 2 * lane, &half, 2); }

// Writes lane `lane` of a block's scales. `scales` is the start of the tile's scale array.
void PackScales(PackFormat format, const RowBlock& b, size_t block, size_t lane, uint8_t* scales) {
  const FormatSizes sizes = SizesOf(format);
  if (sizes.super_scale_bytes == 0) {
    uint8_t* at = scales + block * sizes.scale_bytes;
    PutHalf(at, lane, b.d);
    if (format == PackFormat::kQ5_1) PutHalf(at + 32, lane, b.m);
    return;
  }
  uint8_t* super = scales + block / 8 * (sizes.super_scale_bytes + 8 * sizes.scale_bytes);
  uint8_t* at = super + sizes.super_scale_bytes + block % 8 * sizes.scale_bytes;
  PutHalf(super, lane, b.d);
  if (format == PackFormat::kQ6K) {
    at[lane] = static_cast<uint8_t>(b.half_scale[0]);
    at[lane + kTileRows] = static_cast<uint8_t>(b.half_scale[1]);
    return;
  }
  PutHalf(super + 32, lane, b.m);
  at[lane] = b.scale;
  at[lane + kTileRows] = b.minimum;
}

size_t ElementBytes(PackFormat format) { return format == PackFormat::kF32 ? 4 : 2; }

}  // namespace

PackedMatrix::PackedMatrix(const TensorView& source, ThreadPool& pool)
    : format_(FormatOf(source.type)), rows_(source.rows), cols_(source.cols) {
  const FormatSizes sizes = SizesOf(format_);
  if (quantized()) {
    tile_bytes_ = blocks() * sizes.quant_bytes;
    scale_bytes_ = blocks() * sizes.scale_bytes + (blocks() + 7) / 8 * sizes.super_scale_bytes;
  } else {
    tile_bytes_ = cols_ * kTileRows * ElementBytes(format_);
  }
  data_.Reserve(bytes());
  pool.ParallelFor((rows_ + kTileRows - 1) / kTileRows, [&](size_t tile, int) { PackTile(source, tile); });
}

void PackedMatrix::PackTile(const TensorView& source, size_t tile) {
  auto* quants = const_cast<uint8_t*>(this->quants(tile));
  auto* scales = const_cast<uint8_t*>(this->scales(tile));
  const size_t lanes = std::min(kTileRows, rows_ - tile * kTileRows);
  if (!quantized()) {
    const size_t bytes = ElementBytes(format_);
    for (size_t lane = 0; lane < lanes; ++lane) {
      const std::byte* row = source.row(tile * kTileRows + lane);
      for (size_t k = 0; k < cols_; ++k)
        std::memcpy(quants + (k * kTileRows + lane) * bytes, row + k * bytes, bytes);
    }
    return;
  }
  const size_t quant_bytes = SizesOf(format_).quant_bytes;
  RowBlock block;
  for (size_t b = 0; b < blocks(); ++b) {
    for (size_t lane = 0; lane < lanes; ++lane) {
      ReadRowBlock(source.type, source.row(tile * kTileRows + lane), b, block);
      PackLane(format_, block.q, lane, quants + b * quant_bytes);
      PackScales(format_, block, b, lane, scales);
    }
  }
}

}  // namespace espalier
