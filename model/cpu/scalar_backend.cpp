// The plain reference backend: what the Transformer computes, written as the papers have it, in float32
// on dequantized weights. Every faster backend is compared with this one. It is parallel over output
// rows, and otherwise makes no attempt to be fast.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "model/backend.h"
#include "model/cpu/thread_pool.h"
#include "model/quant.h"
#include "model/rope.h"

namespace espalier {
namespace {

using Floats = std::vector<float>;

constexpr uint32_t kMaxRows = 128;

// RMSNorm (Zhang and Sennrich 2019): out = x / rms(x) * weight.
void RmsNorm(const float* x, const Floats& weight, float epsilon, float* out) {
  double sum = 0;
  for (size_t i = 0; i < weight.size(); ++i) sum += static_cast<double>(x[i]) * x[i];
  const float scale =
      1.0f / std::sqrt(static_cast<float>(sum / static_cast<double>(weight.size())) + epsilon);
  for (size_t i = 0; i < weight.size(); ++i) out[i] = x[i] * scale * weight[i];
}

float Dot(const float* a, const float* b, size_t n) {
  float lanes[16] = {};
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (size_t j = 0; j < 16; ++j) lanes[j] += a[i + j] * b[i + j];
  }
  float sum = 0;
  for (; i < n; ++i) sum += a[i] * b[i];
  for (const float lane : lanes) sum += lane;
  return sum;
}

class ScalarBackend final : public Backend {
 public:
  ScalarBackend(const ModelFile& file, int threads)
      : h_(file.hparams), weights_(file.weights), rope_(h_, ToFloats(weights_.rope_factors)), pool_(threads) {
    for (const LayerWeights& layer : weights_.layers) {
      small_.push_back({ToFloats(layer.attn_norm), ToFloats(layer.ffn_norm), ToFloats(layer.bq),
                        ToFloats(layer.bk), ToFloats(layer.bv)});
    }
    output_norm_ = ToFloats(weights_.output_norm);
  }

  std::string_view name() const override { return BackendKindName(BackendKind::kScalar); }
  int threads() const override { return pool_.threads(); }
  size_t weight_bytes() const override { return 0; }  // everything stays in the mapped file
  uint32_t max_rows() const override { return kMaxRows; }

  void Embed(const BatchPlan& plan) override;
  void Attention(uint32_t layer, const BatchPlan& plan, KvCache& kv) override;
  void FeedForward(uint32_t layer, const BatchPlan& plan) override;
  void Output(const BatchPlan& plan, float* out) override;

 private:
  struct SmallWeights {
    Floats attn_norm, ffn_norm, bq, bk, bv;
  };

  // out[r][o] = sum_i w[o][i] * in[r][i] (+ bias[o])
  void MatMul(const TensorView& w, const float* in, size_t rows, const Floats& bias, float* out);
  void NormRows(const Floats& weight, size_t rows);
  void RotateAndStore(uint32_t layer, const BatchSpan& span, KvCache& kv);
  void Attend(uint32_t layer, const BatchSpan& span, uint32_t row, uint32_t head, KvCache& kv);
  void AddToResidual(const Floats& delta);

  const HyperParameters& h_;
  const Weights& weights_;
  Rope rope_;
  ThreadPool pool_;
  std::vector<SmallWeights> small_;
  Floats output_norm_;

