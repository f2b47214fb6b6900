// The fast CPU backend: packed weights, int8 activations, all operations of a layer as parallel loops
// over units of 32 output rows. Two fusions keep the passes few: Wq, Wk, Wv run as one loop, and a
// unit of Wgate and Wup gives one activated, already quantized block of Wdown's input.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <vector>

#include "model/backend.h"
#include "model/cpu/attention_plan.h"
#include "model/cpu/kernels.h"
#include "model/cpu/packed_matrix.h"
#include "model/cpu/quant_rows.h"
#include "model/cpu/thread_pool.h"
#include "model/quant.h"
#include "model/rope.h"

namespace espalier {
namespace {

// Activations of 256 rows (and the widest layers of models of this size) stay within a 2 MB L2 cache.
constexpr uint32_t kMaxRows = 256;

struct PackedLayer {
  std::vector<float> attn_norm, ffn_norm;
  std::vector<float> bq, bk, bv;
  PackedMatrix wq, wk, wv, wo, w_gate, w_up, w_down;
};

// One matrix of a parallel loop: results go to out[row * stride + column].
struct Product {
  const PackedMatrix* w;
  const std::vector<float>* bias;
  float* out;
  size_t stride;
};

const CpuKernels& KernelsFor(BackendKind kind) {
  if (kind == BackendKind::kAvx512) return Avx512Kernels();
  return kind == BackendKind::kAvxVnni ? AvxVnniKernels() : Avx2Kernels();
}

class CpuBackend final : public Backend {
 public:
  CpuBackend(const ModelFile& file, BackendKind kind, int threads);

  std::string_view name() const override { return BackendKindName(kind_); }
  int threads() const override { return pool_.threads(); }
  size_t weight_bytes() const override { return weight_bytes_; }
  uint32_t max_rows() const override { return kMaxRows; }

  void Embed(const BatchPlan& plan) override;
  void Attention(uint32_t layer, const BatchPlan& plan, KvCache& kv) override;
  void FeedForward(uint32_t layer, const BatchPlan& plan) override;
  void Output(const BatchPlan& plan, float* out) override;

 private:
  struct ThreadScratch {
    PanelScratch panel;
    AlignedBuffer gate, up;  // [rows][32]
    AttentionScratch attention;
  };

  std::vector<PackedMatrix> Pack(const ModelFile& file, std::initializer_list<TensorView> sources);
  PackedMatrix Pack(const ModelFile& file, const TensorView& source) {
    return std::move(Pack(file, {source}).front());
  }
  void ReleasePages(const ModelFile& file, const TensorView& source) const;
  QuantRows NormAndQuantize(const std::vector<float>& weight, const uint32_t* rows, size_t count);
  template <size_t kCount>
  void Multiply(const Product (&products)[kCount], const QuantRows& in);
  void MultiplyAddToResidual(const PackedMatrix& w, const QuantRows& in);
  void RotateAndStore(uint32_t layer, const BatchPlan& plan, KvCache& kv);
  void GateUnit(const PackedLayer& layer, const QuantRows& in, const QuantRows& hidden, size_t unit,
                int thread);
  float* Rows(AlignedBuffer& buffer, size_t rows, size_t cols) {
    buffer.Reserve(rows * cols * sizeof(float));
    return buffer.as<float>();
  }

  const BackendKind kind_;
  const CpuKernels& kernels_;
  const HyperParameters& h_;
  const TensorView embedding_;
  Rope rope_;
  ThreadPool pool_;
  std::vector<PackedLayer> layers_;
  std::vector<float> output_norm_;
  PackedMatrix output_;
  size_t weight_bytes_ = 0;

