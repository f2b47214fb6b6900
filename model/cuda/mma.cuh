// Tensor cores: the products of small tiles that a warp computes together (PTX ISA, "mma"), and the same in
// plain steps where the sources run without them.
#pragma once

#include <cuda_fp16.h>

#include "model/cuda/device.cuh"

namespace espalier::cuda {

/// c += a * b for signed bytes: a is 16 x 16 row by row, b 16 x 8 column by column. With g = lane / 4 and
/// t = lane % 4, a lane holds a[0]: row g, columns 4t to 4t + 3; a[1]: row g + 8; b: column g, rows 4t to 4t
/// + 3; c[0], c[1]: row g, columns 2t and 2t + 1; c[2], c[3]: row g + 8.
__device__ __forceinline__ void MultiplyTile(int (&c)[4], int a0, int a1, int b) {
#if defined(__CUDACC__)
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
      : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
      : "r"(a0), "r"(a1), "r"(b));
#else
  const int g = static_cast<int>(threadIdx.x % kLanes) / 4, t = static_cast<int>(threadIdx.x % kLanes) % 4;
  for (int k = 0; k < 4; ++k) {
    const int upper = __shfl_sync(kAllLanes, a0, 4 * g + k), lower = __shfl_sync(kAllLanes, a1, 4 * g + k);
    for (int column = 0; column < 2; ++column) {
      const int other = __shfl_sync(kAllLanes, b, 4 * (2 * t + column) + k);
      c[column] = __dp4a(upper, other, c[column]);
      c[2 + column] = __dp4a(lower, other, c[2 + column]);
    }
  }
#endif
}

/// Two halves in a word.
__device__ __forceinline__ uint32_t PackHalves(float first, float second) {
  const __half2 pair = {__float2half_rn(first), __float2half_rn(second)};
  uint32_t word;
  memcpy(&word, &pair, sizeof(word));
  return word;
}

/// c += a * b for halves: a is 16 x 16 row by row, b 16 x 8 column by column. A lane holds a[0]: row g,
/// columns 2t and 2t + 1; a[1]: row g + 8; a[2], a[3]: the same, columns 2t + 8 and 2t + 9; b0: column g,
/// rows 2t and 2t + 1; b1: rows 2t + 8 and 2t + 9; c as above.
__device__ __forceinline__ void MultiplyTile(float (&c)[4], const uint32_t (&a)[4], uint32_t b0,
                                             uint32_t b1) {
#if defined(__CUDACC__)
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#else
  const int g = static_cast<int>(threadIdx.x % kLanes) / 4, t = static_cast<int>(threadIdx.x % kLanes) % 4;
  const auto dot = [](uint32_t left, uint32_t right) {
    __half2 x, y;
    memcpy(&x, &left, sizeof(x));
    memcpy(&y, &right, sizeof(y));
    const float2 p = __half22float2(x), q = __half22float2(y);
    return p.x * q.x + p.y * q.y;
  };
  for (int k = 0; k < 8; ++k) {  // words of a row of a
    const int from = 4 * g + k % 4;
    const uint32_t upper = __shfl_sync(kAllLanes, k < 4 ? a[0] : a[2], from);
    const uint32_t lower = __shfl_sync(kAllLanes, k < 4 ? a[1] : a[3], from);
    for (int column = 0; column < 2; ++column) {
      const uint32_t other = __shfl_sync(kAllLanes, k < 4 ? b0 : b1, 4 * (2 * t + column) + k % 4);
      c[column] += dot(upper, other);
      c[2 + column] += dot(lower, other);
    }
  }
#endif
}

}  // namespace espalier::cuda
