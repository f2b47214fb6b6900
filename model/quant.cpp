#include "model/quant.h"

#include <bit>
#include <cmath>

#include "model/quant_blocks.h"

namespace espalier {
namespace {

void DequantizeF32(const std::byte* row, std::span<float> out) {
  std::memcpy(out.data(), row, out.size_bytes());
}

void DequantizeF16(const std::byte* row, std::span<float> out) {
  for (size_t i = 0; i < out.size(); ++i) out[i] = HalfToFloat(LoadBlock<uint16_t>(row, i));
}

void DequantizeBF16(const std::byte* row, std::span<float> out) {
  for (size_t i = 0; i < out.size(); ++i) out[i] = Bfloat16ToFloat(LoadBlock<uint16_t>(row, i));
}

/// Bit `i` of a little-endian bit set, moved to bit 4.
int FifthBit(const uint8_t (&bits)[4], size_t i) { return (bits[i / 8] >> (i % 8) & 1) << 4; }

void ExpandBlock(const BlockQ4_0& block, float* out) {
  const float d = HalfToFloat(block.d);
  for (size_t i = 0; i < 16; ++i) {
    out[i] = d * static_cast<float>((block.qs[i] & 15) - 8);
    out[i + 16] = d * static_cast<float>((block.qs[i] >> 4) - 8);
  }
}

void ExpandBlock(const BlockQ5_0& block, float* out) {
  const float d = HalfToFloat(block.d);
  for (size_t i = 0; i < 16; ++i) {
    out[i] = d * static_cast<float>(((block.qs[i] & 15) | FifthBit(block.qh, i)) - 16);
    out[i + 16] = d * static_cast<float>(((block.qs[i] >> 4) | FifthBit(block.qh, i + 16)) - 16);
  }
}

void ExpandBlock(const BlockQ5_1& block, float* out) {
  const float d = HalfToFloat(block.d);
  const float m = HalfToFloat(block.m);
  for (size_t i = 0; i < 16; ++i) {
    out[i] = d * static_cast<float>((block.qs[i] & 15) | FifthBit(block.qh, i)) + m;
    out[i + 16] = d * static_cast<float>((block.qs[i] >> 4) | FifthBit(block.qh, i + 16)) + m;
  }
}

void ExpandBlock(const BlockQ8_0& block, float* out) {
  const float d = HalfToFloat(block.d);
  for (size_t i = 0; i < kSmallBlock; ++i) out[i] = d * static_cast<float>(block.qs[i]);
}

void ExpandBlock(const BlockQ4_K& block, float* out) {
  const float d = HalfToFloat(block.d);
  const float dmin = HalfToFloat(block.dmin);
  for (size_t s = 0; s < 8; ++s) {
    const ScaleMin packed = UnpackScaleMin(block.scales, s);
    const float scale = d * packed.scale;
    const float min = dmin * packed.min;
    const uint8_t* qs = block.qs + s / 2 * 32;
    for (size_t i = 0; i < 32; ++i) {
      out[s * 32 + i] = scale * static_cast<float>(qs[i] >> (s % 2 * 4) & 15) - min;
    }
  }
}

void ExpandBlock(const BlockQ5_K& block, float* out) {
  const float d = HalfToFloat(block.d);
  const float dmin = HalfToFloat(block.dmin);
  for (size_t s = 0; s < 8; ++s) {
    const ScaleMin packed = UnpackScaleMin(block.scales, s);
    const float scale = d * packed.scale;
    const float min = dmin * packed.min;
    const uint8_t* qs = block.qs + s / 2 * 32;
    for (size_t i = 0; i < 32; ++i) {
      const int q = (qs[i] >> (s % 2 * 4) & 15) | (block.qh[i] >> s & 1) << 4;
      out[s * 32 + i] = scale * static_cast<float>(q) - min;
    }
  }
}

void ExpandBlock(const BlockQ6_K& block, float* out) {
  const float d = HalfToFloat(block.d);
  for (size_t r = 0; r < 8; ++r) {  // rows of 32 elements, four to each half
    const uint8_t* ql = block.ql + r / 4 * 64 + r % 2 * 32;
    const uint8_t* qh = block.qh + r / 4 * 32;
    for (size_t i = 0; i < 32; ++i) {
      const int low = ql[i] >> (r % 4 / 2 * 4) & 15;
      const int high = qh[i] >> (r % 4 * 2) & 3;
      const int8_t scale = block.scales[r * 2 + i / 16];
      out[r * 32 + i] = d * static_cast<float>(scale) * static_cast<float>((low | high << 4) - 32);
    }
  }
}

template <typename Block, size_t kElements>
void DequantizeBlocks(const std::byte* row, std::span<float> out) {
  for (size_t b = 0; b < out.size() / kElements; ++b) {
    ExpandBlock(LoadBlock<Block>(row, b), out.data() + b * kElements);
  }
}

}  // namespace

float HalfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = half >> 10 & 31;
  const uint32_t mantissa = half & 1023;
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24, exact in float32
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t wide_exponent = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide_exponent << 23 | mantissa << 13);
}

uint16_t FloatToHalf(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  const float magnitude = std::fabs(value);
  if (std::isnan(value)) return sign | 0x7e00;
  if (magnitude >= 65520.0f) return sign | 0x7c00;  // halfway to 65536 rounds up to infinity
  if (magnitude < 0x1p-14f) {                       // subnormal: a multiple of 2^-24
    return sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24f));
  }
  const uint32_t rebased = std::bit_cast<uint32_t>(magnitude) - (112u << 23);
  const uint32_t odd = rebased >> 13 & 1;
  return sign | static_cast<uint16_t>((rebased + 0xfff + odd) >> 13);
}

float Bfloat16ToFloat(uint16_t value) { return std::bit_cast<float>(static_cast<uint32_t>(value) << 16); }

uint16_t FloatToBfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>(bits >> 16 | 0x40);  // keep it a (quiet) NaN
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void DequantizeRow(DataType type, const std::byte* row, std::span<float> out) {
  switch (type) {
    case DataType::kF32:
      return DequantizeF32(row, out);
    case DataType::kF16:
      return DequantizeF16(row, out);
    case DataType::kBF16:
      return DequantizeBF16(row, out);
    case DataType::kQ4_0:
      return DequantizeBlocks<BlockQ4_0, kSmallBlock>(row, out);
    case DataType::kQ5_0:
      return DequantizeBlocks<BlockQ5_0, kSmallBlock>(row, out);
    case DataType::kQ5_1:
      return DequantizeBlocks<BlockQ5_1, kSmallBlock>(row, out);
    case DataType::kQ8_0:
      return DequantizeBlocks<BlockQ8_0, kSmallBlock>(row, out);
    case DataType::kQ4_K:
      return DequantizeBlocks<BlockQ4_K, kSuperBlock>(row, out);
    case DataType::kQ5_K:
      return DequantizeBlocks<BlockQ5_K, kSuperBlock>(row, out);
    case DataType::kQ6_K:
      return DequantizeBlocks<BlockQ6_K, kSuperBlock>(row, out);
  }
}

std::vector<float> ToFloats(const TensorView& vector) {
  std::vector<float> out(vector.empty() ? 0 : vector.cols);
  if (!out.empty()) DequantizeRow(vector.type, vector.data, out);
  return out;
}

}  // namespace espalier
