#include "model/cpu/simd_avx2.h"
//
#include "model/cpu/kernels-inl.h"

namespace espalier {

const CpuKernels& Avx2Kernels() {
  static constexpr CpuKernels kKernels = MakeKernels<Avx2>();
  return kKernels;
}

}  // namespace espalier
