// AVX2 with the int8 dot product of AVX-VNNI: desktop processors that have no AVX-512.
#pragma once

#include "model/cpu/simd_avx2.h"

namespace espalier {

struct AvxVnni : Avx2 {
  template <bool kNarrow>
  static Int Dot(Int acc, Bytes w, Bytes a) {
    return Each([&](int i) { return _mm256_dpbusd_avx_epi32(acc.v[i], w.v[i], a.v[i]); });
  }
};

}  // namespace espalier
