// Everything between the matrix products: exponentials, RMSNorm, SwiGLU, quantization of activations.
#pragma once

#include "model/cpu/kernels.h"

namespace espalier {
namespace {

// e^x with a relative error below 2e-7: x = n ln 2 + r, a polynomial in r, times 2^n.
template <class V>
inline typename V::Float Exp(typename V::Float x) {
  x = V::Max(x, V::Broadcast(-87.0f));
  const auto n = V::Round(V::Mul(x, V::Broadcast(1.44269504f)));
  auto r = V::NegFma(n, V::Broadcast(0.693359375f), x);
  r = V::NegFma(n, V::Broadcast(-2.12194440e-4f), r);
  auto p = V::Broadcast(1.9875691500e-4f);
  p = V::Fma(p, r, V::Broadcast(1.3981999507e-3f));
  p = V::Fma(p, r, V::Broadcast(8.3334519073e-3f));
  p = V::Fma(p, r, V::Broadcast(4.1665795894e-2f));
  p = V::Fma(p, r, V::Broadcast(1.6666665459e-1f));
  p = V::Fma(p, r, V::Broadcast(5.0000001201e-1f));
  p = V::Fma(p, V::Mul(r, r), V::Add(r, V::Broadcast(1.0f)));
  return V::ScaleByPower(p, n);
}

template <class V>
void RmsNorm(const float* x, const float* weight, float epsilon, size_t n, float* out) {
  auto squares = V::Zero();
  for (size_t i = 0; i < n; i += 16) {
    const auto v = V::Load(x + i);
    squares = V::Fma(v, v, squares);
  }
  const float mean = V::ReduceAdd(squares) / static_cast<float>(n);
  const auto scale = V::Broadcast(1.0f / __builtin_sqrtf(mean + epsilon));
  for (size_t i = 0; i < n; i += 16) {
    V::Store(out + i, V::Mul(V::Mul(V::Load(x + i), scale), V::Load(weight + i)));
  }
}

template <class V>
void Swiglu(const float* gate, const float* up, size_t n, float* out) {
  const auto one = V::Broadcast(1.0f);
  for (size_t i = 0; i < n; i += 16) {
    const auto g = V::Load(gate + i);
    const auto sigmoid_inverse = V::Add(one, Exp<V>(V::Min(V::Sub(V::Zero(), g), V::Broadcast(80.0f))));
    V::Store(out + i, V::Mul(V::Div(g, sigmoid_inverse), V::Load(up + i)));
  }
}

template <class V>
void AddTo(const float* y, size_t n, float* x) {
  for (size_t i = 0; i < n; i += 16) V::Store(x + i, V::Add(V::Load(x + i), V::Load(y + i)));
}

// Symmetric rounding to [-127, 127] with one scale for 32 elements.
template <class V>
inline void QuantizeBlock(const float* in, const QuantRows& x, size_t row, size_t block) {
  const auto low = V::Load(in), high = V::Load(in + 16);
  const float largest = V::ReduceMax(V::Max(V::Abs(low), V::Abs(high)));
  const float scale = largest * (1.0f / 127.0f);
  const auto inverse = V::Broadcast(largest > 0 ? 127.0f / largest : 0.0f);
  const auto q_low = V::Round(V::Mul(low, inverse)), q_high = V::Round(V::Mul(high, inverse));
  int8_t* q = x.q + row * x.cols + block * kQuantBlock;
  V::StoreS8(q, q_low);
  V::StoreS8(q + 16, q_high);
  const auto sum_low = static_cast<int32_t>(V::ReduceAdd(q_low));
  const auto sum_high = static_cast<int32_t>(V::ReduceAdd(q_high));
  const int32_t sum = sum_low + sum_high;
  const size_t at = x.at(block, row);
  x.scale[at] = scale;
  x.scaled_sum[at] = scale * static_cast<float>(sum);
  x.start[kZero8][at] = -8 * sum;
  x.start[kZero16][at] = -16 * sum;
  x.start[kZero128][at] = -128 * sum;
  x.start32_half[x.at(2 * block, row)] = -32 * sum_low;
  x.start32_half[x.at(2 * block + 1, row)] = -32 * sum_high;
}

template <class V>
void Quantize(const float* in, const QuantRows& x, size_t row, size_t block_begin, size_t block_end) {
  for (size_t b = block_begin; b < block_end; ++b) {
    QuantizeBlock<V>(in + (b - block_begin) * kQuantBlock, x, row, b);
  }
}

}  // namespace
}  // namespace espalier
