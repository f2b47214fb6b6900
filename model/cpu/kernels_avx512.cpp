#include "model/cpu/simd_avx512.h"
//
#include "model/cpu/kernels-inl.h"

namespace espalier {

const CpuKernels& Avx512Kernels() {
  static constexpr CpuKernels kKernels = MakeKernels<Avx512>();
  return kKernels;
}

}  // namespace espalier