  std::vector<ThreadScratch> scratch_;  // a thread
  AlignedBuffer x_;                     // [rows, d_model] residual stream
  AlignedBuffer q_, k_, v_;             // [rows, q_dim], [rows, kv_dim] twice
  AlignedBuffer cosines_, sines_;       // [rows, head_dim / 2]
  QuantRowsBuffer normed_, attended_, hidden_;
  std::vector<uint32_t> all_rows_;  // 0, 1, 2, ...
};

CpuBackend::CpuBackend(const ModelFile& file, BackendKind kind, int threads)
    : kind_(kind),
      kernels_(KernelsFor(kind)),
      h_(file.hparams),
      embedding_(file.weights.token_embedding),
      rope_(h_, ToFloats(file.weights.rope_factors)),
      pool_(threads),
      scratch_(static_cast<size_t>(threads)) {
  for (const LayerWeights& source : file.weights.layers) {
    PackedLayer layer;
    layer.attn_norm = ToFloats(source.attn_norm);
    layer.ffn_norm = ToFloats(source.ffn_norm);
    layer.bq = ToFloats(source.bq);
    layer.bk = ToFloats(source.bk);
    layer.bv = ToFloats(source.bv);
    layer.wq = Pack(file, source.wq);
    layer.wk = Pack(file, source.wk);
    layer.wv = Pack(file, source.wv);
    layer.wo = Pack(file, source.wo);
    auto gate_and_up = Pack(file, {source.w_gate, source.w_up});
    layer.w_gate = std::move(gate_and_up[0]);
    layer.w_up = std::move(gate_and_up[1]);
    layer.w_down = Pack(file, source.w_down);
    layers_.push_back(std::move(layer));
  }
  output_norm_ = ToFloats(file.weights.output_norm);
  output_ = Pack(file, file.weights.output);
  for (uint32_t i = 0; i < kMaxRows; ++i) all_rows_.push_back(i);
  for (ThreadScratch& scratch : scratch_) {
    scratch.gate.Reserve(kMaxRows * kUnitRows * sizeof(float));
    scratch.up.Reserve(kMaxRows * kUnitRows * sizeof(float));
  }
}

std::vector<PackedMatrix> CpuBackend::Pack(const ModelFile& file, std::initializer_list<TensorView> sources) {
  auto packed = PackedMatrix::Interleaved({sources.begin(), sources.size()}, pool_);
  for (const PackedMatrix& matrix : packed) weight_bytes_ += matrix.bytes();
  for (const TensorView& source : sources) ReleasePages(file, source);
  return packed;
}

// The file's own copy of a packed matrix is not read again (the embedding table is: row by row).
void CpuBackend::ReleasePages(const ModelFile& file, const TensorView& source) const {
  if (source.data == embedding_.data) return;
  for (const auto& mapped : file.files) {
    const auto bytes = mapped->bytes();
    if (source.data >= bytes.data() && source.data < bytes.data() + bytes.size()) {
      mapped->Release({source.data, source.bytes()});
    }
  }
}

QuantRows CpuBackend::NormAndQuantize(const std::vector<float>& weight, const uint32_t* rows, size_t count) {
  QuantRows out = normed_.Prepare(count, h_.d_model);
  pool_.ParallelFor(count, [&](size_t r, int) {
    const float* x = x_.as<float>() + static_cast<size_t>(rows[r]) * h_.d_model;
    float* normed = out.x + r * out.cols;
    kernels_.rms_norm(x, weight.data(), h_.rms_epsilon, h_.d_model, normed);
    kernels_.quantize(normed, out, r, 0, out.blocks);
  });
  return out;
}

template <size_t kCount>
void CpuBackend::Multiply(const Product (&products)[kCount], const QuantRows& in) {
  size_t units = 0;
  for (const Product& product : products) units += product.w->units();
  pool_.ParallelFor(units, [&](size_t unit, int thread) {
    const Product* product = products;
    while (unit >= product->w->units()) unit -= (product++)->w->units();
    ThreadScratch& scratch = scratch_[static_cast<size_t>(thread)];
    auto* tile = scratch.gate.as<float>();
    kernels_.matmul_unit(*product->w, unit, in, scratch.panel, tile);
    const size_t first = unit * kUnitRows, width = std::min(kUnitRows, product->w->rows() - first);
    if (product->bias != nullptr && !product->bias->empty()) {
      for (size_t r = 0; r < in.rows; ++r) {
        for (size_t i = 0; i < width; ++i) tile[r * kUnitRows + i] += (*product->bias)[first + i];
      }
    }
    for (size_t r = 0; r < in.rows; ++r) {
      std::memcpy(product->out + r * product->stride + first, tile + r * kUnitRows, width * sizeof(float));
    }
  });
}

void CpuBackend::MultiplyAddToResidual(const PackedMatrix& w, const QuantRows& in) {
  pool_.ParallelFor(w.units(), [&](size_t unit, int thread) {
    ThreadScratch& scratch = scratch_[static_cast<size_t>(thread)];
    auto* tile = scratch.gate.as<float>();
    kernels_.matmul_unit(w, unit, in, scratch.panel, tile);
    for (size_t r = 0; r < in.rows; ++r) {
      kernels_.add(tile + r * kUnitRows, kUnitRows, x_.as<float>() + r * h_.d_model + unit * kUnitRows);
    }
  });
}

void CpuBackend::Embed(const BatchPlan& plan) {
  const size_t half = rope_.frequencies();
  float* x = Rows(x_, plan.rows(), h_.d_model);
  float* cosines = Rows(cosines_, plan.rows(), half);
  float* sines = Rows(sines_, plan.rows(), half);
  pool_.ParallelFor(plan.rows(), [&](size_t r, int) {
    DequantizeRow(embedding_.type, embedding_.row(static_cast<size_t>(plan.tokens[r])),
                  {x + r * h_.d_model, h_.d_model});
    rope_.Angles(plan.positions[r], cosines + r * half, sines + r * half);
  });
}

void CpuBackend::Attention(uint32_t layer, const BatchPlan& plan, KvCache& kv) {
  const PackedLayer& w = layers_[layer];
  const size_t rows = plan.rows();
  const QuantRows in = NormAndQuantize(w.attn_norm, all_rows_.data(), rows);
  const Product products[] = {{&w.wq, &w.bq, Rows(q_, rows, h_.q_dim()), h_.q_dim()},
                              {&w.wk, &w.bk, Rows(k_, rows, h_.kv_dim()), h_.kv_dim()},
                              {&w.wv, &w.bv, Rows(v_, rows, h_.kv_dim()), h_.kv_dim()}};
  Multiply(products, in);
  RotateAndStore(layer, plan, kv);

  QuantRows attended = attended_.Prepare(rows, h_.q_dim());
  const AttentionPlan work(h_, plan, kv, layer, pool_.threads());
  pool_.ParallelFor(work.tasks(), [&](size_t task, int thread) {
    work.Run(task, kernels_, q_.as<float>(), scratch_[static_cast<size_t>(thread)].attention, attended);
  });
  if (work.needs_finish()) {
    pool_.ParallelFor(rows, [&](size_t row, int) { work.FinishRow(row, kernels_, attended); });
  }
  MultiplyAddToResidual(w.wo, attended);
}

void CpuBackend::RotateAndStore(uint32_t layer, const BatchPlan& plan, KvCache& kv) {
  const size_t half = rope_.frequencies();
  const float query_scale = 1.0f / std::sqrt(static_cast<float>(h_.head_dim));
  for (const BatchSpan& span : plan.spans) {
    pool_.ParallelFor(span.rows, [&](size_t i, int) {
      const size_t r = span.first_row + i;
      const float* cosines = cosines_.as<float>() + r * half;
      const float* sines = sines_.as<float>() + r * half;
      for (uint32_t head = 0; head < h_.n_heads; ++head) {
        float* query = q_.as<float>() + r * h_.q_dim() + head * h_.head_dim;
        RotateHead(h_.rope_layout, cosines, sines, h_.head_dim, query);
        for (uint32_t d = 0; d < h_.head_dim; ++d) query[d] *= query_scale;
      }
      for (uint32_t head = 0; head < h_.n_kv_heads; ++head) {
        float* key = k_.as<float>() + r * h_.kv_dim() + head * h_.head_dim;
        const float* value = v_.as<float>() + r * h_.kv_dim() + head * h_.head_dim;
        RotateHead(h_.rope_layout, cosines, sines, h_.head_dim, key);
        kv.Store(layer, *span.sequence, span.start + static_cast<uint32_t>(i), head, key, value);
      }
    });
  }
}

void CpuBackend::FeedForward(uint32_t layer, const BatchPlan& plan) {
  const PackedLayer& w = layers_[layer];
  const QuantRows in = NormAndQuantize(w.ffn_norm, all_rows_.data(), plan.rows());
  const QuantRows hidden = hidden_.Prepare(plan.rows(), h_.d_ff);
  // Two units a task: 64 quantized bytes a row, so that threads do not write to the same cache lines.
  const size_t units = w.w_gate.units();
  pool_.ParallelFor((units + 1) / 2, [&](size_t task, int thread) {
    for (size_t unit = 2 * task; unit < std::min(units, 2 * task + 2); ++unit) {
      GateUnit(w, in, hidden, unit, thread);
    }
  });
  MultiplyAddToResidual(w.w_down, hidden);
}

void CpuBackend::GateUnit(const PackedLayer& layer, const QuantRows& in, const QuantRows& hidden, size_t unit,
                          int thread) {
  ThreadScratch& scratch = scratch_[static_cast<size_t>(thread)];
  auto* gate = scratch.gate.as<float>();
  auto* up = scratch.up.as<float>();
  kernels_.matmul_unit(layer.w_gate, unit, in, scratch.panel, gate);
  kernels_.matmul_unit(layer.w_up, unit, in, scratch.panel, up);
  kernels_.swiglu(gate, up, in.rows * kUnitRows, gate);
  for (size_t r = 0; r < in.rows; ++r) {
    const float* activated = gate + r * kUnitRows;
    if (layer.w_down.quantized()) {
      kernels_.quantize(activated, hidden, r, unit, unit + 1);
    } else {
      std::memcpy(hidden.x + r * hidden.cols + unit * kUnitRows, activated, kUnitRows * sizeof(float));
    }
  }
}

void CpuBackend::Output(const BatchPlan& plan, float* out) {
  const auto& rows = plan.logits_rows;
  const QuantRows in = NormAndQuantize(output_norm_, rows.data(), rows.size());
  const Product product[] = {{&output_, nullptr, out, h_.vocab_size}};
  Multiply(product, in);
}

// Shapes that the vector kernels do not cut up: whole blocks of 32 everywhere, heads in sixteens.
bool Fits(const HyperParameters& h) {
  return h.d_model % kUnitRows == 0 && h.d_ff % kUnitRows == 0 && h.q_dim() % kUnitRows == 0 &&
         h.head_dim % 16 == 0;
}

}  // namespace

Result<std::unique_ptr<Backend>> MakeCpuBackend(const ModelFile& file, BackendKind kind, int threads) {
  const std::vector<BackendKind> available = AvailableBackends();
  if (kind == BackendKind::kAuto) kind = Fits(file.hparams) ? available.front() : BackendKind::kScalar;
  if (std::find(available.begin(), available.end(), kind) == available.end()) {
    return Fail(ErrorCode::kUnsupported, "this processor cannot run the '" +
                                             std::string(BackendKindName(kind)) +
                                             "' backend; leave the choice to 'auto'");
  }
  if (kind == BackendKind::kScalar) return MakeScalarBackend(file, threads);
  if (!Fits(file.hparams)) {
    return Fail(
        ErrorCode::kUnsupported,
        "this model's widths are no multiples of 32 (heads: of 16), which only the 'scalar' backend runs");
  }
  return std::unique_ptr<Backend>(std::make_unique<CpuBackend>(file, kind, threads));
}

}  // namespace espalier
