#include <cmath>

#include "model/cuda/elementwise.cuh"

namespace espalier::cuda {
namespace {

constexpr unsigned kThreads = 256;
constexpr unsigned kWarps = kThreads / kLanes;

template <DataType kType>
__global__ void EmbedRows(DeviceMatrix table, const int32_t* tokens, float* x) {
  const auto row = static_cast<size_t>(tokens[blockIdx.x]);
  float* out = x + static_cast<size_t>(blockIdx.x) * table.cols;
  if constexpr (IsFloatType(kType)) {
    for (uint32_t i = threadIdx.x; i < table.cols; i += blockDim.x) {
      out[i] = LoadFloat<kType>(table, row * table.cols + i);
    }
  } else {
    for (uint32_t g = threadIdx.x; g < table.groups(); g += blockDim.x) {
      int words[8];
      const size_t group = row * table.groups() + g;
      LoadGroup<kType>(table, group, words);
      const GroupScales scales = LoadScales<kType>(table, group);
      for (int i = 0; i < 32; ++i) {
        const auto code = static_cast<int8_t>(static_cast<uint32_t>(words[i / 4]) >> (8 * (i % 4)));
        const float scale = i < 16 ? scales.low : scales.high;
        out[g * kGroup + static_cast<uint32_t>(i)] = scale * static_cast<float>(code) - scales.minimum;
      }
    }
  }
}

__global__ void NormRow(const float* x, const uint32_t* rows, const float* weight, float epsilon,
                        Activations out) {
  const uint32_t from = rows == nullptr ? blockIdx.x : rows[blockIdx.x];
  const float* row = x + static_cast<size_t>(from) * out.cols;
  float squares = 0;
  for (uint32_t i = threadIdx.x; i < out.cols; i += blockDim.x) squares += row[i] * row[i];
  const float scale = rsqrtf(BlockSum<kWarps>(squares) / static_cast<float>(out.cols) + epsilon);
  for (uint32_t group = threadIdx.x / kLanes; group < out.groups(); group += kWarps) {
    const uint32_t i = group * kGroup + threadIdx.x % kLanes;
    StoreGroup(out, blockIdx.x, group, i < out.cols ? row[i] * scale * weight[i] : 0.0f);
  }
}

__global__ void SwiGluRow(const float* gate_up, Activations out) {
  const uint32_t group = blockIdx.x * kWarps + threadIdx.x / kLanes;
  if (group >= out.groups()) return;
  const uint32_t i = group * kGroup + threadIdx.x % kLanes;
  float value = 0;
  if (i < out.cols) {
    const float* row = gate_up + static_cast<size_t>(blockIdx.y) * 2 * out.cols;
    const float gate = row[i], up = row[out.cols + i];
    value = gate / (1.0f + __expf(-gate)) * up;
  }
  StoreGroup(out, blockIdx.y, group, value);
}

struct Pair {
  float first, second;
};

/// The pair `i` of a head, rotated; `place` says where its two elements are.
__device__ Pair Rotated(const RotaryAngles& angles, size_t row, uint32_t half, uint32_t i, Pair pair) {
  const float cosine = angles.cosines[row * half + i], sine = angles.sines[row * half + i];
  return {pair.first * cosine - pair.second * sine, pair.first * sine + pair.second * cosine};
}

__global__ void RotateRow(AttentionShape shape, RopeLayout layout, RotaryAngles angles, float* qkv,
                          KvPages pages, BatchRows batch) {
  const uint32_t row = blockIdx.x, dim = shape.head_dim, half = dim / 2;
  const uint32_t position = batch.positions[row];
  const uint32_t page = batch.pages[batch.first_page[row] + position / kKvPageTokens];
  const uint32_t slot = position % kKvPageTokens;
  const bool halves = layout == RopeLayout::kHalves;
  float* heads = qkv + row * shape.stride();  // of queries, then of keys, then of values
  const float to_scores = rsqrtf(static_cast<float>(dim));
  const uint32_t pairs = (shape.heads + shape.kv_heads) * half;
  for (uint32_t n = threadIdx.x; n < pairs; n += blockDim.x) {
    const uint32_t head = n / half, i = n % half;
    const uint32_t first = halves ? i : 2 * i, second = halves ? i + half : 2 * i + 1;
    float* rotated = heads + size_t{head} * dim;
    const Pair pair = Rotated(angles, row, half, i, {rotated[first], rotated[second]});
    if (head < shape.heads) {
      rotated[first] = pair.first * to_scores;
      rotated[second] = pair.second * to_scores;
      continue;
    }
    const size_t to = pages.At(page, head - shape.heads, slot);
    const float* value = rotated + size_t{shape.kv_heads} * dim;
    pages.keys[to + first] = __float2half_rn(pair.first);
    pages.keys[to + second] = __float2half_rn(pair.second);
    pages.values[to + first] = __float2half_rn(value[first]);
    pages.values[to + second] = __float2half_rn(value[second]);
  }
}

}  // namespace

void Embed(Stream& stream, const DeviceMatrix& table, const int32_t* tokens, uint32_t rows, float* x) {
  if (rows == 0) return;
  ForType(table.type, [&]<DataType kType>() {
    stream.Launch("embed", dim3(rows), kThreads, EmbedRows<kType>, table, tokens, x);
  });
}

void NormRows(Stream& stream, const float* x, const uint32_t* rows, const float* weight, float epsilon,
              const Activations& out) {
  if (out.rows == 0) return;
  stream.Launch("norm", dim3(out.rows), kThreads, NormRow, x, rows, weight, epsilon, out);
}

void SwiGlu(Stream& stream, const float* gate_up, const Activations& out) {
  if (out.rows == 0) return;
  stream.Launch("swiglu", dim3(DivideUp(out.groups(), kWarps), out.rows), kThreads, SwiGluRow, gate_up, out);
}

void RotateAndAppend(Stream& stream, const AttentionShape& shape, RopeLayout layout,
                     const RotaryAngles& angles, float* qkv, const KvPages& pages, const BatchRows& batch) {
  if (batch.rows == 0) return;
  stream.Launch("rotate", dim3(batch.rows), kThreads, RotateRow, shape, layout, angles, qkv, pages, batch);
}

}  // namespace espalier::cuda
