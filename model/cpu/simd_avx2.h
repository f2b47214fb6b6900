// Vector primitives for kernels-inl.h on AVX2 with FMA and F16C. The same 64-byte shapes as
// simd_avx512.h, each as two 32-byte halves, so that both share one packed weight format.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace espalier {

struct Avx2 {
  struct Bytes {
    __m256i v[2];
  };
  using Int = Bytes;
  struct Float {
    __m256 v[2];
  };

  /// 16 registers of half the width: one row keeps 2 tiles x (integer + float) in 8 of them.
  static constexpr int kGemmRows = 1;
  static constexpr int kAttentionVectors = 4;
  static constexpr int kValueChunks = 1;

  template <typename F>
  static Bytes Each(F&& f) {
    return {{f(0), f(1)}};
  }
  template <typename F>
  static Float EachFloat(F&& f) {
    return {{f(0), f(1)}};
  }

  static Bytes LoadBytes(const void* p) {
    const auto* half = static_cast<const __m256i*>(p);
    return {{_mm256_loadu_si256(half), _mm256_loadu_si256(half + 1)}};
  }
  static void StoreBytes(void* p, Bytes b) {
    auto* half = static_cast<__m256i*>(p);
    _mm256_storeu_si256(half, b.v[0]);
    _mm256_storeu_si256(half + 1, b.v[1]);
  }
  static Bytes Mask(uint8_t value) {
    const __m256i mask = _mm256_set1_epi8(static_cast<char>(value));
    return {{mask, mask}};
  }
  static Bytes And(Bytes a, Bytes b) {
    return Each([&](int i) { return _mm256_and_si256(a.v[i], b.v[i]); });
  }
  static Bytes OrMasked(Bytes a, Bytes b, Bytes mask) {
    return Each([&](int i) { return _mm256_or_si256(a.v[i], _mm256_and_si256(b.v[i], mask.v[i])); });
  }
  template <int kBits>
  static Bytes ShiftRight(Bytes b) {
    return Each([&](int i) { return _mm256_srli_epi32(b.v[i], kBits); });
  }
  template <int kBits>
  static Bytes ShiftLeft(Bytes b) {
    return Each([&](int i) { return _mm256_slli_epi32(b.v[i], kBits); });
  }

