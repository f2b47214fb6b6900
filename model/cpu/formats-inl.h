// How each PackFormat is unpacked, for one instruction set V (simd_*.h). A format gives k-steps 2 * J and
// 2 * J + 1 of a block of 32 columns as unsigned bytes, and the scales of the block's 16 rows.
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

/// Two neighbouring k-steps of a tile.
template <class V>
struct StepPair {
  typename V::Bytes even, odd;
};

/// Vector `vector` of a block of one tile.
template <class V>
inline typename V::Bytes BlockVector(const uint8_t* vectors, size_t vector) {
  return V::LoadBytes(vectors + 2 * vector * PackLayout::kVector);
}

template <class V>
inline StepPair<V> Nibbles(typename V::Bytes pair) {
  const auto low = V::Mask(0x0f);
  return {V::And(pair, low), V::And(V::template ShiftRight<4>(pair), low)};
}

/// Bits of `plane` moved left by kLeft (right when negative) where `mask` has them.
template <class V, int kLeft>
inline typename V::Bytes OrPlane(typename V::Bytes w, typename V::Bytes plane, typename V::Bytes mask) {
  if constexpr (kLeft > 0) return V::OrMasked(w, V::template ShiftLeft<kLeft>(plane), mask);
  if constexpr (kLeft < 0) return V::OrMasked(w, V::template ShiftRight<-kLeft>(plane), mask);
  return V::OrMasked(w, plane, mask);
}

// One half-precision scale a block; 4 bits and maybe a fifth.
template <class V, PackFormat kFormat, ZeroPoint kZeroPoint>
struct LegacyFormat {
  static constexpr PackLayout kLayout = LayoutOf(kFormat);
  static constexpr Mode kMode = Mode::kZero;
  static constexpr bool kNarrow = true;
  static constexpr ZeroPoint kZero = kZeroPoint;
  template <int J>
  static StepPair<V> Pair(const uint8_t* vectors) {
    StepPair<V> w = Nibbles<V>(BlockVector<V>(vectors, kLayout.planes + J));
    if constexpr (kLayout.planes == 1) {
      const auto plane = BlockVector<V>(vectors, 0), bit = V::Mask(0x10);
      w.even = OrPlane<V, 4 - 2 * J>(w.even, plane, bit);
      w.odd = OrPlane<V, 3 - 2 * J>(w.odd, plane, bit);
    }
    return w;
  }
  static typename V::Float Scale(const uint8_t*, const uint8_t* scales, int) { return V::LoadHalf(scales); }
  static typename V::Float Offset(const uint8_t*, const uint8_t*) { return V::Zero(); }
};

template <class V>
using FormatQ4 = LegacyFormat<V, PackFormat::kQ4, kZero8>;
template <class V>
using FormatQ5 = LegacyFormat<V, PackFormat::kQ5, kZero16>;

template <class V>
struct FormatQ5_1 : LegacyFormat<V, PackFormat::kQ5_1, kZeroPoints> {
  static constexpr Mode kMode = Mode::kOffset;
  static typename V::Float Offset(const uint8_t*, const uint8_t* scales) { return V::LoadHalf(scales + 32); }
};

template <class V>
struct FormatQ8 : LegacyFormat<V, PackFormat::kQ8, kZero128> {
  static constexpr bool kNarrow = false;
  template <int J>
  static StepPair<V> Pair(const uint8_t* vectors) {
    return {BlockVector<V>(vectors, 2 * J), BlockVector<V>(vectors, 2 * J + 1)};
  }
};

template <class V, PackFormat kFormat>
struct KFormat : LegacyFormat<V, kFormat, kZeroPoints> {
  static constexpr Mode kMode = Mode::kOffset;
  static typename V::Float Scale(const uint8_t* head, const uint8_t* scales, int) {
    return V::Mul(V::LoadHalf(head), V::LoadU8(scales));
  }
  static typename V::Float Offset(const uint8_t* head, const uint8_t* scales) {
    return V::Mul(V::LoadHalf(head + 32), V::LoadU8(scales + kTileRows));
  }
};

template <class V>
using FormatQ4K = KFormat<V, PackFormat::kQ4K>;
template <class V>
using FormatQ5K = KFormat<V, PackFormat::kQ5K>;

// Its zero point comes in through QuantRows::start32_half.
template <class V>
struct FormatQ6K : LegacyFormat<V, PackFormat::kQ6K, kZeroPoints> {
  static constexpr PackLayout kLayout = LayoutOf(PackFormat::kQ6K);
  static constexpr Mode kMode = Mode::kHalves;
  template <int J>
  static StepPair<V> Pair(const uint8_t* vectors) {
    const auto plane = BlockVector<V>(vectors, J / 2), bits = V::Mask(0x30);
    StepPair<V> w = Nibbles<V>(BlockVector<V>(vectors, kLayout.planes + J));
    w.even = OrPlane<V, 4 - 4 * (J % 2)>(w.even, plane, bits);
    w.odd = OrPlane<V, 2 - 4 * (J % 2)>(w.odd, plane, bits);
    return w;
  }
  static typename V::Float Scale(const uint8_t* head, const uint8_t* scales, int half) {
    return V::Mul(V::LoadHalf(head), V::LoadS8(scales + kTileRows * half));
  }
};

/// Calls f.operator()<J>() for J from kBegin to kEnd - 1.
template <int kBegin, int kEnd, class Callable>
inline void ForEachConstant(Callable&& f) {
  if constexpr (kBegin < kEnd) {
    f.template operator()<kBegin>();
    ForEachConstant<kBegin + 1, kEnd>(f);
  }
}

}  // namespace
}  // namespace espalier
