#include <immintrin.h>

#include "evals/bench/floor_chains.h"
#include "evals/bench/floor_kernels.h"

namespace espalier {
namespace {

void Fma(size_t iterations) {
  const __m512 a = _mm512_set1_ps(0.5f);
  RunChains(a, iterations, [a](__m512 chain) { return _mm512_fmadd_ps(chain, a, a); });
}

void Int8(size_t iterations) {
  const __m512i a = _mm512_set1_epi8(1);
  RunChains(_mm512_setzero_si512(), iterations,
            [a](__m512i chain) { return _mm512_dpbusd_epi32(chain, a, a); });
}

void Bfloat16(size_t iterations) {
  const auto ones = (__m512bh)_mm512_set1_epi32(0x3f803f80);  // 1.0 in both halves
  RunChains(_mm512_setzero_ps(), iterations,
            [ones](__m512 chain) { return _mm512_dpbf16_ps(chain, ones, ones); });
}

void Read(const std::byte* data, size_t bytes) {
  ReadAll(
      data, bytes, _mm512_setzero_si512(), [](const __m512i* at) { return _mm512_load_si512(at); },
      [](__m512i x, __m512i y) { return _mm512_xor_si512(x, y); });
}

}  // namespace

void AddAvx512Kernels(std::vector<ArithmeticKernel>& arithmetic, std::vector<ReadKernel>& read) {
  if (!__builtin_cpu_supports("avx512f")) return;
  arithmetic.push_back({"f32 FMA, AVX-512", kChains * 16 * 2.0, Fma});
  if (__builtin_cpu_supports("avx512bf16")) {
    arithmetic.push_back({"bf16, AVX-512", kChains * 32 * 2.0, Bfloat16});
  }
  if (__builtin_cpu_supports("avx512vnni")) {
    arithmetic.push_back({"int8 VNNI, AVX-512", kChains * 64 * 2.0, Int8});
  }
  read.push_back({"AVX-512", Read});
}

}  // namespace espalier
