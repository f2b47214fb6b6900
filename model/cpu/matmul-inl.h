// Matrix products of packed weights with quantized activations. Two ways: "direct" for up to 8 batch
// rows (decoding, verification of drafts: memory bound, weights are unpacked in registers and used at
// once), and "panel" for more (prefill: compute bound, 32 x 512 weights are unpacked to L1 and reused by
// all rows, 6 at a time).
#pragma once

#include "model/cpu/formats-inl.h"

namespace espalier {
namespace {

// Where the scales of block b of both tiles lie.
template <class V, class F>
struct BlockScales {
  const uint8_t *head[2], *scales[2];
  BlockScales(const uint8_t* unit, size_t b) {
    for (size_t t = 0; t < 2; ++t) {
      head[t] = unit + F::kLayout.head_at(b, t);
      scales[t] = unit + F::kLayout.scales_at(b, t);
    }
  }
  typename V::Float scale(int t, int half) const { return F::Scale(head[t], scales[t], half); }
  typename V::Float offset(int t) const { return F::Offset(head[t], scales[t]); }
};

// Step pairs [J0, J1) of a block times R rows: sum[r][t] += ...
template <class V, class F, int R, int J0, int J1>
inline void DirectDots(const uint8_t* vectors, const int8_t* const (&q)[R], typename V::Int (&sum)[R][2]) {
  ForEachConstant<J0, J1>([&]<int J>() {
    const StepPair<V> w0 = F::template Pair<J>(vectors),
                      w1 = F::template Pair<J>(vectors + PackLayout::kVector);
    ESPALIER_UNROLL
    for (int r = 0; r < R; ++r) {
      const auto even = V::BroadcastQuad(q[r] + 8 * J), odd = V::BroadcastQuad(q[r] + 8 * J + 4);
      sum[r][0] = V::template Dot<F::kNarrow>(sum[r][0], w0.even, even);
      sum[r][1] = V::template Dot<F::kNarrow>(sum[r][1], w1.even, even);
      sum[r][0] = V::template Dot<F::kNarrow>(sum[r][0], w0.odd, odd);
      sum[r][1] = V::template Dot<F::kNarrow>(sum[r][1], w1.odd, odd);
    }
  });
}

// acc += block b of a unit times R rows.
template <class V, class F, int R>
inline void DirectBlock(const uint8_t* unit, const QuantRows& x, size_t b, typename V::Float (&acc)[R][2]) {
  static constexpr int32_t kNothing = 0;
  constexpr int kParts = F::kMode == Mode::kHalves ? 2 : 1, kPairs = 4 / kParts;
  const uint8_t* vectors = unit + F::kLayout.vector_at(b, 0, 0);
  const BlockScales<V, F> scales(unit, b);
  const int8_t* q[R];
  ESPALIER_UNROLL
  for (int r = 0; r < R; ++r) q[r] = x.row_q(r) + b * kQuantBlock;
  ForEachConstant<0, kParts>([&]<int kPart>() {
    typename V::Int sum[R][2];
    ESPALIER_UNROLL
    for (int r = 0; r < R; ++r) {
      const int32_t* start = F::kMode == Mode::kHalves ? x.start32_half + x.at(2 * b + kPart, r)
                             : F::kMode == Mode::kZero ? x.start[F::kZero] + x.at(b, r)
                                                       : &kNothing;
      sum[r][0] = sum[r][1] = V::BroadcastInt(start);
    }
    DirectDots<V, F, R, kPart * kPairs, (kPart + 1) * kPairs>(vectors, q, sum);
    const auto s0 = scales.scale(0, kPart), s1 = scales.scale(1, kPart);
    ESPALIER_UNROLL
    for (int r = 0; r < R; ++r) {
      const auto scale = V::Broadcast(x.scale[x.at(b, r)]);
      acc[r][0] = V::Fma(V::ToFloat(sum[r][0]), V::Mul(s0, scale), acc[r][0]);
      acc[r][1] = V::Fma(V::ToFloat(sum[r][1]), V::Mul(s1, scale), acc[r][1]);
    }
  });
  if constexpr (F::kMode == Mode::kOffset) {
    const auto o0 = scales.offset(0), o1 = scales.offset(1);
    ESPALIER_UNROLL
    for (int r = 0; r < R; ++r) {
      const auto total = V::Broadcast(x.scaled_sum[x.at(b, r)]);
      acc[r][0] = V::NegFma(o0, total, acc[r][0]);
      acc[r][1] = V::NegFma(o1, total, acc[r][1]);
    }
  }
}

// Calls f.operator()<N>() for N == n.
template <int kMax, class Callable>
inline void WithConstant(size_t n, Callable&& f) {
  if constexpr (kMax > 0) {
    if (n == kMax) return f.template operator()<kMax>();
    WithConstant<kMax - 1>(n, f);
  }
}

/// With more rows than this there is so much to compute for each weight that the processor does not run
/// ahead far enough by itself; with fewer, its own prefetchers alone are faster.
constexpr int kMaxRowsWithoutPrefetch = 1;

/// Fetches what a direct kernel will read soon. Distances and cache levels as measured to be best on Zen 4.
template <class F>
inline void PrefetchAhead(const uint8_t* block) {
  constexpr bool kSuperBlocks = F::kLayout.head_bytes > 0;
  constexpr size_t kDistance = kSuperBlocks ? 4096 : 8192;
  for (size_t line = 0; line < F::kLayout.block_bytes(); line += 64) {
    __builtin_prefetch(block + kDistance + line, /*rw=*/0, /*locality=*/kSuperBlocks ? 3 : 2);
  }
}

template <class V, class F, int R>
void DirectRows(const uint8_t* unit, const QuantRows& x, float* out) {
  typename V::Float acc[R][2];
  for (auto& row : acc) row[0] = row[1] = V::Zero();
  for (size_t b = 0; b < x.blocks; ++b) {
    if constexpr (R > kMaxRowsWithoutPrefetch) PrefetchAhead<F>(unit + F::kLayout.scales_at(b, 0));
    DirectBlock<V, F, R>(unit, x, b, acc);
  }
  ESPALIER_UNROLL
  for (int r = 0; r < R; ++r) {
    V::Store(out + r * kUnitRows, acc[r][0]);
    V::Store(out + r * kUnitRows + kTileRows, acc[r][1]);
  }
}

// Unpacks `blocks` blocks from `first` of both tiles of a unit.
template <class V, class F>
void UnpackPanel(const uint8_t* unit, size_t first, size_t blocks, PanelScratch& panel) {
  for (size_t b = 0; b < blocks; ++b) {
    const BlockScales<V, F> scales(unit, first + b);
    ESPALIER_UNROLL
    for (int t = 0; t < 2; ++t) {
      const uint8_t* vectors = unit + F::kLayout.vector_at(first + b, 0, t);
      uint8_t* out = panel.quants + (b * 16 + t) * 64;
      ForEachConstant<0, 4>([&]<int J>() {
        const StepPair<V> w = F::template Pair<J>(vectors);
        V::StoreBytes(out + 4 * J * 64, w.even);
        V::StoreBytes(out + (4 * J + 2) * 64, w.odd);
      });
      V::Store(panel.scales[b][t][0], scales.scale(t, 0));
      if constexpr (F::kMode == Mode::kHalves) V::Store(panel.scales[b][t][1], scales.scale(t, 1));
      if constexpr (F::kMode == Mode::kOffset) V::Store(panel.offsets[b][t], scales.offset(t));
    }
  }
}

// Where R consecutive batch rows keep what a panel kernel reads, from block `first` on.
template <int R>
struct RowPointers {
  const int8_t* q[R];
  const float* scale;  // block b, row r: [b * stride + r]
  const float* scaled_sum;
  const int32_t* start;  // two entries of `stride` a block with Mode::kHalves
  size_t stride;
};

template <class F, int R>
RowPointers<R> PointersOf(const QuantRows& x, size_t row0, size_t first) {
  RowPointers<R> p;
  for (int r = 0; r < R; ++r) p.q[r] = x.row_q(row0 + r) + first * kQuantBlock;
  p.scale = x.scale + x.at(first, row0);
  p.scaled_sum = x.scaled_sum + x.at(first, row0);
  p.start = F::kMode == Mode::kHalves ? x.start32_half + x.at(2 * first, row0)
            : F::kMode == Mode::kZero ? x.start[F::kZero] + x.at(first, row0)
                                      : nullptr;
  p.stride = x.rows;
  return p;
}

// K-steps [j0, j1) of block b for R rows and both tiles.
template <class V, class F, int R>
inline void PanelDots(const uint8_t* quants, const RowPointers<R>& p, size_t b, int j0, int j1,
                      typename V::Int (&sum)[R][2]) {
  ESPALIER_UNROLL
  for (int j = j0; j < j1; ++j) {
    const auto w0 = V::LoadBytes(quants + (b * 16 + 2 * j) * 64);
    const auto w1 = V::LoadBytes(quants + (b * 16 + 2 * j + 1) * 64);
    ESPALIER_UNROLL
    for (int r = 0; r < R; ++r) {
      const auto q = V::BroadcastQuad(p.q[r] + b * kQuantBlock + 4 * j);
      sum[r][0] = V::template Dot<F::kNarrow>(sum[r][0], w0, q);
      sum[r][1] = V::template Dot<F::kNarrow>(sum[r][1], w1, q);
    }
  }
}

template <class V, class F, int R>
inline void PanelBlock(const PanelScratch& panel, const RowPointers<R>& p, size_t b,
                       typename V::Float (&acc)[R][2]) {
  static constexpr int32_t kNothing = 0;
  constexpr int kParts = F::kMode == Mode::kHalves ? 2 : 1;
  ESPALIER_UNROLL
  for (int part = 0; part < kParts; ++part) {
    typename V::Int sum[R][2];
    ESPALIER_UNROLL
    for (int r = 0; r < R; ++r) {
      sum[r][0] = sum[r][1] = V::BroadcastInt(
          F::kMode == Mode::kOffset ? &kNothing : p.start + (b * kParts + part) * p.stride + r);
    }
    PanelDots<V, F, R>(panel.quants, p, b, part * 8 / kParts, (part + 1) * 8 / kParts, sum);
    const auto s0 = V::Load(panel.scales[b][0][part]), s1 = V::Load(panel.scales[b][1][part]);
    ESPALIER_UNROLL
    for (int r = 0; r < R; ++r) {
      const auto scale = V::Broadcast(p.scale[b * p.stride + r]);
      acc[r][0] = V::Fma(V::ToFloat(sum[r][0]), V::Mul(s0, scale), acc[r][0]);
      acc[r][1] = V::Fma(V::ToFloat(sum[r][1]), V::Mul(s1, scale), acc[r][1]);
    }
  }
  if constexpr (F::kMode == Mode::kOffset) {
    const auto o0 = V::Load(panel.offsets[b][0]), o1 = V::Load(panel.offsets[b][1]);
    ESPALIER_UNROLL
    for (int r = 0; r < R; ++r) {
      const auto total = V::Broadcast(p.scaled_sum[b * p.stride + r]);
      acc[r][0] = V::NegFma(o0, total, acc[r][0]);
      acc[r][1] = V::NegFma(o1, total, acc[r][1]);
    }
  }
}

template <class V, class F, int R>
void PanelRows(const PanelScratch& panel, size_t first, size_t blocks, const QuantRows& x, size_t row0,
               float* out) {
  const RowPointers<R> p = PointersOf<F, R>(x, row0, first);
  typename V::Float acc[R][2];
  ESPALIER_UNROLL
  for (int r = 0; r < R; ++r) {
    acc[r][0] = first == 0 ? V::Zero() : V::Load(out + r * kUnitRows);
    acc[r][1] = first == 0 ? V::Zero() : V::Load(out + r * kUnitRows + kTileRows);
  }
  for (size_t b = 0; b < blocks; ++b) PanelBlock<V, F, R>(panel, p, b, acc);
  ESPALIER_UNROLL
  for (int r = 0; r < R; ++r) {
    V::Store(out + r * kUnitRows, acc[r][0]);
    V::Store(out + r * kUnitRows + kTileRows, acc[r][1]);
  }
}

template <class V, class F>
void PanelUnit(const PackedMatrix& w, size_t unit, const QuantRows& x, PanelScratch& panel, float* out) {
  for (size_t first = 0; first < w.blocks(); first += kPanelBlocks) {
    const size_t blocks = w.blocks() - first < kPanelBlocks ? w.blocks() - first : kPanelBlocks;
    UnpackPanel<V, F>(w.unit(unit), first, blocks, panel);
    for (size_t r = 0; r < x.rows; r += V::kGemmRows) {
      const size_t count = x.rows - r < V::kGemmRows ? x.rows - r : V::kGemmRows;
      WithConstant<V::kGemmRows>(
          count, [&]<int R>() { PanelRows<V, F, R>(panel, first, blocks, x, r, out + r * kUnitRows); });
    }
  }
}

template <class V, class F>
void QuantizedUnit(const PackedMatrix& w, size_t unit, const QuantRows& x, PanelScratch& panel, float* out) {
  if (x.rows > kDirectRows) return PanelUnit<V, F>(w, unit, x, panel, out);
  WithConstant<static_cast<int>(kDirectRows)>(x.rows,
                                              [&]<int R>() { DirectRows<V, F, R>(w.unit(unit), x, out); });
}

// Weights in floating point: no quantization of activations either.
template <class V, PackFormat kFormat>
inline typename V::Float LoadWeights(const uint8_t* unit, size_t element) {
  if constexpr (kFormat == PackFormat::kF16) return V::LoadHalf(unit + element * 2);
  if constexpr (kFormat == PackFormat::kBF16) return V::LoadBfloat(unit + element * 2);
  return V::Load(reinterpret_cast<const float*>(unit) + element);
}

template <class V, PackFormat kFormat, int R>
void FloatRows(const uint8_t* unit, const QuantRows& x, size_t row0, float* out) {
  typename V::Float acc[R][2];
  for (auto& row : acc) row[0] = row[1] = V::Zero();
  for (size_t k = 0; k < x.cols; ++k) {
    const auto w0 = LoadWeights<V, kFormat>(unit, k * kUnitRows);
    const auto w1 = LoadWeights<V, kFormat>(unit, k * kUnitRows + kTileRows);
    ESPALIER_UNROLL
    for (int r = 0; r < R; ++r) {
      const auto value = V::Broadcast(x.x[(row0 + r) * x.cols + k]);
      acc[r][0] = V::Fma(w0, value, acc[r][0]);
      acc[r][1] = V::Fma(w1, value, acc[r][1]);
    }
  }
  ESPALIER_UNROLL
  for (int r = 0; r < R; ++r) {
    V::Store(out + r * kUnitRows, acc[r][0]);
    V::Store(out + r * kUnitRows + kTileRows, acc[r][1]);
  }
}

template <class V, PackFormat kFormat>
void FloatUnit(const PackedMatrix& w, size_t unit, const QuantRows& x, float* out) {
  constexpr int kRows = 4;
  for (size_t r = 0; r < x.rows; r += kRows) {
    WithConstant<kRows>(x.rows - r < kRows ? x.rows - r : kRows,
                        [&]<int R>() { FloatRows<V, kFormat, R>(w.unit(unit), x, r, out + r * kUnitRows); });
  }
}

template <class V>
void MatmulUnit(const PackedMatrix& w, size_t unit, const QuantRows& x, PanelScratch& panel, float* out) {
  switch (w.format()) {
    case PackFormat::kQ4:
      return QuantizedUnit<V, FormatQ4<V>>(w, unit, x, panel, out);
    case PackFormat::kQ5:
      return QuantizedUnit<V, FormatQ5<V>>(w, unit, x, panel, out);
    case PackFormat::kQ5_1:
      return QuantizedUnit<V, FormatQ5_1<V>>(w, unit, x, panel, out);
    case PackFormat::kQ8:
      return QuantizedUnit<V, FormatQ8<V>>(w, unit, x, panel, out);
    case PackFormat::kQ4K:
      return QuantizedUnit<V, FormatQ4K<V>>(w, unit, x, panel, out);
    case PackFormat::kQ5K:
      return QuantizedUnit<V, FormatQ5K<V>>(w, unit, x, panel, out);
    case PackFormat::kQ6K:
      return QuantizedUnit<V, FormatQ6K<V>>(w, unit, x, panel, out);
    case PackFormat::kF16:
      return FloatUnit<V, PackFormat::kF16>(w, unit, x, out);
    case PackFormat::kBF16:
      return FloatUnit<V, PackFormat::kBF16>(w, unit, x, out);
    case PackFormat::kF32:
      return FloatUnit<V, PackFormat::kF32>(w, unit, x, out);
  }
}

}  // namespace
}  // namespace espalier
