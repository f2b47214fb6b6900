// CUDA's bfloat16.
#pragma once

#include "model/quant.h"

struct __nv_bfloat16 {
  uint16_t bits;
};

inline float __bfloat162float(__nv_bfloat16 value) { return espalier::Bfloat16ToFloat(value.bits); }
inline __nv_bfloat16 __float2bfloat16_rn(float value) { return {espalier::FloatToBfloat16(value)}; }
