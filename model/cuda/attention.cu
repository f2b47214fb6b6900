// Rows one by one (attention_tiles.cu has many of a sequence). A block takes one row, the query heads of one
// key/value head, and a range of keys; its warps take keys in turn and keep a running softmax (Milakov and
// Gimelshein 2018), which is then merged over warps and, by a second kernel, over ranges (flash decoding).
// Floor: bytes of keys and values over the bandwidth.
#include <algorithm>
#include <cmath>

#include "model/cuda/attention.cuh"

namespace espalier::cuda {
namespace {

constexpr uint32_t kWarps = 4;
constexpr uint32_t kMostHeads = 8;  // of a block
constexpr uint32_t kMostDim = 256;
constexpr uint32_t kLeastRange = 64;  // keys: a shorter range costs more to merge than it gains

/// Where the partial result of a head and a range lies: largest score, sum of weights, weighted values.
struct Partials {
  float* data;
  uint32_t heads, ranges, head_dim;

  __device__ float* At(size_t row, uint32_t head, uint32_t range) const {
    return data + ((row * heads + head) * ranges + range) * (head_dim + 2);
  }
};

struct KeyRange {
  uint32_t begin, end;
};
__device__ KeyRange RangeOf(uint32_t visible, uint32_t range, uint32_t ranges) {
  const uint32_t width = (visible + ranges - 1) / ranges;
  return {std::min(range * width, visible), std::min((range + 1) * width, visible)};
}

/// A warp's running softmax of kHeads heads; lane l has the elements l, l + 32, ... of each vector.
template <int kHeads, int kParts>
struct Running {
  float largest[kHeads], sum[kHeads], values[kHeads][kParts];

  __device__ void Clear() {
    for (int h = 0; h < kHeads; ++h) {
      largest[h] = -INFINITY;
      sum[h] = 0;
      for (int p = 0; p < kParts; ++p) values[h][p] = 0;
    }
  }
  __device__ void Add(int h, float score, const float (&value)[kParts]) {
    const float top = fmaxf(largest[h], score);
    const float keep = __expf(largest[h] - top), weight = __expf(score - top);
    largest[h] = top;
    sum[h] = sum[h] * keep + weight;
    for (int p = 0; p < kParts; ++p) values[h][p] = values[h][p] * keep + weight * value[p];
  }
};

template <int kParts>
__device__ void LoadVector(const __half* from, uint32_t dim, float (&out)[kParts]) {
  for (int p = 0; p < kParts; ++p) {
    const uint32_t i = threadIdx.x % kLanes + kLanes * static_cast<uint32_t>(p);
    out[p] = i < dim ? __half2float(from[i]) : 0.0f;
  }
}

/// Results of a block's warps, to be merged.
struct Shared {
  float largest[kWarps][kMostHeads], sum[kWarps][kMostHeads], values[kWarps][kMostHeads][kMostDim];
};

__device__ void MergeWarps(const Shared& shared, uint32_t h, uint32_t dim, float* out) {
  float top = -INFINITY, sum = 0;
  for (uint32_t w = 0; w < kWarps; ++w) top = fmaxf(top, shared.largest[w][h]);
  const bool empty = top == -INFINITY;
  for (uint32_t w = 0; w < kWarps; ++w)
    sum += empty ? 0.0f : shared.sum[w][h] * __expf(shared.largest[w][h] - top);
  for (uint32_t i = threadIdx.x % kLanes; i < dim; i += kLanes) {
    float value = 0;
    for (uint32_t w = 0; w < kWarps; ++w) {
      value += empty ? 0.0f : shared.values[w][h][i] * __expf(shared.largest[w][h] - top);
    }
    out[2 + i] = value;
  }
  if (threadIdx.x % kLanes != 0) return;
  out[0] = top;
  out[1] = sum;
}

template <int kHeads, int kParts>
__global__ void __launch_bounds__(kWarps* kLanes)
    AttendRange(AttentionShape shape, const float* q, KvPages pages, BatchRows batch, Partials partials) {
  const uint32_t row = batch.single[blockIdx.x], dim = shape.head_dim, warp = threadIdx.x / kLanes;
  const uint32_t chunks = (shape.group() + kHeads - 1) / kHeads;  // of a key/value head's query heads
  const uint32_t kv_head = blockIdx.y / chunks, first = blockIdx.y % chunks * kHeads;
  const uint32_t heads = std::min<uint32_t>(kHeads, shape.group() - first);
  const uint32_t first_head = kv_head * shape.group() + first;
  float query[kHeads][kParts];
  for (uint32_t h = 0; h < kHeads; ++h) {
    for (uint32_t p = 0; p < kParts; ++p) {
      const uint32_t i = threadIdx.x % kLanes + kLanes * p;
      const size_t at = row * shape.stride() + size_t{first_head + std::min(h, heads - 1)} * dim;
      query[h][p] = i < dim ? q[at + i] : 0.0f;
    }
  }
  Running<kHeads, kParts> running;
  running.Clear();
  const KeyRange range = RangeOf(batch.positions[row] + 1, blockIdx.z, partials.ranges);
  const uint32_t* table = batch.pages + batch.first_page[row];
  for (uint32_t t = range.begin + warp; t < range.end; t += kWarps) {
    const size_t at = pages.At(table[t / kKvPageTokens], kv_head, t % kKvPageTokens);
    float key[kParts], value[kParts];
    LoadVector(pages.keys + at, dim, key);
    LoadVector(pages.values + at, dim, value);
    for (int h = 0; h < kHeads; ++h) {
      float score = 0;
      for (int p = 0; p < kParts; ++p) score += query[h][p] * key[p];
      running.Add(h, WarpSum(score), value);
    }
  }
  __shared__ Shared shared;
  for (uint32_t h = 0; h < heads; ++h) {
    shared.largest[warp][h] = running.largest[h];
    shared.sum[warp][h] = running.sum[h];
    for (uint32_t p = 0; p < kParts; ++p) {
      const uint32_t i = threadIdx.x % kLanes + kLanes * p;
      if (i < dim) shared.values[warp][h][i] = running.values[h][p];
    }
  }
  __syncthreads();
  for (uint32_t h = warp; h < heads; h += kWarps) {
    MergeWarps(shared, h, dim, partials.At(blockIdx.x, first_head + h, blockIdx.z));
  }
}

__global__ void MergeRanges(Partials partials, const uint32_t* single, Activations out) {
  const uint32_t group = blockIdx.x * kWarps + threadIdx.x / kLanes, row = blockIdx.y;
  if (group >= out.groups()) return;
  const uint32_t column = group * kGroup + threadIdx.x % kLanes;
  float value = 0;
  if (column < out.cols) {
    const uint32_t head = column / partials.head_dim, i = column % partials.head_dim;
    float top = -INFINITY, sum = 0;
    for (uint32_t r = 0; r < partials.ranges; ++r) top = fmaxf(top, partials.At(row, head, r)[0]);
    for (uint32_t r = 0; r < partials.ranges; ++r) {
      const float* part = partials.At(row, head, r);
      const float weight = __expf(part[0] - top);
      sum += part[1] * weight;
      value += part[2 + i] * weight;
    }
    value /= sum;
  }
  StoreGroup(out, single[row], group, value);
}

/// Rows of tiles, whose values are there, in all forms.
__global__ void StoreTileRows(const RowTile* tiles, Activations out) {
  const RowTile tile = tiles[blockIdx.y];
  const uint32_t group = blockIdx.x * kWarps + threadIdx.x / kLanes;
  if (group >= out.groups()) return;
  for (uint32_t row = tile.first; row < tile.first + tile.rows; ++row) {
    StoreGroup(out, row, group,
               out.x[static_cast<size_t>(row) * out.stride + group * kGroup + threadIdx.x % kLanes]);
  }
}

struct Call {
  Stream& stream;
  const AttentionShape& shape;
  const float* q;
  const KvPages& pages;
  const BatchRows& batch;
  Partials partials;

