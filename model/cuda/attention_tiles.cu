// Many rows of a sequence, on tensor cores (FlashAttention-2, Dao 2023): a warp has 16 queries of one head in
// registers and goes through the pages of keys and values, whose 16 positions are its tiles' other side.
#include <cmath>

#include "model/cuda/attention.cuh"
#include "model/cuda/mma.cuh"

namespace espalier::cuda {
namespace {

constexpr uint32_t kWarps = 4;
constexpr uint32_t kWarpRows = 16;
static_assert(kWarps * kWarpRows == kTileRows && kKvPageTokens == 16);

/// What a lane has: rows `g` and `g + 8` of its warp's 16, in each tile of 8 columns the columns 2t and 2t
/// + 1.
struct LanePlace {
  uint32_t g, t;
};
__device__ LanePlace PlaceOf() { return {threadIdx.x % kLanes / 4, threadIdx.x % 4}; }

__device__ uint32_t LoadWord(const __half* from) { return *reinterpret_cast<const uint32_t*>(from); }
__device__ uint32_t Join(__half first, __half second) {
  const __half2 pair = {first, second};
  uint32_t word;
  memcpy(&word, &pair, sizeof(word));
  return word;
}

/// The four lanes that share a row.
__device__ float RowMax(float value) {
  value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, 1));
  return fmaxf(value, __shfl_xor_sync(kAllLanes, value, 2));
}
__device__ float RowSum(float value) {
  value += __shfl_xor_sync(kAllLanes, value, 1);
  return value + __shfl_xor_sync(kAllLanes, value, 2);
}

/// 16 queries against the pages; kSteps: head_dim / 16.
template <int kSteps>
struct QueryTile {
  uint32_t query[kSteps][4];
  float values[2 * kSteps][4];  // tiles of 8 elements of the head
  float largest[2], sum[2];     // of the lane's two rows

  /// Rows behind the last are 0.
  __device__ void Load(const float* q, size_t stride, uint32_t rows) {
    const LanePlace at = PlaceOf();
    for (int step = 0; step < kSteps; ++step) {
      for (uint32_t part = 0; part < 4; ++part) {
        const uint32_t row = at.g + 8 * (part % 2),
                       column = 16 * static_cast<uint32_t>(step) + 2 * at.t + 8 * (part / 2);
        const float* from = q + row * stride + column;
        query[step][part] = row < rows ? PackHalves(from[0], from[1]) : 0u;
      }
    }
    for (auto& tile : values) {
      for (float& value : tile) value = 0;
    }
    largest[0] = largest[1] = -INFINITY;
    sum[0] = sum[1] = 0;
  }

  /// `position` of the lane's rows decides what they see; `first_key` is the page's first position.
  __device__ void AddPage(const __half* keys, const __half* page_values, uint32_t first_key,
                          const uint32_t (&position)[2]) {
    constexpr uint32_t kDim = 16 * kSteps;
    const LanePlace at = PlaceOf();
    float scores[2][4] = {};
    for (uint32_t tile = 0; tile < 2; ++tile) {
      const __half* key = keys + (8 * tile + at.g) * kDim + 2 * at.t;
      for (int step = 0; step < kSteps; ++step) {
        MultiplyTile(scores[tile], query[step], LoadWord(key + 16 * step), LoadWord(key + 16 * step + 8));
      }
    }
    Weigh(scores, first_key, position);
    const uint32_t weights[4] = {
        PackHalves(scores[0][0], scores[0][1]), PackHalves(scores[0][2], scores[0][3]),
        PackHalves(scores[1][0], scores[1][1]), PackHalves(scores[1][2], scores[1][3])};
    for (uint32_t tile = 0; tile < 2 * kSteps; ++tile) {
      const __half* value = page_values + 2 * at.t * kDim + 8 * tile + at.g;
      MultiplyTile(values[tile], weights, Join(value[0], value[kDim]),
                   Join(value[8 * kDim], value[9 * kDim]));
    }
  }

