#include "model/cuda/activations.cuh"

namespace espalier::cuda {
namespace {

size_t StrideOf(uint32_t cols) { return static_cast<size_t>(DivideUp(cols, kGroup)) * kGroup; }

}  // namespace

Status ActivationMemory::Reserve(uint32_t rows, uint32_t cols) {
  const size_t elements = rows * StrideOf(cols);
  ESPALIER_RETURN_IF_ERROR(x_.Reserve(elements));
  ESPALIER_RETURN_IF_ERROR(rounded_.Reserve(elements));
  ESPALIER_RETURN_IF_ERROR(codes_.Reserve(elements));
  ESPALIER_RETURN_IF_ERROR(scales_.Reserve(elements / kGroup));
  return sums_.Reserve(elements / kGroup);
}

Activations ActivationMemory::View(uint32_t rows, uint32_t cols) const {
  return {rows,
          cols,
          static_cast<uint32_t>(StrideOf(cols)),
          x_.data(),
          rounded_.data(),
          codes_.data(),
          scales_.data(),
          sums_.data()};
}

size_t ActivationMemory::Bytes(uint32_t rows, uint32_t cols) {
  const size_t elements = rows * StrideOf(cols);
  return elements * (sizeof(float) + sizeof(__nv_bfloat16) + sizeof(int8_t)) +
         elements / kGroup * 2 * sizeof(float);
}

}  // namespace espalier::cuda
