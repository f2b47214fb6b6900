// A warp computes one output for up to kMostVectorRows rows at once: it reads its row of weights once, in
// neighbouring words, and the rows' codes from the cache. Floor: bytes of the weights over the bandwidth.
#include "model/cuda/matmul.cuh"

namespace espalier::cuda {
namespace {

constexpr unsigned kWarps = 4;

/// The products of one group with one row, in units of the row's scale.
__device__ __forceinline__ float GroupDot(const int (&weights)[8], const GroupScales& scales,
                                          const Activations& in, size_t row, uint32_t group) {
  const auto* codes = reinterpret_cast<const int4*>(in.codes + row * in.stride + group * kGroup);
  const int4 first = codes[0], second = codes[1];
  int low = 0, high = 0;
  low = __dp4a(weights[0], first.x, low);
  low = __dp4a(weights[1], first.y, low);
  low = __dp4a(weights[2], first.z, low);
  low = __dp4a(weights[3], first.w, low);
  high = __dp4a(weights[4], second.x, high);
  high = __dp4a(weights[5], second.y, high);
  high = __dp4a(weights[6], second.z, high);
  high = __dp4a(weights[7], second.w, high);
  const size_t at = row * in.groups() + group;
  return in.scales[at] * (scales.low * static_cast<float>(low) + scales.high * static_cast<float>(high)) -
         scales.minimum * in.sums[at];
}

template <DataType kType, int kRows>
__global__ void __launch_bounds__(kWarps* kLanes)
    MultiplyRows(DeviceMatrix w, Activations in, ProductOut out) {
  const unsigned lane = threadIdx.x % kLanes;
  const uint32_t o = blockIdx.x * kWarps + threadIdx.x / kLanes;
  if (o >= w.rows) return;
  const uint32_t first = blockIdx.y * kRows;
  float sums[kRows] = {};
  if constexpr (IsFloatType(kType)) {
    for (uint32_t i = lane; i < w.cols; i += kLanes) {
      const float weight = LoadFloat<kType>(w, static_cast<size_t>(o) * w.cols + i);
      for (uint32_t r = 0; r < kRows; ++r) sums[r] += weight * in.x[in.Clamped(first + r) * in.stride + i];
    }
  } else {
    for (uint32_t group = lane; group < w.groups(); group += kLanes) {
      const size_t at = static_cast<size_t>(o) * w.groups() + group;
      int weights[8];
      LoadGroup<kType>(w, at, weights);
      const GroupScales scales = LoadScales<kType>(w, at);
      for (uint32_t r = 0; r < kRows; ++r) {
        sums[r] += GroupDot(weights, scales, in, in.Clamped(first + r), group);
      }
    }
  }
  for (uint32_t r = 0; r < kRows; ++r) {
    const float sum = WarpSum(sums[r]);
    if (lane == 0 && first + r < in.rows) out.Store(first + r, o, sum);
  }
}

template <DataType kType, int kRows>
void LaunchRows(Stream& stream, const DeviceMatrix& w, const Activations& in, const ProductOut& out) {
  stream.Launch("product", dim3(DivideUp(w.rows, kWarps), DivideUp(in.rows, kRows)), kWarps * kLanes,
                MultiplyRows<kType, kRows>, w, in, out);
}

}  // namespace

void MultiplyByWarps(Stream& stream, const DeviceMatrix& w, const Activations& in, const ProductOut& out) {
  if (in.rows == 0) return;
  ForType(w.type, [&]<DataType kType>() {
    if (in.rows == 1) return LaunchRows<kType, 1>(stream, w, in, out);
    if (in.rows == 2) return LaunchRows<kType, 2>(stream, w, in, out);
    if (in.rows <= 4) return LaunchRows<kType, 4>(stream, w, in, out);
    LaunchRows<kType, 8>(stream, w, in, out);
  });
}

}  // namespace espalier::cuda
