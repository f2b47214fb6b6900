// Tensor cores: the products of small tiles that a warp computes together (PTX ISA, "mma"), and the same in
// plain steps where the sources run without them.
#pragma once

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

}  // namespace espalier::cuda
