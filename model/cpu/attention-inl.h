// Attention over paged keys and values with the online softmax (Milakov and Gimelshein 2018; tiled as
// in FlashAttention, Dao et al. 2022). Several query vectors that share a key/value head go through the
// keys together, so that a page is converted to float once for all of them.
#pragma once

#include "model/cpu/elementwise-inl.h"
#include "model/cpu/kernels.h"
#include "model/cpu/matmul-inl.h"  // WithConstant

namespace espalier {
namespace {

inline constexpr uint32_t kAttentionBlock = 8 * kKvPageTokens;  ///< keys between two softmax updates
inline constexpr float kMasked = -1e30f;

// The parts of a page that belong to one head.
struct PageView {
  const std::byte* data;
  const float* scales;  // Q8: [kKvPageTokens]
};

inline PageView ViewPage(const AttentionTask& t, const std::byte* base, uint32_t page) {
  const std::byte* start = base + t.page_stride * t.pages[page];
  const size_t elements = static_cast<size_t>(t.head_dim) * kKvPageTokens;
  if (t.type == KvType::kF16) return {start + t.kv_head * elements * 2, nullptr};
  const auto* scales = reinterpret_cast<const float*>(start + t.n_kv_heads * elements);
  return {start + t.kv_head * elements, scales + t.kv_head * kKvPageTokens};
}

template <class V, bool kQ8>
inline typename V::Float LoadElements(const std::byte* data, size_t index) {
  if constexpr (kQ8) return V::LoadS8(data + index);
  return V::LoadHalf(data + 2 * index);
}

// scores[n][16] = queries . keys of one page
template <class V, int N, bool kQ8>
inline void ScorePage(const AttentionTask& t, uint32_t first, uint32_t page, float (*scores)[kAttentionBlock],
                      uint32_t column) {
  const PageView keys = ViewPage(t, t.keys, page);
  const float* q[N];
  ESPALIER_UNROLL
  for (int n = 0; n < N; ++n) q[n] = t.queries[first + n];
  typename V::Float acc[N];
  for (auto& a : acc) a = V::Zero();
  for (uint32_t d = 0; d < t.head_dim; ++d) {
    const auto key = LoadElements<V, kQ8>(keys.data, static_cast<size_t>(d) * kKvPageTokens);
    ESPALIER_UNROLL
    for (int n = 0; n < N; ++n) acc[n] = V::Fma(key, V::Broadcast(q[n][d]), acc[n]);
  }
  ESPALIER_UNROLL
  for (int n = 0; n < N; ++n) {
    if constexpr (kQ8) acc[n] = V::Mul(acc[n], V::Load(keys.scales));
    const uint32_t start = page * kKvPageTokens, visible = t.visible[first + n];
    if (visible < start + kKvPageTokens) {
      acc[n] = V::KeepFirst(acc[n], visible > start ? visible - start : 0, kMasked);
    }
    V::Store(scores[n] + column, acc[n]);
  }
}

// Turns scores into weights exp(score - max) and rescales what was accumulated under the old maximum.
template <class V>
inline void UpdateSoftmax(const AttentionTask& t, uint32_t vector, float* scores, uint32_t count) {
  auto best = V::Broadcast(t.max[vector]);
  for (uint32_t i = 0; i < count; i += 16) best = V::Max(best, V::Load(scores + i));
  const float new_max = V::ReduceMax(best);
  auto total = V::Zero();
  const auto shift = V::Broadcast(new_max);
  for (uint32_t i = 0; i < count; i += 16) {
    const auto weight = Exp<V>(V::Sub(V::Load(scores + i), shift));
    total = V::Add(total, weight);
    V::Store(scores + i, weight);
  }
  float factor[16];
  V::Store(factor, Exp<V>(V::Broadcast(t.max[vector] - new_max)));
  t.sum[vector] = t.sum[vector] * factor[0] + V::ReduceAdd(total);
  t.max[vector] = new_max;
  const auto scale = V::Broadcast(factor[0]);
  float* out = t.out + static_cast<size_t>(vector) * t.head_dim;
  for (uint32_t d = 0; d < t.head_dim; d += 16) V::Store(out + d, V::Mul(V::Load(out + d), scale));
}

// out[n][d .. d + 16 C) += sum over the page's tokens of weight * value
template <class V, int N, int C, bool kQ8>
inline void AddValues(const AttentionTask& t, uint32_t first, uint32_t page_begin, uint32_t pages, uint32_t d,
                      const float (*weights)[kAttentionBlock]) {
  typename V::Float acc[N][C];
  ESPALIER_UNROLL
  for (int n = 0; n < N; ++n) {
    ESPALIER_UNROLL
    for (int c = 0; c < C; ++c) acc[n][c] = V::Load(t.out + (first + n) * size_t{t.head_dim} + d + 16 * c);
  }
  for (uint32_t p = 0; p < pages; ++p) {
    const PageView values = ViewPage(t, t.values, page_begin + p);
    for (uint32_t token = 0; token < kKvPageTokens; ++token) {
      typename V::Float value[C];
      ESPALIER_UNROLL
      for (int c = 0; c < C; ++c) {
        value[c] = LoadElements<V, kQ8>(values.data, static_cast<size_t>(token) * t.head_dim + d + 16 * c);
        if constexpr (kQ8) value[c] = V::Mul(value[c], V::Broadcast(values.scales[token]));
      }
      ESPALIER_UNROLL
      for (int n = 0; n < N; ++n) {
        const auto weight = V::Broadcast(weights[n][p * kKvPageTokens + token]);
        ESPALIER_UNROLL
        for (int c = 0; c < C; ++c) acc[n][c] = V::Fma(weight, value[c], acc[n][c]);
      }
    }
  }
  ESPALIER_UNROLL
  for (int n = 0; n < N; ++n) {
    ESPALIER_UNROLL
    for (int c = 0; c < C; ++c) V::Store(t.out + (first + n) * size_t{t.head_dim} + d + 16 * c, acc[n][c]);
  }
}

template <class V, int N, bool kQ8>
void AttendVectors(const AttentionTask& t, uint32_t first) {
  constexpr int C = V::kValueChunks;
  alignas(64) float scores[N][kAttentionBlock];
  uint32_t key_end = 0;
  ESPALIER_UNROLL
  for (int n = 0; n < N; ++n) key_end = t.visible[first + n] > key_end ? t.visible[first + n] : key_end;
  key_end = key_end < t.key_end ? key_end : t.key_end;
  for (uint32_t begin = t.key_begin; begin < key_end; begin += kAttentionBlock) {
    const uint32_t left = (key_end - begin + kKvPageTokens - 1) / kKvPageTokens;
    const uint32_t pages = left < kAttentionBlock / kKvPageTokens ? left : kAttentionBlock / kKvPageTokens;
    const uint32_t page = begin / kKvPageTokens;
    for (uint32_t p = 0; p < pages; ++p) ScorePage<V, N, kQ8>(t, first, page + p, scores, p * kKvPageTokens);
    ESPALIER_UNROLL
    for (int n = 0; n < N; ++n) UpdateSoftmax<V>(t, first + n, scores[n], pages * kKvPageTokens);
    uint32_t d = 0;
    for (; d + 16 * C <= t.head_dim; d += 16 * C) AddValues<V, N, C, kQ8>(t, first, page, pages, d, scores);
    for (; d < t.head_dim; d += 16) AddValues<V, N, 1, kQ8>(t, first, page, pages, d, scores);
  }
}

template <class V>
void Attend(const AttentionTask& t) {
  for (uint32_t v = 0; v < t.vectors; ++v) {
    t.max[v] = kMasked;
    t.sum[v] = 0;
    for (uint32_t d = 0; d < t.head_dim; ++d) t.out[static_cast<size_t>(v) * t.head_dim + d] = 0;
  }
  for (uint32_t v = 0; v < t.vectors; v += V::kAttentionVectors) {
    const uint32_t count = t.vectors - v < V::kAttentionVectors ? t.vectors - v : V::kAttentionVectors;
    WithConstant<V::kAttentionVectors>(count, [&]<int N>() {
      if (t.type == KvType::kF16) return AttendVectors<V, N, false>(t, v);
      AttendVectors<V, N, true>(t, v);
    });
  }
}

}  // namespace
}  // namespace espalier