  /// Scores become weights, and what is there already is scaled to the new largest score.
  __device__ void Weigh(float (&scores)[2][4], uint32_t first_key, const uint32_t (&position)[2]) {
    const LanePlace at = PlaceOf();
    for (uint32_t row = 0; row < 2; ++row) {
      float top = largest[row];
      for (uint32_t tile = 0; tile < 2; ++tile) {
        for (uint32_t column = 0; column < 2; ++column) {
          float& score = scores[tile][2 * row + column];
          if (first_key + 8 * tile + 2 * at.t + column > position[row]) score = -INFINITY;
          top = fmaxf(top, score);
        }
      }
      top = RowMax(top);
      const float base = top == -INFINITY ? 0.0f : top, keep = __expf(largest[row] - base);
      float added = 0;
      for (uint32_t tile = 0; tile < 2; ++tile) {
        for (uint32_t column = 0; column < 2; ++column) {
          float& score = scores[tile][2 * row + column];
          score = __expf(score - base);
          added += score;
        }
      }
      largest[row] = top;
      sum[row] = sum[row] * keep + RowSum(added);
      for (auto& tile : values) {
        tile[2 * row] *= keep;
        tile[2 * row + 1] *= keep;
      }
    }
  }

  __device__ void Store(float* out, size_t stride, uint32_t rows) const {
    const LanePlace at = PlaceOf();
    for (uint32_t row = 0; row < 2; ++row) {
      const uint32_t r = at.g + 8 * row;
      if (r >= rows) continue;
      for (uint32_t tile = 0; tile < 2 * kSteps; ++tile) {
        float* to = out + r * stride + 8 * tile + 2 * at.t;
        to[0] = values[tile][2 * row] / sum[row];
        to[1] = values[tile][2 * row + 1] / sum[row];
      }
    }
  }
};

template <int kSteps>
__global__ void __launch_bounds__(kWarps* kLanes)
    AttendTile(AttentionShape shape, const float* q, KvPages pages, BatchRows batch, Activations out) {
  const RowTile tile = batch.tile[blockIdx.x];
  const uint32_t skipped = threadIdx.x / kLanes * kWarpRows;
  if (skipped >= tile.rows) return;
  const uint32_t first = tile.first + skipped,
                 rows = tile.rows - skipped < kWarpRows ? tile.rows - skipped : kWarpRows;
  const uint32_t head = blockIdx.y, kv_head = head / shape.group();
  const size_t column = static_cast<size_t>(head) * shape.head_dim;
  QueryTile<kSteps> queries;
  queries.Load(q + first * shape.stride() + column, shape.stride(), rows);
  // Rows behind the last see as much as the last.
  const uint32_t start = batch.positions[first];
  const LanePlace at = PlaceOf();
  const auto position_of = [&](uint32_t row) { return start + (row < rows ? row : rows - 1); };
  const uint32_t position[2] = {position_of(at.g), position_of(at.g + 8)};
  const uint32_t* table = batch.pages + batch.first_page[first];
  const uint32_t last_page = (start + rows - 1) / kKvPageTokens;
  for (uint32_t page = 0; page <= last_page; ++page) {
    const size_t from = pages.At(table[page], kv_head, 0);
    queries.AddPage(pages.keys + from, pages.values + from, page * kKvPageTokens, position);
  }
  queries.Store(out.x + static_cast<size_t>(first) * out.stride + column, out.stride, rows);
}

}  // namespace

void AttendTiles(Stream& stream, const AttentionShape& shape, const float* q, const KvPages& pages,
                 const BatchRows& batch, const Activations& out) {
  const auto launch = [&](auto kernel) {
    stream.Launch("tiled attention", dim3(batch.tiles, shape.heads), kWarps * kLanes, kernel, shape, q, pages,
                  batch, out);
  };
  if (shape.head_dim == 32) return launch(AttendTile<2>);
  if (shape.head_dim == 64) return launch(AttendTile<4>);
  if (shape.head_dim == 96) return launch(AttendTile<6>);
  launch(AttendTile<8>);
}

}  // namespace espalier::cuda
