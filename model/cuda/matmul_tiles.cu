// Tensor cores on integers: a warp multiplies 16 rows of weights, which it unpacks to registers in the very
// form that its tiles want, with up to 64 rows of codes. Each group of 32 has its scales, so that sums are
// integers within a group and floats beyond.
#include "model/cuda/matmul.cuh"
#include "model/cuda/mma.cuh"

namespace espalier::cuda {
namespace {

constexpr unsigned kWarps = 4;
constexpr uint32_t kTileOutputs = 16;  // of a warp
constexpr int kTiles = 8;              // of 8 rows each
constexpr uint32_t kTileRows = 8 * kTiles;

/// What a lane has of the weights: two rows of them.
struct WeightRows {
  size_t upper, lower;  // groups before them
};

template <DataType kType>
__device__ void AddGroup(const DeviceMatrix& w, const WeightRows& rows, uint32_t group, const Activations& in,
                         uint32_t first_row, float (&sums)[kTiles][4]) {
  const unsigned lane = threadIdx.x % kLanes;
  const int t = static_cast<int>(lane % 4);
  const WordPair upper = LoadWords<kType>(w, rows.upper + group, t);
  const WordPair lower = LoadWords<kType>(w, rows.lower + group, t);
  const GroupScales upper_scales = LoadScales<kType>(w, rows.upper + group);
  const GroupScales lower_scales = LoadScales<kType>(w, rows.lower + group);
  for (int tile = 0; tile < kTiles; ++tile) {
    const uint32_t tile_row = first_row + static_cast<uint32_t>(tile) * 8;
    if (tile_row >= in.rows) return;
    const auto* codes =
        reinterpret_cast<const int*>(in.codes + in.Clamped(tile_row + lane / 4) * in.stride + group * kGroup);
    int low[4] = {}, high[4] = {};
    MultiplyTile(low, upper.low, lower.low, codes[t]);
    MultiplyTile(high, upper.high, lower.high, codes[4 + t]);
    for (uint32_t column = 0; column < 2; ++column) {
      const uint32_t r = tile_row + 2 * static_cast<uint32_t>(t) + column;
      const size_t at = in.Clamped(r) * in.groups() + group;
      const float scale = in.scales[at], sum = in.sums[at];
      sums[tile][column] += scale * (upper_scales.low * static_cast<float>(low[column]) +
                                     upper_scales.high * static_cast<float>(high[column])) -
                            upper_scales.minimum * sum;
      sums[tile][2 + column] += scale * (lower_scales.low * static_cast<float>(low[2 + column]) +
                                         lower_scales.high * static_cast<float>(high[2 + column])) -
                                lower_scales.minimum * sum;
    }
  }
}

template <DataType kType>
__global__ void __launch_bounds__(kWarps* kLanes)
    MultiplyTiles(DeviceMatrix w, Activations in, ProductOut out) {
  const unsigned lane = threadIdx.x % kLanes;
  const uint32_t first = (blockIdx.x * kWarps + threadIdx.x / kLanes) * kTileOutputs;
  if (first >= w.rows) return;
  const uint32_t upper = first + lane / 4, lower = upper + 8;
  const auto clamp = [&](uint32_t o) {
    return static_cast<size_t>(o < w.rows ? o : w.rows - 1) * w.groups();
  };
  const WeightRows rows = {clamp(upper), clamp(lower)};
  const uint32_t first_row = blockIdx.y * kTileRows;
  float sums[kTiles][4] = {};
  for (uint32_t group = 0; group < w.groups(); ++group) {
    AddGroup<kType>(w, rows, group, in, first_row, sums);
  }
  for (int tile = 0; tile < kTiles; ++tile) {
    for (uint32_t column = 0; column < 2; ++column) {
      const uint32_t row = first_row + static_cast<uint32_t>(tile) * 8 + 2 * (lane % 4) + column;
      if (row >= in.rows) continue;
      if (upper < w.rows) out.Store(row, upper, sums[tile][column]);
      if (lower < w.rows) out.Store(row, lower, sums[tile][2 + column]);
    }
  }
}

}  // namespace

void MultiplyByTiles(Stream& stream, const DeviceMatrix& w, const Activations& in, const ProductOut& out) {
  if (in.rows == 0) return;
  ForType(w.type, [&]<DataType kType>() {
    if constexpr (!IsFloatType(kType)) {
      stream.Launch("tiled product",
                    dim3(DivideUp(w.rows, kWarps * kTileOutputs), DivideUp(in.rows, kTileRows)),
                    kWarps * kLanes, MultiplyTiles<kType>, w, in, out);
    }
  });
}

}  // namespace espalier::cuda