  Floats x_;                // [rows, d_model] residual stream
  Floats normed_;           // [rows, d_model]
  Floats q_, k_, v_;        // [rows, q_dim], [rows, kv_dim] twice
  Floats attended_;         // [rows, q_dim]
  Floats gate_, up_;        // [rows, d_ff]
  Floats delta_;            // [rows, d_model]
  Floats cosines_, sines_;  // [rows, head_dim / 2]
};

void ScalarBackend::MatMul(const TensorView& w, const float* in, size_t rows, const Floats& bias,
                           float* out) {
  constexpr size_t kRowsPerTask = 16;
  pool_.ParallelFor((w.rows + kRowsPerTask - 1) / kRowsPerTask, [&](size_t task, int) {
    Floats weight(w.cols);
    const size_t end = std::min(w.rows, (task + 1) * kRowsPerTask);
    for (size_t o = task * kRowsPerTask; o < end; ++o) {
      DequantizeRow(w.type, w.row(o), weight);
      for (size_t r = 0; r < rows; ++r) {
        out[r * w.rows + o] = Dot(weight.data(), in + r * w.cols, w.cols) + (bias.empty() ? 0.0f : bias[o]);
      }
    }
  });
}

void ScalarBackend::NormRows(const Floats& weight, size_t rows) {
  normed_.resize(rows * h_.d_model);
  for (size_t r = 0; r < rows; ++r) {
    RmsNorm(&x_[r * h_.d_model], weight, h_.rms_epsilon, &normed_[r * h_.d_model]);
  }
}

void ScalarBackend::AddToResidual(const Floats& delta) {
  for (size_t i = 0; i < delta.size(); ++i) x_[i] += delta[i];
}

void ScalarBackend::Embed(const BatchPlan& plan) {
  const size_t rows = plan.rows(), half = rope_.frequencies();
  x_.resize(rows * h_.d_model);
  cosines_.resize(rows * half);
  sines_.resize(rows * half);
  for (size_t r = 0; r < rows; ++r) {
    const TensorView& table = weights_.token_embedding;
    DequantizeRow(table.type, table.row(static_cast<size_t>(plan.tokens[r])),
                  {&x_[r * h_.d_model], h_.d_model});
    rope_.Angles(plan.positions[r], &cosines_[r * half], &sines_[r * half]);
  }
}

void ScalarBackend::Attention(uint32_t layer, const BatchPlan& plan, KvCache& kv) {
  const LayerWeights& w = weights_.layers[layer];
  const SmallWeights& small = small_[layer];
  const size_t rows = plan.rows();
  NormRows(small.attn_norm, rows);
  q_.resize(rows * h_.q_dim());
  k_.resize(rows * h_.kv_dim());
  v_.resize(rows * h_.kv_dim());
  attended_.resize(rows * h_.q_dim());
  delta_.resize(rows * h_.d_model);
  MatMul(w.wq, normed_.data(), rows, small.bq, q_.data());
  MatMul(w.wk, normed_.data(), rows, small.bk, k_.data());
  MatMul(w.wv, normed_.data(), rows, small.bv, v_.data());
  for (const BatchSpan& span : plan.spans) RotateAndStore(layer, span, kv);
  for (const BatchSpan& span : plan.spans) {
    pool_.ParallelFor(static_cast<size_t>(span.rows) * h_.n_heads, [&](size_t task, int) {
      Attend(layer, span, static_cast<uint32_t>(task / h_.n_heads), static_cast<uint32_t>(task % h_.n_heads),
             kv);
    });
  }
  MatMul(w.wo, attended_.data(), rows, {}, delta_.data());
  AddToResidual(delta_);
}

void ScalarBackend::RotateAndStore(uint32_t layer, const BatchSpan& span, KvCache& kv) {
  const size_t half = rope_.frequencies();
  for (uint32_t i = 0; i < span.rows; ++i) {
    const size_t r = span.first_row + i;
    for (uint32_t head = 0; head < h_.n_heads; ++head) {
      RotateHead(h_.rope_layout, &cosines_[r * half], &sines_[r * half], h_.head_dim,
                 &q_[r * h_.q_dim() + head * h_.head_dim]);
    }
    for (uint32_t head = 0; head < h_.n_kv_heads; ++head) {
      float* key = &k_[r * h_.kv_dim() + head * h_.head_dim];
      RotateHead(h_.rope_layout, &cosines_[r * half], &sines_[r * half], h_.head_dim, key);
      kv.Store(layer, *span.sequence, span.start + i, head, key, &v_[r * h_.kv_dim() + head * h_.head_dim]);
    }
  }
}

// Scaled dot-product attention (Vaswani et al. 2017), causal: a row sees positions up to its own.
void ScalarBackend::Attend(uint32_t layer, const BatchSpan& span, uint32_t row, uint32_t head, KvCache& kv) {
  const uint32_t dim = h_.head_dim, kv_head = head / (h_.n_heads / h_.n_kv_heads);
  const uint32_t visible = span.start + row + 1;
  const size_t offset = (span.first_row + row) * static_cast<size_t>(h_.q_dim()) + head * dim;
  Floats scores(visible), vector(dim);
  float best = -INFINITY;
  for (uint32_t t = 0; t < visible; ++t) {
    kv.LoadKey(layer, *span.sequence, t, kv_head, vector.data());
    scores[t] = Dot(&q_[offset], vector.data(), dim) / std::sqrt(static_cast<float>(dim));
    best = std::max(best, scores[t]);
  }
  float total = 0;
  for (float& score : scores) total += score = std::exp(score - best);
  Floats sum(dim, 0.0f);
  for (uint32_t t = 0; t < visible; ++t) {
    kv.LoadValue(layer, *span.sequence, t, kv_head, vector.data());
    for (uint32_t i = 0; i < dim; ++i) sum[i] += scores[t] / total * vector[i];
  }
  std::memcpy(&attended_[offset], sum.data(), dim * sizeof(float));
}

// SwiGLU (Shazeer 2020).
void ScalarBackend::FeedForward(uint32_t layer, const BatchPlan& plan) {
  const LayerWeights& w = weights_.layers[layer];
  const size_t rows = plan.rows();
  NormRows(small_[layer].ffn_norm, rows);
  gate_.resize(rows * h_.d_ff);
  up_.resize(rows * h_.d_ff);
  delta_.resize(rows * h_.d_model);
  MatMul(w.w_gate, normed_.data(), rows, {}, gate_.data());
  MatMul(w.w_up, normed_.data(), rows, {}, up_.data());
  for (size_t i = 0; i < gate_.size(); ++i) gate_[i] = gate_[i] / (1.0f + std::exp(-gate_[i])) * up_[i];
  MatMul(w.w_down, gate_.data(), rows, {}, delta_.data());
  AddToResidual(delta_);
}

void ScalarBackend::Output(const BatchPlan& plan, float* out) {
  const size_t rows = plan.logits_rows.size();
  normed_.resize(rows * h_.d_model);
  for (size_t i = 0; i < rows; ++i) {
    RmsNorm(&x_[static_cast<size_t>(plan.logits_rows[i]) * h_.d_model], output_norm_, h_.rms_epsilon,
            &normed_[i * h_.d_model]);
  }
  MatMul(weights_.output, normed_.data(), rows, {}, out);
}

}  // namespace

std::unique_ptr<Backend> MakeScalarBackend(const ModelFile& file, int threads) {
  return std::make_unique<ScalarBackend>(file, threads);
}

}  // namespace espalier