  static Int BroadcastInt(const int32_t* p) {
    const __m256i v = _mm256_set1_epi32(*p);
    return {{v, v}};
  }
  static Bytes BroadcastQuad(const int8_t* p) {
    int32_t quad;
    __builtin_memcpy(&quad, p, 4);
    const __m256i v = _mm256_set1_epi32(quad);
    return {{v, v}};
  }
  // w <= 63: pairs of products stay below 2 * 63 * 127 = 16,002 and cannot saturate 16 bits. Wider
  // weights are multiplied as 16-bit values instead.
  template <bool kNarrow>
  static Int Dot(Int acc, Bytes w, Bytes a) {
    return Each([&](int i) {
      if constexpr (kNarrow) {
        const __m256i pairs = _mm256_maddubs_epi16(w.v[i], a.v[i]);
        return _mm256_add_epi32(acc.v[i], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
      } else {
        const __m256i low_bytes = _mm256_set1_epi16(0x00ff);
        const __m256i w_even = _mm256_and_si256(w.v[i], low_bytes), w_odd = _mm256_srli_epi16(w.v[i], 8);
        const __m256i a_even = _mm256_srai_epi16(_mm256_slli_epi16(a.v[i], 8), 8);
        const __m256i a_odd = _mm256_srai_epi16(a.v[i], 8);
        const __m256i products =
            _mm256_add_epi32(_mm256_madd_epi16(w_even, a_even), _mm256_madd_epi16(w_odd, a_odd));
        return _mm256_add_epi32(acc.v[i], products);
      }
    });
  }
  static Float ToFloat(Int a) {
    return EachFloat([&](int i) { return _mm256_cvtepi32_ps(a.v[i]); });
  }

  static Float Zero() { return {{_mm256_setzero_ps(), _mm256_setzero_ps()}}; }
  static Float Broadcast(float value) {
    const __m256 v = _mm256_set1_ps(value);
    return {{v, v}};
  }
  static Float Load(const float* p) { return {{_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}}; }
  static void Store(float* p, Float a) {
    _mm256_storeu_ps(p, a.v[0]);
    _mm256_storeu_ps(p + 8, a.v[1]);
  }
  static Float LoadHalf(const void* p) {
    const auto* half = static_cast<const __m128i*>(p);
    return {{_mm256_cvtph_ps(_mm_loadu_si128(half)), _mm256_cvtph_ps(_mm_loadu_si128(half + 1))}};
  }
  static void StoreHalf(void* p, Float a) {
    constexpr int kNearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
    auto* half = static_cast<__m128i*>(p);
    _mm_storeu_si128(half, _mm256_cvtps_ph(a.v[0], kNearest));
    _mm_storeu_si128(half + 1, _mm256_cvtps_ph(a.v[1], kNearest));
  }
  static Float LoadBfloat(const void* p) {
    const auto* half = static_cast<const __m128i*>(p);
    return EachFloat([&](int i) {
      return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(half + i)), 16));
    });
  }
  static Float LoadU8(const void* p) {
    const auto* quarter = static_cast<const uint8_t*>(p);
    return EachFloat([&](int i) {
      const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(quarter + 8 * i));
      return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
    });
  }
  static Float LoadS8(const void* p) {
    const auto* quarter = static_cast<const uint8_t*>(p);
    return EachFloat([&](int i) {
      const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(quarter + 8 * i));
      return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
    });
  }
  static void StoreS8(void* p, Float a) {
    alignas(32) int32_t wide[16];
    _mm256_store_si256(reinterpret_cast<__m256i*>(wide), _mm256_cvtps_epi32(a.v[0]));
    _mm256_store_si256(reinterpret_cast<__m256i*>(wide + 8), _mm256_cvtps_epi32(a.v[1]));
    for (int i = 0; i < 16; ++i) static_cast<int8_t*>(p)[i] = static_cast<int8_t>(wide[i]);
  }
  static Float Add(Float a, Float b) {
    return EachFloat([&](int i) { return _mm256_add_ps(a.v[i], b.v[i]); });
  }
  static Float Sub(Float a, Float b) {
    return EachFloat([&](int i) { return _mm256_sub_ps(a.v[i], b.v[i]); });
  }
  static Float Mul(Float a, Float b) {
    return EachFloat([&](int i) { return _mm256_mul_ps(a.v[i], b.v[i]); });
  }
  static Float Div(Float a, Float b) {
    return EachFloat([&](int i) { return _mm256_div_ps(a.v[i], b.v[i]); });
  }
  static Float Max(Float a, Float b) {
    return EachFloat([&](int i) { return _mm256_max_ps(a.v[i], b.v[i]); });
  }
  static Float Min(Float a, Float b) {
    return EachFloat([&](int i) { return _mm256_min_ps(a.v[i], b.v[i]); });
  }
  static Float Abs(Float a) {
    const __m256 sign = _mm256_set1_ps(-0.0f);
    return EachFloat([&](int i) { return _mm256_andnot_ps(sign, a.v[i]); });
  }
  static Float Fma(Float a, Float b, Float c) {
    return EachFloat([&](int i) { return _mm256_fmadd_ps(a.v[i], b.v[i], c.v[i]); });
  }
  static Float NegFma(Float a, Float b, Float c) {
    return EachFloat([&](int i) { return _mm256_fnmadd_ps(a.v[i], b.v[i], c.v[i]); });
  }
  static Float Round(Float a) {
    return EachFloat(
        [&](int i) { return _mm256_round_ps(a.v[i], _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); });
  }
  // REQUIRES: the result is a normal float or the caller tolerates 0 below -126.
  static Float ScaleByPower(Float a, Float n) {
    return EachFloat([&](int i) {
      const __m256 clamped = _mm256_max_ps(n.v[i], _mm256_set1_ps(-127.0f));
      const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(clamped), _mm256_set1_epi32(127));
      return _mm256_mul_ps(a.v[i], _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
    });
  }
  static float ReduceAdd(Float a) {
    alignas(32) float lanes[8];
    _mm256_store_ps(lanes, _mm256_add_ps(a.v[0], a.v[1]));
    return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
  }
  static float ReduceMax(Float a) {
    alignas(32) float lanes[8];
    _mm256_store_ps(lanes, _mm256_max_ps(a.v[0], a.v[1]));
    float best = lanes[0];
    for (const float lane : lanes) best = lane > best ? lane : best;
    return best;
  }
  static Float KeepFirst(Float a, uint32_t count, float other) {
    alignas(32) float lanes[16];
    Store(lanes, a);
    for (uint32_t i = count; i < 16; ++i) lanes[i] = other;
    return Load(lanes);
  }
};

}  // namespace espalier
