// Round-to-nearest encoders: each picks the block's scale (and minimum) from its extreme values and
// rounds every element to the nearest step. The inverse of quant.cpp.
#include <algorithm>
#include <array>
#include <cmath>

#include "model/quant.h"
#include "model/quant_blocks.h"

namespace espalier {
namespace {

/// `value / step` rounded to the nearest integer in [low, high]; 0 for a zero step.
int Steps(float value, float step, int low, int high) {
  if (step == 0.0f) return std::clamp(0, low, high);
  return static_cast<int>(std::clamp(std::nearbyint(value / step), float(low), float(high)));
}

/// The element of largest magnitude, with its sign.
float SignedPeak(std::span<const float> x) {
  return *std::max_element(x.begin(), x.end(), [](float a, float b) { return std::fabs(a) < std::fabs(b); });
}

void SetFifthBit(uint8_t (&bits)[4], size_t i, int q) {
  bits[i / 8] |= static_cast<uint8_t>((q >> 4 & 1) << (i % 8));
}

uint8_t Nibbles(int low, int high) { return static_cast<uint8_t>((low & 15) | (high & 15) << 4); }

// The signed formats give the peak the code -2^(bits-1), the only end of the range that is one step
// longer, so d has the sign that makes this true.
BlockQ4_0 EncodeQ4_0(std::span<const float> x) {
  BlockQ4_0 block{};
  block.d = FloatToHalf(SignedPeak(x) / -8.0f);
  const float d = HalfToFloat(block.d);
  for (size_t i = 0; i < 16; ++i) {
    block.qs[i] = Nibbles(Steps(x[i], d, -8, 7) + 8, Steps(x[i + 16], d, -8, 7) + 8);
  }
  return block;
}

BlockQ5_0 EncodeQ5_0(std::span<const float> x) {
  BlockQ5_0 block{};
  block.d = FloatToHalf(SignedPeak(x) / -16.0f);
  const float d = HalfToFloat(block.d);
  for (size_t i = 0; i < 16; ++i) {
    const int low = Steps(x[i], d, -16, 15) + 16;
    const int high = Steps(x[i + 16], d, -16, 15) + 16;
    block.qs[i] = Nibbles(low, high);
    SetFifthBit(block.qh, i, low);
    SetFifthBit(block.qh, i + 16, high);
  }
  return block;
}

BlockQ5_1 EncodeQ5_1(std::span<const float> x) {
  BlockQ5_1 block{};
  const auto [min, max] = std::minmax_element(x.begin(), x.end());
  block.d = FloatToHalf((*max - *min) / 31.0f);
  block.m = FloatToHalf(*min);
  const float d = HalfToFloat(block.d);
  const float m = HalfToFloat(block.m);
  for (size_t i = 0; i < 16; ++i) {
    const int low = Steps(x[i] - m, d, 0, 31);
    const int high = Steps(x[i + 16] - m, d, 0, 31);
    block.qs[i] = Nibbles(low, high);
    SetFifthBit(block.qh, i, low);
    SetFifthBit(block.qh, i + 16, high);
  }
  return block;
}

BlockQ8_0 EncodeQ8_0(std::span<const float> x) {
  BlockQ8_0 block{};
  block.d = FloatToHalf(std::fabs(SignedPeak(x)) / 127.0f);
  const float d = HalfToFloat(block.d);
  for (size_t i = 0; i < kSmallBlock; ++i) block.qs[i] = static_cast<int8_t>(Steps(x[i], d, -127, 127));
  return block;
}

void PackScaleMin(size_t s, int scale, int min, uint8_t (&packed)[12]) {
  if (s < 4) {
    packed[s] |= static_cast<uint8_t>(scale);
    packed[s + 4] |= static_cast<uint8_t>(min);
    return;
  }
  packed[s + 4] = Nibbles(scale, min);
  packed[s - 4] |= static_cast<uint8_t>(scale >> 4 << 6);
  packed[s] |= static_cast<uint8_t>(min >> 4 << 6);
}

/// Codes of the 256 elements of a Q4_K or Q5_K block; fills the block's scale fields.
template <typename Block>
std::array<uint8_t, kSuperBlock> EncodeSubBlocks(std::span<const float> x, int max_code, Block& block) {
  std::array<float, 8> step{};
  std::array<float, 8> offset{};  // minus the minimum, which the format keeps non-negative
  for (size_t s = 0; s < 8; ++s) {
    const auto [min, max] = std::minmax_element(x.begin() + s * 32, x.begin() + (s + 1) * 32);
    offset[s] = -std::min(*min, 0.0f);
    step[s] = std::max(*max + offset[s], 0.0f) / static_cast<float>(max_code);
  }
  block.d = FloatToHalf(*std::max_element(step.begin(), step.end()) / 63.0f);
  block.dmin = FloatToHalf(*std::max_element(offset.begin(), offset.end()) / 63.0f);
  std::array<uint8_t, kSuperBlock> codes{};
  for (size_t s = 0; s < 8; ++s) {
    const int scale = Steps(step[s], HalfToFloat(block.d), 0, 63);
    const int min = Steps(offset[s], HalfToFloat(block.dmin), 0, 63);
    PackScaleMin(s, scale, min, block.scales);
    const float d = HalfToFloat(block.d) * static_cast<float>(scale);
    const float m = HalfToFloat(block.dmin) * static_cast<float>(min);
    for (size_t i = s * 32; i < (s + 1) * 32; ++i) {
      codes[i] = static_cast<uint8_t>(Steps(x[i] + m, d, 0, max_code));
    }
  }
  return codes;
}

BlockQ4_K EncodeQ4_K(std::span<const float> x) {
  BlockQ4_K block{};
  const auto codes = EncodeSubBlocks(x, 15, block);
  for (size_t i = 0; i < 128; ++i) {
    const size_t low = i / 32 * 64 + i % 32;
    block.qs[i] = Nibbles(codes[low], codes[low + 32]);
  }
  return block;
}

BlockQ5_K EncodeQ5_K(std::span<const float> x) {
  BlockQ5_K block{};
  const auto codes = EncodeSubBlocks(x, 31, block);
  for (size_t i = 0; i < 128; ++i) {
    const size_t low = i / 32 * 64 + i % 32;
    block.qs[i] = Nibbles(codes[low], codes[low + 32]);
  }
  for (size_t i = 0; i < kSuperBlock; ++i) {
    block.qh[i % 32] |= static_cast<uint8_t>((codes[i] >> 4) << (i / 32));
  }
  return block;
}

BlockQ6_K EncodeQ6_K(std::span<const float> x) {
  BlockQ6_K block{};
  block.d = FloatToHalf(std::fabs(SignedPeak(x)) / (32.0f * 127.0f));
  const float d = HalfToFloat(block.d);
  for (size_t s = 0; s < 16; ++s) {
    block.scales[s] = static_cast<int8_t>(Steps(SignedPeak(x.subspan(s * 16, 16)) / -32.0f, d, -128, 127));
  }
  for (size_t i = 0; i < kSuperBlock; ++i) {
    const int8_t scale = block.scales[i / 16];
    const int q = Steps(x[i], d * static_cast<float>(scale), -32, 31) + 32;
    const size_t row = i / 32;
    uint8_t& low = block.ql[row / 4 * 64 + row % 2 * 32 + i % 32];
    low |= static_cast<uint8_t>((q & 15) << (row % 4 / 2 * 4));
    block.qh[row / 4 * 32 + i % 32] |= static_cast<uint8_t>((q >> 4) << (row % 4 * 2));
  }
  return block;
}

template <size_t kElements, typename Encode>
void QuantizeBlocks(Encode encode, std::span<const float> row, std::byte* out) {
  for (size_t b = 0; b < row.size() / kElements; ++b) {
    StoreBlock(encode(row.subspan(b * kElements, kElements)), out, b);
  }
}

}  // namespace

void QuantizeRow(DataType type, std::span<const float> row, std::byte* out) {
  switch (type) {
    case DataType::kF32:
      std::memcpy(out, row.data(), row.size_bytes());
      return;
    case DataType::kF16:
      return QuantizeBlocks<1>([](auto x) { return FloatToHalf(x[0]); }, row, out);
    case DataType::kBF16:
      return QuantizeBlocks<1>([](auto x) { return FloatToBfloat16(x[0]); }, row, out);
    case DataType::kQ4_0:
      return QuantizeBlocks<kSmallBlock>(EncodeQ4_0, row, out);
    case DataType::kQ5_0:
      return QuantizeBlocks<kSmallBlock>(EncodeQ5_0, row, out);
    case DataType::kQ5_1:
      return QuantizeBlocks<kSmallBlock>(EncodeQ5_1, row, out);
    case DataType::kQ8_0:
      return QuantizeBlocks<kSmallBlock>(EncodeQ8_0, row, out);
    case DataType::kQ4_K:
      return QuantizeBlocks<kSuperBlock>(EncodeQ4_K, row, out);
    case DataType::kQ5_K:
      return QuantizeBlocks<kSuperBlock>(EncodeQ5_K, row, out);
    case DataType::kQ6_K:
      return QuantizeBlocks<kSuperBlock>(EncodeQ6_K, row, out);
  }
}

}  // namespace espalier
