#include <immintrin.h>

#include "evals/bench/floor_chains.h"
#include "evals/bench/floor_kernels.h"

namespace espalier {
namespace {

void Fma(size_t iterations) {
  const __m256 a = _mm256_set1_ps(0.5f);
  RunChains(a, iterations, [a](__m256 chain) { return _mm256_fmadd_ps(chain, a, a); });
}

// Without VNNI a byte product costs three instructions: multiply-add pairs to 16 bits, pairs to 32, add.
void Int8(size_t iterations) {
  __m256i a = _mm256_set1_epi8(1);
  const __m256i ones = _mm256_set1_epi16(1);
  RunChains(_mm256_setzero_si256(), iterations, [&](__m256i chain) {
    Keep(a);  // else the products are computed once, before the loop
    return _mm256_add_epi32(chain, _mm256_madd_epi16(_mm256_maddubs_epi16(a, a), ones));
  });
}

void Read(const std::byte* data, size_t bytes) {
  ReadAll(
      data, bytes, _mm256_setzero_si256(), [](const __m256i* at) { return _mm256_load_si256(at); },
      [](__m256i x, __m256i y) { return _mm256_xor_si256(x, y); });
}

}  // namespace

void AddAvx2Kernels(std::vector<ArithmeticKernel>& arithmetic, std::vector<ReadKernel>& read) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return;
  arithmetic.push_back({"f32 FMA, AVX2", kChains * 8 * 2.0, Fma});
  arithmetic.push_back({"int8, AVX2", kChains * 32 * 2.0, Int8});
  read.push_back({"AVX2", Read});
}

}  // namespace espalier
