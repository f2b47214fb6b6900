#include "model/cpu/packed_matrix.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "model/quant_blocks.h"

namespace espalier {
namespace {

constexpr size_t kBlock = 32;

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

// Writes lane `lane` of a block's quants; the vectors of a tile lie two vectors apart.
void PackLane(PackFormat format, const uint8_t* q, size_t lane, uint8_t* out) {
  constexpr size_t kStep = 2 * PackLayout::kVector;
  if (format == PackFormat::kQ8) {
    for (size_t j = 0; j < 8; ++j) PutQuad(out + j * kStep, lane, Quad(q, j));
    return;
  }
  const size_t planes = LayoutOf(format).planes;
  const int bits = planes == 2 ? 2 : 1;  // above the nibble
  const uint32_t mask = bits == 2 ? 0x03030303 : 0x01010101;
  for (size_t plane = 0; plane < planes; ++plane) {
    const size_t steps = 8 / planes;
    uint32_t upper = 0;
    for (size_t j = 0; j < steps; ++j) upper |= (Quad(q, plane * steps + j) >> 4 & mask) << (bits * j);
    PutQuad(out + plane * kStep, lane, upper);
  }
  for (size_t j = 0; j < 4; ++j) {
    PutQuad(out + (planes + j) * kStep, lane,
            (Quad(q, 2 * j) & 0x0f0f0f0f) | (Quad(q, 2 * j + 1) & 0x0f0f0f0f) << 4);
  }
}

void PutHalf(uint8_t* halves, size_t lane, uint16_t half) { std::memcpy(halves + 2 * lane, &half, 2); }

// Writes lane `lane` of a block's scales and of its group's head.
void PackScales(PackFormat format, const RowBlock& b, size_t lane, uint8_t* head, uint8_t* scales) {
  if (LayoutOf(format).head_bytes == 0) {
    PutHalf(scales, lane, b.d);
    if (format == PackFormat::kQ5_1) PutHalf(scales + 32, lane, b.m);
    return;
  }
  const bool six_bits = format == PackFormat::kQ6K;
  PutHalf(head, lane, b.d);
  if (!six_bits) PutHalf(head + 32, lane, b.m);
  scales[lane] = six_bits ? static_cast<uint8_t>(b.half_scale[0]) : b.scale;
  scales[lane + kTileRows] = six_bits ? static_cast<uint8_t>(b.half_scale[1]) : b.minimum;
}

size_t ElementBytes(PackFormat format) { return format == PackFormat::kF32 ? 4 : 2; }

}  // namespace

PackedMatrix::PackedMatrix(const TensorView& source)
    : format_(FormatOf(source.type)), rows_(source.rows), cols_(source.cols) {}

PackedMatrix::PackedMatrix(const TensorView& source, ThreadPool& pool) {
  *this = std::move(Interleaved({&source, 1}, pool).front());
}

std::vector<PackedMatrix> PackedMatrix::Interleaved(std::span<const TensorView> sources, ThreadPool& pool) {
  std::vector<PackedMatrix> packed;
  size_t stride = 0;
  for (const TensorView& source : sources) {
    packed.push_back(PackedMatrix(source));
    stride += packed.back().unit_bytes();
  }
  const auto memory = std::make_shared<AlignedBuffer>();
  memory->Reserve(packed.front().units() * stride);
  auto* data = reinterpret_cast<uint8_t*>(memory->data());
  for (PackedMatrix& matrix : packed) {
    matrix.memory_ = memory;
    matrix.data_ = data;
    matrix.stride_ = stride;
    data += matrix.unit_bytes();
  }
  for (size_t i = 0; i < packed.size(); ++i) {
    pool.ParallelFor((sources[i].rows + kTileRows - 1) / kTileRows,
                     [&](size_t tile, int) { packed[i].PackTile(sources[i], tile); });
  }
  return packed;
}

size_t PackedMatrix::unit_bytes() const {
  if (!quantized()) return cols_ * kUnitRows * ElementBytes(format_);
  return LayoutOf(format_).unit_bytes(blocks());
}

void PackedMatrix::PackTile(const TensorView& source, size_t tile) {
  uint8_t* unit = data_ + tile / 2 * stride_;
  const size_t lanes = std::min(kTileRows, rows_ - tile * kTileRows);
  if (!quantized()) {
    const size_t bytes = ElementBytes(format_);
    for (size_t lane = 0; lane < lanes; ++lane) {
      const std::byte* row = source.row(tile * kTileRows + lane);
      uint8_t* column = unit + (tile % 2 * kTileRows + lane) * bytes;
      for (size_t k = 0; k < cols_; ++k) std::memcpy(column + k * kUnitRows * bytes, row + k * bytes, bytes);
    }
    return;
  }
  const PackLayout layout = LayoutOf(format_);
  RowBlock block;
  for (size_t b = 0; b < blocks(); ++b) {
    for (size_t lane = 0; lane < lanes; ++lane) {
      ReadRowBlock(source.type, source.row(tile * kTileRows + lane), b, block);
      PackLane(format_, block.q, lane, unit + layout.vector_at(b, 0, tile % 2));
      PackScales(format_, block, lane, unit + layout.head_at(b, tile % 2),
                 unit + layout.scales_at(b, tile % 2));
    }
  }
}

}  // namespace espalier
