// The bytes of one quantization block of each format, as GGUF files store them (ggml's layouts,
// little-endian). No constructors, no padding: a block may be copied with memcpy from any address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace espalier {

inline constexpr size_t kSmallBlock = 32;   ///< elements in a block of the "_0" and "_1" formats
inline constexpr size_t kSuperBlock = 256;  ///< elements in a block of the k-quants

/// w = d * (q - 8). Element i is the low nibble of qs[i], element i + 16 the high one.
struct BlockQ4_0 {
  uint16_t d;  ///< half
  uint8_t qs[16];
};

/// w = d * (q - 16). Low four bits as in Q4_0; bit i of qh is the fifth bit of element i.
struct BlockQ5_0 {
  uint16_t d;
  uint8_t qh[4];
  uint8_t qs[16];
};

/// w = d * q + m, bits as in Q5_0.
struct BlockQ5_1 {
  uint16_t d;
  uint16_t m;
  uint8_t qh[4];
  uint8_t qs[16];
};

/// w = d * q.
struct BlockQ8_0 {
  uint16_t d;
  int8_t qs[32];
};

/// Eight sub-blocks of 32: w = d * scale[s] * q - dmin * min[s], scales and minima of six bits each
/// (see UnpackScaleMin). Every 32 bytes of qs hold sub-block 2k in low nibbles, 2k + 1 in high ones.
struct BlockQ4_K {
  uint16_t d;
  uint16_t dmin;
  uint8_t scales[12];
  uint8_t qs[128];
};

/// As Q4_K with a fifth bit: bit s of qh[i] belongs to element i of sub-block s.
struct BlockQ5_K {
  uint16_t d;
  uint16_t dmin;
  uint8_t scales[12];
  uint8_t qh[32];
  uint8_t qs[128];
};

/// Sixteen sub-blocks of 16: w = d * scales[s] * (q - 32). Each half of 128 elements takes 64 bytes
/// of ql and 32 of qh: rows 0..3 of 32 elements have their low bits in ql[0..31] low nibbles,
/// ql[32..63] low, ql[0..31] high, ql[32..63] high, and their top bits in bits 2r, 2r + 1 of qh.
struct BlockQ6_K {
  uint8_t ql[128];
  uint8_t qh[64];
  int8_t scales[16];
  uint16_t d;
};

static_assert(sizeof(BlockQ4_0) == 18 && sizeof(BlockQ5_0) == 22 && sizeof(BlockQ5_1) == 24);
static_assert(sizeof(BlockQ8_0) == 34 && sizeof(BlockQ4_K) == 144 && sizeof(BlockQ5_K) == 176);
static_assert(sizeof(BlockQ6_K) == 210);

/// Block `index` of a row that starts at any address.
template <typename Block>
Block LoadBlock(const std::byte* row, size_t index) {
  Block block;
  std::memcpy(&block, row + index * sizeof(Block), sizeof(Block));
  return block;
}

template <typename Block>
void StoreBlock(const Block& block, std::byte* row, size_t index) {
  std::memcpy(row + index * sizeof(Block), &block, sizeof(Block));
}

struct ScaleMin {
  uint8_t scale = 0;
  uint8_t min = 0;
};

/// Six-bit scale and minimum of sub-block `s` (0..7) from the twelve packed bytes of Q4_K and Q5_K:
/// 0..3 lie in the low six bits of bytes s and s + 4; 4..7 have their low four bits in byte s + 4
/// and their top two in the top bits of bytes s - 4 (scale) and s (min).
inline ScaleMin UnpackScaleMin(const uint8_t (&packed)[12], size_t s) {
  if (s < 4) return {static_cast<uint8_t>(packed[s] & 63), static_cast<uint8_t>(packed[s + 4] & 63)};
  return {static_cast<uint8_t>((packed[s + 4] & 15) | (packed[s - 4] >> 6) << 4),
          static_cast<uint8_t>((packed[s + 4] >> 4) | (packed[s] >> 6) << 4)};
}

}  // namespace espalier
