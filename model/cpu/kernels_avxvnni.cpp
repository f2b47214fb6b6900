#include "model/cpu/simd_avxvnni.h"
//
#include "model/cpu/kernels-inl.h"

namespace espalier {

const CpuKernels& AvxVnniKernels() {
  static constexpr CpuKernels kKernels = MakeKernels<AvxVnni>();
  return kKernels;
}

}  // namespace espalier
