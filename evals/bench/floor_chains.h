// Loops for floor_kernels.h, included only by the files that are compiled for one instruction set.
// Internal linkage, so that no such code can be picked for another processor.
#pragma once

#include <cstddef>

namespace espalier {
namespace {

/// Makes the compiler believe that `value` is used and may have changed.
template <typename Vector>
[[gnu::always_inline]] inline void Keep(Vector& value) {
  asm volatile("" : "+v"(value));
}

/// 12 independent chains of `step`: more than latency times throughput of the processors so far (4-5 cycles,
/// 2 a cycle), and few enough for 16 registers. Variables, since an array would stay in memory.
constexpr size_t kChains = 12;

template <typename Vector, typename Step>
[[gnu::always_inline]] inline void RunChains(Vector start, size_t iterations, Step step) {
  Vector c0 = start, c1 = start, c2 = start, c3 = start, c4 = start, c5 = start;
  Vector c6 = start, c7 = start, c8 = start, c9 = start, c10 = start, c11 = start;
  const auto kept_step = [&](Vector & chain) __attribute__((always_inline)) {
    chain = step(chain);
    Keep(chain);
  };
  for (size_t i = 0; i < iterations; ++i) {
    kept_step(c0), kept_step(c1), kept_step(c2), kept_step(c3), kept_step(c4), kept_step(c5);
    kept_step(c6), kept_step(c7), kept_step(c8), kept_step(c9), kept_step(c10), kept_step(c11);
  }
}

/// Reads `bytes` (a multiple of eight vectors) with `load(address)`, four streams of sums at a time.
template <typename Vector, typename Load, typename Add>
[[gnu::always_inline]] inline void ReadAll(const std::byte* data, size_t bytes, Vector zero, Load load,
                                           Add add) {
  Vector s0 = zero, s1 = zero, s2 = zero, s3 = zero;
  for (const std::byte* end = data + bytes; data != end; data += 8 * sizeof(Vector)) {
    const auto* line = reinterpret_cast<const Vector*>(data);
    s0 = add(add(s0, load(line)), load(line + 4));
    s1 = add(add(s1, load(line + 1)), load(line + 5));
    s2 = add(add(s2, load(line + 2)), load(line + 6));
    s3 = add(add(s3, load(line + 3)), load(line + 7));
  }
  Keep(s0), Keep(s1), Keep(s2), Keep(s3);
}

}  // namespace
}  // namespace espalier
