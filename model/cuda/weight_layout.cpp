#include "model/cuda/weight_layout.h"

#include <cassert>
#include <cstring>

#include "model/quant_blocks.h"

namespace espalier::cuda {
namespace {

constexpr size_t kAlignment = 256;

size_t Aligned(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

/// Where the planes' entries of a group go.
struct GroupPlaces {
  uint8_t *low, *high, *scales;
};

void PutNibbles(const uint8_t* codes, uint8_t* low) {
  for (size_t i = 0; i < 16; ++i) {
    low[i] = static_cast<uint8_t>((codes[i] & 15) | (codes[i + 16] & 15) << 4);
  }
}

void PutFifthBits(const uint8_t* codes, uint8_t* high) {
  uint32_t bits = 0;
  for (uint32_t i = 0; i < kGroup; ++i) bits |= static_cast<uint32_t>(codes[i] >> 4 & 1) << i;
  std::memcpy(high, &bits, sizeof(bits));
}

void PutUpperPairs(const uint8_t* codes, uint8_t* high) {
  for (size_t j = 0; j < 8; ++j) {
    high[j] = 0;
    for (size_t k = 0; k < 4; ++k) high[j] |= static_cast<uint8_t>((codes[4 * j + k] >> 4) << (2 * k));
  }
}

/// Low nibbles are the elements 0 to 15, high ones 16 to 31.
void SplitNibbles(const uint8_t (&packed)[16], uint8_t* codes) {
  for (size_t i = 0; i < 16; ++i) {
    codes[i] = packed[i] & 15;
    codes[i + 16] = packed[i] >> 4;
  }
}

void AddFifthBits(const uint8_t (&packed)[4], uint8_t* codes) {
  for (size_t i = 0; i < kGroup; ++i) codes[i] |= static_cast<uint8_t>((packed[i / 8] >> (i % 8) & 1) << 4);
}

void Put(const BlockQ4_0& block, const GroupPlaces& to) {
  std::memcpy(to.low, block.qs, sizeof(block.qs));
  std::memcpy(to.scales, &block.d, 2);
}

template <typename Block>
void PutFiveBits(const Block& block, const GroupPlaces& to) {
  uint8_t codes[kGroup];
  SplitNibbles(block.qs, codes);
  AddFifthBits(block.qh, codes);
  PutNibbles(codes, to.low);
  PutFifthBits(codes, to.high);
  std::memcpy(to.scales, &block.d, 2);
}

void Put(const BlockQ5_0& block, const GroupPlaces& to) { PutFiveBits(block, to); }

void Put(const BlockQ5_1& block, const GroupPlaces& to) {
  PutFiveBits(block, to);
  std::memcpy(to.scales + 2, &block.m, 2);
}

void Put(const BlockQ8_0& block, const GroupPlaces& to) {
  std::memcpy(to.low, block.qs, sizeof(block.qs));
  std::memcpy(to.scales, &block.d, 2);
}

/// Codes of sub-block `s` of Q4_K and Q5_K without the fifth bit.
void NibblesOf(const uint8_t (&packed)[128], size_t s, uint8_t* codes) {
  for (size_t i = 0; i < kGroup; ++i) {
    const uint8_t byte = packed[s / 2 * kGroup + i];
    codes[i] = s % 2 == 0 ? byte & 15 : byte >> 4;
  }
}

template <typename Block>
void PutScaleMin(const Block& block, size_t s, uint8_t* scales) {
  const ScaleMin packed = UnpackScaleMin(block.scales, s);
  scales[0] = packed.scale;
  scales[1] = packed.min;
}

void PutSub(const BlockQ4_K& block, size_t s, const GroupPlaces& to) {
  uint8_t codes[kGroup];
  NibblesOf(block.qs, s, codes);
  PutNibbles(codes, to.low);
  PutScaleMin(block, s, to.scales);
}

void PutSub(const BlockQ5_K& block, size_t s, const GroupPlaces& to) {
  uint8_t codes[kGroup];
  NibblesOf(block.qs, s, codes);
  for (size_t i = 0; i < kGroup; ++i) codes[i] |= static_cast<uint8_t>((block.qh[i] >> s & 1) << 4);
  PutNibbles(codes, to.low);
  PutFifthBits(codes, to.high);
  PutScaleMin(block, s, to.scales);
}

void PutSub(const BlockQ6_K& block, size_t s, const GroupPlaces& to) {
  const size_t half = s / 4, row = s % 4;
  const uint8_t* ql = block.ql + 64 * half + (row % 2) * kGroup;
  const uint8_t* qh = block.qh + 32 * half;
  uint8_t codes[kGroup];
  for (size_t i = 0; i < kGroup; ++i) {
    const int low = row < 2 ? ql[i] & 15 : ql[i] >> 4;
    codes[i] = static_cast<uint8_t>(low | (qh[i] >> (2 * row) & 3) << 4);
  }
  PutNibbles(codes, to.low);
  PutUpperPairs(codes, to.high);
  std::memcpy(to.scales, block.scales + 2 * s, 2);
}

void PutSuper(const BlockQ6_K& block, uint8_t* super) { std::memcpy(super, &block.d, 2); }
template <typename Block>
void PutSuper(const Block& block, uint8_t* super) {
  std::memcpy(super, &block.d, 2);
  std::memcpy(super + 2, &block.dmin, 2);
}

struct Planes {
  uint8_t *low, *high, *scales, *super;
  PlaneBytes bytes;
  GroupPlaces Group(size_t g) const {
    return {low + g * bytes.low, high + g * bytes.high, scales + g * bytes.scales};
  }
};

/// Formats whose block is a group.
template <typename Block>
void PackSmall(const TensorView& matrix, const Planes& planes) {
  const size_t blocks = matrix.rows * matrix.cols / kGroup;
  for (size_t b = 0; b < blocks; ++b) Put(LoadBlock<Block>(matrix.data, b), planes.Group(b));
}

template <typename Block>
void PackSuper(const TensorView& matrix, const Planes& planes) {
  const size_t blocks = matrix.rows * matrix.cols / kSuperBlock;
  for (size_t b = 0; b < blocks; ++b) {
    const Block block = LoadBlock<Block>(matrix.data, b);
    for (size_t s = 0; s < kSuperGroups; ++s) PutSub(block, s, planes.Group(b * kSuperGroups + s));
    PutSuper(block, planes.super + b * planes.bytes.super);
  }
}

}  // namespace

bool IsGrouped(DataType type) { return InfoOf(type).block_elements > 1; }

PlaneBytes PlanesOf(DataType type) {
  switch (type) {
    case DataType::kQ4_0:
      return {.low = 16, .high = 0, .scales = 2, .super = 0};
    case DataType::kQ5_0:
      return {.low = 16, .high = 4, .scales = 2, .super = 0};
    case DataType::kQ5_1:
      return {.low = 16, .high = 4, .scales = 4, .super = 0};
    case DataType::kQ8_0:
      return {.low = 32, .high = 0, .scales = 2, .super = 0};
    case DataType::kQ4_K:
      return {.low = 16, .high = 0, .scales = 2, .super = 4};
    case DataType::kQ5_K:
      return {.low = 16, .high = 4, .scales = 2, .super = 4};
    case DataType::kQ6_K:
      return {.low = 16, .high = 8, .scales = 2, .super = 2};
    case DataType::kF32:
    case DataType::kF16:
    case DataType::kBF16:
      break;
  }
  return {.low = kGroup * InfoOf(type).block_bytes, .high = 0, .scales = 0, .super = 0};
}

WeightLayout LayOut(DataType type, size_t rows, size_t cols) {
  if (!IsGrouped(type)) return {0, 0, 0, rows * cols * InfoOf(type).block_bytes};
  const PlaneBytes planes = PlanesOf(type);
  const size_t groups = rows * cols / kGroup;
  WeightLayout layout;
  layout.high = Aligned(groups * planes.low);
  layout.scales = layout.high + Aligned(groups * planes.high);
  layout.super = layout.scales + Aligned(groups * planes.scales);
  layout.bytes = layout.super + Aligned(groups / kSuperGroups * planes.super);
  return layout;
}

void PackWeights(const TensorView& matrix, const WeightLayout& layout, std::span<std::byte> out) {
  assert(out.size() >= layout.bytes);
  auto* base = reinterpret_cast<uint8_t*>(out.data());
  const Planes planes = {base, base + layout.high, base + layout.scales, base + layout.super,
                         PlanesOf(matrix.type)};
  switch (matrix.type) {
    case DataType::kF32:
    case DataType::kF16:
    case DataType::kBF16:
      std::memcpy(base, matrix.data, matrix.bytes());
      return;
    case DataType::kQ4_0:
      return PackSmall<BlockQ4_0>(matrix, planes);
    case DataType::kQ5_0:
      return PackSmall<BlockQ5_0>(matrix, planes);
    case DataType::kQ5_1:
      return PackSmall<BlockQ5_1>(matrix, planes);
    case DataType::kQ8_0:
      return PackSmall<BlockQ8_0>(matrix, planes);
    case DataType::kQ4_K:
      return PackSuper<BlockQ4_K>(matrix, planes);
    case DataType::kQ5_K:
      return PackSuper<BlockQ5_K>(matrix, planes);
    case DataType::kQ6_K:
      return PackSuper<BlockQ6_K>(matrix, planes);
  }
}

}  // namespace espalier::cuda
