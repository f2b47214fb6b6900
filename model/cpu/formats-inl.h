// How each PackFormat is unpacked, for one instruction set V (simd_*.h). A format gives the 8 k-steps of
// a block of 32 columns as unsigned bytes, and the scales of the block's 16 rows.
#pragma once

#include "model/cpu/kernels.h"

// Loops over registers must be unrolled completely, or their arrays end up in memory.
#define ESPALIER_UNROLL _Pragma("GCC unroll 16")

namespace espalier {
namespace {

/// What becomes of the integer sums of a block.
enum class Mode {
  kZero,    ///< scale * sum, the accumulator having started at minus zero point times sum of x
  kOffset,  ///< scale * sum - offset * (sum of x)
  kHalves,  ///< as kZero, with a scale for each 16 columns
};

template <class V>
void UnpackNibbles(const uint8_t* p, typename V::Bytes (&w)[8]) {
  const auto low = V::Mask(0x0f);
  ESPALIER_UNROLL
  for (int j = 0; j < 4; ++j) {
    const auto pair = V::LoadBytes(p + 64 * j);
    w[2 * j] = V::And(pair, low);
    w[2 * j + 1] = V::And(V::template ShiftRight<4>(pair), low);
  }
}

template <class V>
void AddFifthBits(const uint8_t* p, typename V::Bytes (&w)[8]) {
  const auto bit = V::Mask(0x10);
  const auto plane = V::LoadBytes(p);
  w[0] = V::OrMasked(w[0], V::template ShiftLeft<4>(plane), bit);
  w[1] = V::OrMasked(w[1], V::template ShiftLeft<3>(plane), bit);
  w[2] = V::OrMasked(w[2], V::template ShiftLeft<2>(plane), bit);
  w[3] = V::OrMasked(w[3], V::template ShiftLeft<1>(plane), bit);
  w[4] = V::OrMasked(w[4], plane, bit);
  w[5] = V::OrMasked(w[5], V::template ShiftRight<1>(plane), bit);
  w[6] = V::OrMasked(w[6], V::template ShiftRight<2>(plane), bit);
  w[7] = V::OrMasked(w[7], V::template ShiftRight<3>(plane), bit);
}

template <class V>
void AddTopBitPairs(const uint8_t* p, typename V::Bytes (&w)[8]) {
  const auto bits = V::Mask(0x30);
  ESPALIER_UNROLL
  for (int half = 0; half < 2; ++half) {
    const auto plane = V::LoadBytes(p + 64 * half);
    auto* out = w + 4 * half;
    out[0] = V::OrMasked(out[0], V::template ShiftLeft<4>(plane), bits);
    out[1] = V::OrMasked(out[1], V::template ShiftLeft<2>(plane), bits);
    out[2] = V::OrMasked(out[2], plane, bits);
    out[3] = V::OrMasked(out[3], V::template ShiftRight<2>(plane), bits);
  }
}

// Formats with one half-precision scale a block.
template <class V>
struct LegacyFormat {
  static constexpr Mode kMode = Mode::kZero;
  static constexpr bool kNarrow = true;
  static typename V::Float Scale(const uint8_t* scales, size_t block, int) {
    return V::LoadHalf(scales + 32 * block);
  }
  static typename V::Float Offset(const uint8_t*, size_t) { return V::Zero(); }
};

template <class V>
struct FormatQ4 : LegacyFormat<V> {
  static constexpr size_t kQuantBytes = 256;
  static constexpr ZeroPoint kZero = kZero8;
  static void Unpack(const uint8_t* p, typename V::Bytes (&w)[8]) { UnpackNibbles<V>(p, w); }
};

template <class V>
struct FormatQ5 : LegacyFormat<V> {
  static constexpr size_t kQuantBytes = 320;
  static constexpr ZeroPoint kZero = kZero16;
  static void Unpack(const uint8_t* p, typename V::Bytes (&w)[8]) {
    UnpackNibbles<V>(p, w);
    AddFifthBits<V>(p + 256, w);
  }
};

template <class V>
struct FormatQ5_1 : FormatQ5<V> {
  static constexpr Mode kMode = Mode::kOffset;
  static typename V::Float Scale(const uint8_t* scales, size_t block, int) {
    return V::LoadHalf(scales + 64 * block);
  }
  static typename V::Float Offset(const uint8_t* scales, size_t block) {
    return V::LoadHalf(scales + 64 * block + 32);
  }
};

template <class V>
struct FormatQ8 : LegacyFormat<V> {
  static constexpr bool kNarrow = false;
  static constexpr size_t kQuantBytes = 512;
  static constexpr ZeroPoint kZero = kZero128;
  static void Unpack(const uint8_t* p, typename V::Bytes (&w)[8]) {
    ESPALIER_UNROLL
    for (int j = 0; j < 8; ++j) w[j] = V::LoadBytes(p + 64 * j);
  }
};

template <class V>
struct FormatQ4K {
  static constexpr Mode kMode = Mode::kOffset;
  static constexpr bool kNarrow = true;
  static constexpr size_t kQuantBytes = 256;
  static constexpr ZeroPoint kZero = kZeroPoints;  // not used
  static constexpr size_t kSuperBytes = 64 + 8 * 32;
  static void Unpack(const uint8_t* p, typename V::Bytes (&w)[8]) { UnpackNibbles<V>(p, w); }
  static typename V::Float Scale(const uint8_t* scales, size_t block, int) {
    const uint8_t* super = scales + block / 8 * kSuperBytes;
    return V::Mul(V::LoadHalf(super), V::LoadU8(super + 64 + block % 8 * 32));
  }
  static typename V::Float Offset(const uint8_t* scales, size_t block) {
    const uint8_t* super = scales + block / 8 * kSuperBytes;
    return V::Mul(V::LoadHalf(super + 32), V::LoadU8(super + 64 + block % 8 * 32 + 16));
  }
};

template <class V>
struct FormatQ5K : FormatQ4K<V> {
  static constexpr size_t kQuantBytes = 320;
  static void Unpack(const uint8_t* p, typename V::Bytes (&w)[8]) {
    UnpackNibbles<V>(p, w);
    AddFifthBits<V>(p + 256, w);
  }
};

template <class V>
struct FormatQ6K {
  static constexpr Mode kMode = Mode::kHalves;
  static constexpr bool kNarrow = true;
  static constexpr size_t kQuantBytes = 384;
  static constexpr ZeroPoint kZero = kZeroPoints;  // uses QuantRows::start32_half
  static constexpr size_t kSuperBytes = 32 + 8 * 32;
  static void Unpack(const uint8_t* p, typename V::Bytes (&w)[8]) {
    UnpackNibbles<V>(p, w);
    AddTopBitPairs<V>(p + 256, w);
  }
  static typename V::Float Scale(const uint8_t* scales, size_t block, int half) {
    const uint8_t* super = scales + block / 8 * kSuperBytes;
    return V::Mul(V::LoadHalf(super), V::LoadS8(super + 32 + block % 8 * 32 + 16 * half));
  }
  static typename V::Float Offset(const uint8_t*, size_t) { return V::Zero(); }
};

}  // namespace
}  // namespace espalier
