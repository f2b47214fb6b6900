// Vector primitives for kernels-inl.h on AVX-512 with VNNI. A Bytes holds 64 bytes: 16 lanes of 4
// consecutive k-values, one lane an output row; Int and Float hold one value a lane.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace espalier {

struct Avx512 {
  using Bytes = __m512i;
  using Int = __m512i;
  using Float = __m512;

  /// Rows and 16-row tiles of the prefill micro-kernel: 6 x 2 integer and 6 x 2 float accumulators
  /// take 24 of the 32 registers; the rest hold weights, scales and a broadcast.
  static constexpr int kGemmRows = 6;
  static constexpr int kAttentionVectors = 8;
  static constexpr int kValueChunks = 2;  ///< 8 vectors x 2 accumulators of 16 elements

  static Bytes LoadBytes(const void* p) { return _mm512_loadu_si512(p); }
  static void StoreBytes(void* p, Bytes v) { _mm512_storeu_si512(p, v); }
  static Bytes Mask(uint8_t value) { return _mm512_set1_epi8(static_cast<char>(value)); }
  static Bytes And(Bytes a, Bytes b) { return _mm512_and_si512(a, b); }
  /// a | (b & mask)
  static Bytes OrMasked(Bytes a, Bytes b, Bytes mask) { return _mm512_ternarylogic_epi32(a, b, mask, 0xF8); }
  template <int kBits>
  static Bytes ShiftRight(Bytes v) {
    return _mm512_srli_epi32(v, kBits);
  }
  template <int kBits>
  static Bytes ShiftLeft(Bytes v) {
    return _mm512_slli_epi32(v, kBits);
  }

  static Int BroadcastInt(const int32_t* p) { return _mm512_set1_epi32(*p); }
  /// Four signed bytes to every lane.
  static Bytes BroadcastQuad(const int8_t* p) {
    int32_t quad;
    __builtin_memcpy(&quad, p, 4);
    return _mm512_set1_epi32(quad);
  }
  /// acc + sum over 4 of unsigned w * signed a. kNarrow promises w <= 63.
  template <bool kNarrow>
  static Int Dot(Int acc, Bytes w, Bytes a) {
    return _mm512_dpbusd_epi32(acc, w, a);
  }
  static Float ToFloat(Int v) { return _mm512_cvtepi32_ps(v); }

  static Float Zero() { return _mm512_setzero_ps(); }
  static Float Broadcast(float v) { return _mm512_set1_ps(v); }
  static Float Load(const float* p) { return _mm512_loadu_ps(p); }
  static void Store(float* p, Float v) { _mm512_storeu_ps(p, v); }
  static Float LoadHalf(const void* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i*>(p)));
  }
  static void StoreHalf(void* p, Float v) {
    _mm256_storeu_si256(static_cast<__m256i*>(p),
                        _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
  static Float LoadBfloat(const void* p) {
    const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(static_cast<const __m256i*>(p)));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
  }
  static Float LoadU8(const void* p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p))));
  }
  static Float LoadS8(const void* p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p))));
  }
  /// Rounds to nearest and stores 16 signed bytes. REQUIRES: |v| <= 127.
  static void StoreS8(void* p, Float v) {
    _mm_storeu_si128(static_cast<__m128i*>(p), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)));
  }
  static Float Add(Float a, Float b) { return _mm512_add_ps(a, b); }
  static Float Sub(Float a, Float b) { return _mm512_sub_ps(a, b); }
  static Float Mul(Float a, Float b) { return _mm512_mul_ps(a, b); }
  static Float Div(Float a, Float b) { return _mm512_div_ps(a, b); }
  static Float Max(Float a, Float b) { return _mm512_max_ps(a, b); }
  static Float Min(Float a, Float b) { return _mm512_min_ps(a, b); }
  static Float Abs(Float a) { return _mm512_abs_ps(a); }
  static Float Fma(Float a, Float b, Float c) { return _mm512_fmadd_ps(a, b, c); }
  /// c - a * b
  static Float NegFma(Float a, Float b, Float c) { return _mm512_fnmadd_ps(a, b, c); }
  static Float Round(Float v) {
    return _mm512_roundscale_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  /// v * 2^n for integral n.
  static Float ScaleByPower(Float v, Float n) { return _mm512_scalef_ps(v, n); }
  static float ReduceAdd(Float v) { return _mm512_reduce_add_ps(v); }
  static float ReduceMax(Float v) { return _mm512_reduce_max_ps(v); }
  /// Lanes below `count` keep their value, the others become `other`.
  static Float KeepFirst(Float v, uint32_t count, float other) {
    return _mm512_mask_blend_ps(static_cast<__mmask16>((1u << count) - 1), _mm512_set1_ps(other), v);
  }
};

}  // namespace espalier
