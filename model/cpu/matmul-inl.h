// Matrix products of packed weights with quantized activations. Two ways: "direct" for up to 8 batch
// rows (decoding, verification of drafts: memory bound, weights are unpacked in registers and used at
// once), and "panel" for more (prefill: compute bound, 32 x 512 weights are unpacked to L1 and reused by
// all rows, 6 at a time).
#pragma once

#include "model/cpu/formats-inl.h"

namespace espalier {
namespace {

// One block of one tile times R rows, added to acc.
template <class V, class F, int R>
inline void DirectBlock(const uint8_t* quants, const uint8_t* scales, size_t b, const QuantRows& x,
                        typename V::Float (&acc)[R]) {
  typename V::Bytes w[8];
  F::Unpack(quants + b * F::kQuantBytes, w);
  if constexpr (F::kMode == Mode::kHalves) {
    const auto s0 = F::Scale(scales, b, 0), s1 = F::Scale(scales, b, 1);
    ESPALIER_UNROLL
    for (int r = 0; r < R; ++r) {
      const int8_t* q = x.row_q(r) + b * kQuantBlock;
      auto low = V::BroadcastInt(x.start32_half + x.at(2 * b, r));
      auto high = V::BroadcastInt(x.start32_half + x.at(2 * b + 1, r));
      ESPALIER_UNROLL
      for (int j = 0; j < 4; ++j) {
        low = V::template Dot<true>(low, w[j], V::BroadcastQuad(q + 4 * j));
        high = V::template Dot<true>(high, w[4 + j], V::BroadcastQuad(q + 16 + 4 * j));
      }
      const auto scale = V::Broadcast(x.scale[x.at(b, r)]);
      acc[r] = V::Fma(V::ToFloat(low), V::Mul(s0, scale), acc[r]);
      acc[r] = V::Fma(V::ToFloat(high), V::Mul(s1, scale), acc[r]);
    }
  } else {
    const auto s = F::Scale(scales, b, 0), o = F::Offset(scales, b);
    ESPALIER_UNROLL
    for (int r = 0; r < R; ++r) {
      const size_t at = x.at(b, r);
      const int8_t* q = x.row_q(r) + b * kQuantBlock;
      static constexpr int32_t kNothing = 0;
      auto sum = V::BroadcastInt(F::kMode == Mode::kZero ? x.start[F::kZero] + at : &kNothing);
      ESPALIER_UNROLL
      for (int j = 0; j < 8; ++j) sum = V::template Dot<F::kNarrow>(sum, w[j], V::BroadcastQuad(q + 4 * j));
      acc[r] = V::Fma(V::ToFloat(sum), V::Mul(s, V::Broadcast(x.scale[at])), acc[r]);
      if constexpr (F::kMode == Mode::kOffset) acc[r] = V::NegFma(o, V::Broadcast(x.scaled_sum[at]), acc[r]);
    }
  }
}

template <class V, class F, int R>
void DirectTile(const PackedMatrix& w, size_t tile, const QuantRows& x, float* out) {
  typename V::Float acc[R];
  for (auto& a : acc) a = V::Zero();
  const uint8_t* quants = w.quants(tile);
  const uint8_t* scales = w.scales(tile);
  for (size_t b = 0; b < w.blocks(); ++b) DirectBlock<V, F, R>(quants, scales, b, x, acc);
  ESPALIER_UNROLL
  for (int r = 0; r < R; ++r) V::Store(out + r * kUnitRows, acc[r]);
}

// Calls f.operator()<N>() for N == n.
template <int kMax, class Callable>
inline void WithConstant(size_t n, Callable&& f) {
  if constexpr (kMax > 0) {
    if (n == kMax) return f.template operator()<kMax>();
    WithConstant<kMax - 1>(n, f);
  }
}

template <class V, class F>
void DirectUnit(const PackedMatrix& w, size_t unit, const QuantRows& x, float* out) {
  WithConstant<static_cast<int>(kDirectRows)>(x.rows, [&]<int R>() {
    DirectTile<V, F, R>(w, 2 * unit, x, out);
    DirectTile<V, F, R>(w, 2 * unit + 1, x, out + kTileRows);
  });
}

// Unpacks `blocks` blocks from `first` of both tiles of a unit.
template <class V, class F>
void UnpackPanel(const PackedMatrix& w, size_t unit, size_t first, size_t blocks, PanelScratch& panel) {
  for (size_t tile = 0; tile < 2; ++tile) {
    const uint8_t* quants = w.quants(2 * unit + tile);
    const uint8_t* scales = w.scales(2 * unit + tile);
    for (size_t b = 0; b < blocks; ++b) {
      typename V::Bytes k_steps[8];
      F::Unpack(quants + (first + b) * F::kQuantBytes, k_steps);
      for (size_t j = 0; j < 8; ++j) V::StoreBytes(panel.quants + ((b * 8 + j) * 2 + tile) * 64, k_steps[j]);
      V::Store(panel.scales[b][tile][0], F::Scale(scales, first + b, 0));
      if constexpr (F::kMode == Mode::kHalves)
        V::Store(panel.scales[b][tile][1], F::Scale(scales, first + b, 1));
      if constexpr (F::kMode == Mode::kOffset) V::Store(panel.offsets[b][tile], F::Offset(scales, first + b));
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
    UnpackPanel<V, F>(w, unit, first, blocks, panel);
    for (size_t r = 0; r < x.rows; r += V::kGemmRows) {
      const size_t count = x.rows - r < V::kGemmRows ? x.rows - r : V::kGemmRows;
      WithConstant<V::kGemmRows>(count, [&]<int R>() {
        PanelRows<V, F, R>(panel, first, blocks, x, r, out + r * kUnitRows);
      });
    }
  }
}

template <class V, class F>
void QuantizedUnit(const PackedMatrix& w, size_t unit, const QuantRows& x, PanelScratch& panel, float* out) {
  if (x.rows <= kDirectRows) return DirectUnit<V, F>(w, unit, x, out);
  PanelUnit<V, F>(w, unit, x, panel, out);
}

// Weights in floating point: no quantization of activations either.
template <class V, PackFormat kFormat>
inline typename V::Float LoadWeights(const uint8_t* tile, size_t k) {
  if constexpr (kFormat == PackFormat::kF16) return V::LoadHalf(tile + k * kTileRows * 2);
  if constexpr (kFormat == PackFormat::kBF16) return V::LoadBfloat(tile + k * kTileRows * 2);
  return V::Load(reinterpret_cast<const float*>(tile) + k * kTileRows);
}

template <class V, PackFormat kFormat, int R>
void FloatTile(const PackedMatrix& w, size_t tile, const QuantRows& x, size_t row0, float* out) {
  typename V::Float acc[R];
  for (auto& a : acc) a = V::Zero();
  for (size_t k = 0; k < w.cols(); ++k) {
    const auto column = LoadWeights<V, kFormat>(w.quants(tile), k);
    ESPALIER_UNROLL
    for (int r = 0; r < R; ++r) acc[r] = V::Fma(column, V::Broadcast(x.x[(row0 + r) * x.cols + k]), acc[r]);
  }
  ESPALIER_UNROLL
  for (int r = 0; r < R; ++r) V::Store(out + r * kUnitRows, acc[r]);
}

template <class V, PackFormat kFormat>
void FloatUnit(const PackedMatrix& w, size_t unit, const QuantRows& x, float* out) {
  constexpr int kRows = 4;
  for (size_t r = 0; r < x.rows; r += kRows) {
    WithConstant<kRows>(x.rows - r < kRows ? x.rows - r : kRows, [&]<int R>() {
      FloatTile<V, kFormat, R>(w, 2 * unit, x, r, out + r * kUnitRows);
      FloatTile<V, kFormat, R>(w, 2 * unit + 1, x, r, out + r * kUnitRows + kTileRows);
    });
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
