// The kernel table of one instruction set; included once by each kernels_*.cpp.
#pragma once

#include "model/cpu/attention-inl.h"
#include "model/cpu/elementwise-inl.h"
#include "model/cpu/matmul-inl.h"

namespace espalier {
namespace {

template <class V>
constexpr CpuKernels MakeKernels() {
  return {MatmulUnit<V>, Quantize<V>, RmsNorm<V>, Swiglu<V>, AddTo<V>, Attend<V>};
}

}  // namespace
}  // namespace espalier
