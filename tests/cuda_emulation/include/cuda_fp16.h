// CUDA's half.
#pragma once

#include <vector_types.h>

#include "model/quant.h"

struct __half {
  uint16_t bits;
};
struct __half2 {
  __half x, y;
} __attribute__((aligned(4)));

inline float __half2float(__half half) { return espalier::HalfToFloat(half.bits); }
inline __half __float2half_rn(float value) { return {espalier::FloatToHalf(value)}; }
inline float2 __half22float2(__half2 halves) { return {__half2float(halves.x), __half2float(halves.y)}; }
