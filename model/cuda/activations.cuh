// The rows that a product takes in: as floats, as bfloat16 for cuBLAS, and as signed bytes with a scale for
// each 32 of them, which integer dot products take.
#pragma once

#include <cuda_bf16.h>

#include "model/cuda/device.cuh"
#include "model/cuda/weight_layout.h"

namespace espalier::cuda {

/// Views of device memory; row r of `x`, `rounded` and `codes` begins at r * stride, of `scales` and `sums`
/// at r * groups(). `stride` is `cols` rounded up to whole groups; what lies between is 0.
struct Activations {
  uint32_t rows = 0, cols = 0, stride = 0;
  float* x = nullptr;
  __nv_bfloat16* rounded = nullptr;
  int8_t* codes = nullptr;  ///< x is about scale * code
  float* scales = nullptr;
  float* sums = nullptr;  ///< of a group: scale times the sum of its codes

  __host__ __device__ uint32_t groups() const { return stride / kGroup; }
  /// Rows behind the last count as copies of it.
  __device__ size_t Clamped(uint32_t row) const { return row < rows ? row : rows - 1; }
};

/// Keeps one group of a row in all forms. Each lane of a warp has one element; all take part.
__device__ __forceinline__ void StoreGroup(const Activations& out, uint32_t row, uint32_t group,
                                           float value) {
  const unsigned lane = threadIdx.x % kLanes;
  const float largest = WarpMax(fabsf(value));
  const float scale = largest / 127.0f;
  const int code = largest > 0 ? static_cast<int>(rintf(value * (127.0f / largest))) : 0;
  const int sum = WarpSum(code);
  const size_t at = static_cast<size_t>(row) * out.stride + group * kGroup + lane;
  out.x[at] = value;
  out.rounded[at] = __float2bfloat16_rn(value);
  out.codes[at] = static_cast<int8_t>(code);
  if (lane == 0) {
    const size_t g = static_cast<size_t>(row) * out.groups() + group;
    out.scales[g] = scale;
    out.sums[g] = scale * static_cast<float>(sum);
  }
}

/// Memory of Activations for as many rows as were asked for.
class ActivationMemory {
 public:
  /// Errors: kResourceExhausted. Forgets what was in it when it grows.
  Status Reserve(uint32_t rows, uint32_t cols);
  Activations View(uint32_t rows, uint32_t cols) const;
  /// Bytes that Reserve takes.
  static size_t Bytes(uint32_t rows, uint32_t cols);

 private:
  Memory<float> x_, scales_, sums_;
  Memory<__nv_bfloat16> rounded_;
  Memory<int8_t> codes_;
};

}  // namespace espalier::cuda