  template <int kHeads, int kParts>
  void Launch() const {
    const dim3 grid(batch.singles, shape.kv_heads * DivideUp(shape.group(), kHeads), partials.ranges);
    stream.Launch("attention", grid, kWarps * kLanes, AttendRange<kHeads, kParts>, shape, q, pages, batch,
                  partials);
  }
  template <int kParts>
  void LaunchFor() const {
    if (shape.group() == 1) return Launch<1, kParts>();
    if (shape.group() == 2) return Launch<2, kParts>();
    if (shape.group() <= 4) return Launch<4, kParts>();
    Launch<kMostHeads, kParts>();
  }
};

}  // namespace

uint32_t KeyRanges(const AttentionShape& shape, uint32_t rows, uint32_t longest, int processors) {
  const uint32_t blocks = std::max(1u, rows * shape.kv_heads * DivideUp(shape.group(), kMostHeads));
  const uint32_t wanted = 2 * static_cast<uint32_t>(processors) / blocks;
  return std::clamp(wanted, 1u, std::max(1u, longest / kLeastRange));
}

size_t PartialFloats(const AttentionShape& shape, uint32_t rows, uint32_t ranges) {
  return static_cast<size_t>(rows) * shape.heads * ranges * (shape.head_dim + 2);
}

void Attend(Stream& stream, const AttentionShape& shape, const float* q, const KvPages& pages,
            const BatchRows& batch, uint32_t ranges, float* partials, const Activations& out) {
  if (batch.tiles > 0) {
    AttendTiles(stream, shape, q, pages, batch, out);
    stream.Launch("store", dim3(DivideUp(out.groups(), kWarps), batch.tiles), kWarps * kLanes, StoreTileRows,
                  batch.tile, out);
  }
  if (batch.singles == 0) return;
  const Call call = {stream, shape, q, pages, batch, {partials, shape.heads, ranges, shape.head_dim}};
  if (shape.head_dim <= 32) {
    call.LaunchFor<1>();
  } else if (shape.head_dim <= 64) {
    call.LaunchFor<2>();
  } else if (shape.head_dim <= 128) {
    call.LaunchFor<4>();
  } else {
    call.LaunchFor<8>();
  }
  stream.Launch("merge", dim3(DivideUp(out.groups(), kWarps), batch.singles), kWarps * kLanes, MergeRanges,
                call.partials, batch.single, out);
}

}  // namespace espalier::cuda
