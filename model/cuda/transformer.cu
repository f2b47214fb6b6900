#include <algorithm>
#include <utility>
#include <vector>

#include "model/cuda/attention.cuh"
#include "model/cuda/batch_upload.cuh"
#include "model/cuda/device_weights.cuh"
#include "model/cuda/elementwise.cuh"
#include "model/cuda/graph_cache.cuh"
#include "model/cuda/leaders.cuh"
#include "model/cuda/matmul.cuh"
#include "model/cuda/memory_plan.h"
#include "model/cuda/transformer.cuh"
#include "model/quant.h"

namespace espalier::cuda {
namespace {

constexpr uint32_t kMostHeadDim = 256;

/// Keys and values of all layers.
class DeviceKv {
 public:
  Status Reserve(const HyperParameters& h, uint32_t context_tokens) {
    page_elements_ = size_t{h.kv_dim()} * kKvPageTokens;
    layer_elements_ = page_elements_ * DivideUp(context_tokens, kKvPageTokens);
    h_ = &h;
    return memory_.Reserve(2 * layer_elements_ * h.n_layers);
  }
  KvPages Layer(uint32_t layer) const {
    __half* keys = memory_.data() + 2 * layer_elements_ * layer;
    return {keys, keys + layer_elements_, h_->n_kv_heads, h_->head_dim};
  }
  void CopyPage(Stream& stream, uint32_t from, uint32_t to) const {
    for (uint32_t layer = 0; layer < h_->n_layers; ++layer) {
      const KvPages pages = Layer(layer);
      for (__half* half : {pages.keys, pages.values}) {
        stream.Copy(half + to * page_elements_, half + from * page_elements_, page_elements_ * sizeof(__half),
                    cudaMemcpyDeviceToDevice);
      }
    }
  }

 private:
  const HyperParameters* h_ = nullptr;
  size_t page_elements_ = 0, layer_elements_ = 0;
  Memory<__half> memory_;
};

class CudaBackend final : public Backend {
 public:
  static Result<std::unique_ptr<Backend>> Create(const ModelFile& file, const CudaOptions& options,
                                                 const GpuInfo& gpu);

  std::string_view name() const override { return "cuda"; }
  int threads() const override { return 1; }
  size_t weight_bytes() const override { return weights_.bytes; }
  uint32_t max_rows() const override { return kMostRows; }

  void Embed(const BatchPlan& plan) override;
  void Attention(uint32_t layer, const BatchPlan& plan, KvCache& kv) override;
  void FeedForward(uint32_t layer, const BatchPlan& plan) override;
  void Output(const BatchPlan& plan, float* out) override;
  bool keeps_logits() const override { return true; }
  void Summarize(const BatchPlan& plan, RowSummary* out) override;
  void FetchLogits(uint32_t row, float* out) override;
  Status Finish() override;

  bool keeps_pages() const override { return true; }
  void CopyPage(uint32_t from, uint32_t to) override;

 private:
  CudaBackend(const ModelFile& file, int processors, Stream stream, Multiplier multiplier,
              DeviceWeights weights)
      : h_(file.hparams),
        shape_{h_.n_heads, h_.n_kv_heads, h_.head_dim},
        processors_(processors),
        rope_(h_, ToFloats(file.weights.rope_factors)),
        stream_(std::move(stream)),
        multiplier_(std::move(multiplier)),
        weights_(std::move(weights)) {}
  Status ReserveRows();
  void GiveUpPass();
  void ReserveLogits(uint32_t rows);
  Activations Normed(const float* weight, uint32_t rows, const uint32_t* chosen = nullptr);

  const HyperParameters& h_;
  const AttentionShape shape_;
  const int processors_;
  const Rope rope_;
  Stream stream_;
  Multiplier multiplier_;
  DeviceWeights weights_;
  DeviceKv kv_;
  BatchUpload batch_;
  GraphCache graphs_;
  uint32_t ranges_ = 1;  // of keys, in this pass
  bool skip_ = false;    // the pass is a known graph
  bool open_ = false;    // a pass has begun and not been finished

  Memory<float> x_;          // [rows, d_model] residual stream
  Memory<float> q_, k_, v_;  // [rows, q_dim], [rows, kv_dim] twice
  Memory<float> gate_, up_;  // [rows, d_ff]
  Memory<float> partials_;   // of attention
  Memory<float> logits_;     // [logits rows, vocab_size]
  LeaderFinder leaders_;
  Memory<RowSummary, true> summaries_;  // [logits rows]
  ActivationMemory normed_, attended_, hidden_;
};

Result<std::unique_ptr<Backend>> CudaBackend::Create(const ModelFile& file, const CudaOptions& options,
                                                     const GpuInfo& gpu) {
  ESPALIER_RETURN_IF_ERROR(
      CheckFits(PlanMemory(file, options.context_tokens), gpu.free_bytes, options.context_tokens));
  ESPALIER_ASSIGN_OR_RETURN(Stream stream, Stream::Create());
  ESPALIER_ASSIGN_OR_RETURN(Multiplier multiplier, Multiplier::Create(stream));
  ESPALIER_RETURN_IF_ERROR(multiplier.Reserve(LargestMatrix(file)));
  ESPALIER_ASSIGN_OR_RETURN(DeviceWeights weights, DeviceWeights::Upload(stream, file));
  std::unique_ptr<CudaBackend> backend(
      new CudaBackend(file, gpu.processors, std::move(stream), std::move(multiplier), std::move(weights)));
  ESPALIER_RETURN_IF_ERROR(backend->kv_.Reserve(file.hparams, options.context_tokens));
  ESPALIER_RETURN_IF_ERROR(backend->ReserveRows());
  return backend;
}

Status CudaBackend::ReserveRows() {
  ESPALIER_RETURN_IF_ERROR(x_.Reserve(size_t{kMostRows} * h_.d_model));
  ESPALIER_RETURN_IF_ERROR(q_.Reserve(size_t{kMostRows} * h_.q_dim()));
  ESPALIER_RETURN_IF_ERROR(k_.Reserve(size_t{kMostRows} * h_.kv_dim()));
  ESPALIER_RETURN_IF_ERROR(v_.Reserve(size_t{kMostRows} * h_.kv_dim()));
  ESPALIER_RETURN_IF_ERROR(gate_.Reserve(size_t{kMostRows} * h_.d_ff));
  ESPALIER_RETURN_IF_ERROR(up_.Reserve(size_t{kMostRows} * h_.d_ff));
  // KeyRanges cuts into more ranges only while blocks are fewer than twice the processors.
  const uint32_t cut = kMostRows + 2 * static_cast<uint32_t>(processors_);
  ESPALIER_RETURN_IF_ERROR(partials_.Reserve(PartialFloats(shape_, cut, 1)));
  ReserveLogits(kMostGraphRows);
  ESPALIER_RETURN_IF_ERROR(stream_.Finish());
  ESPALIER_RETURN_IF_ERROR(normed_.Reserve(kMostRows, h_.d_model));
  ESPALIER_RETURN_IF_ERROR(attended_.Reserve(kMostRows, h_.q_dim()));
  return hidden_.Reserve(kMostRows, h_.d_ff);
}

Activations CudaBackend::Normed(const float* weight, uint32_t rows, const uint32_t* chosen) {
  const Activations out = normed_.View(rows, h_.d_model);
  NormRows(stream_, x_.data(), chosen, weight, h_.rms_epsilon, out);
  return out;
}

/// After a pass that was cancelled: nothing of it is recorded, or runs while the next one's data is written.
void CudaBackend::GiveUpPass() {
  if (!std::exchange(open_, false)) return;
  graphs_.Abandon(stream_);
  stream_.Note(cudaStreamSynchronize(stream_.get()), "CUDA");
}

void CudaBackend::CopyPage(uint32_t from, uint32_t to) {
  GiveUpPass();
  kv_.CopyPage(stream_, from, to);
}

// A pass of few rows is recorded, or, when there has been one like it, launched as a whole in the end.
void CudaBackend::Embed(const BatchPlan& plan) {
  GiveUpPass();
  open_ = true;
  batch_.Send(stream_, plan, rope_, TilesFit(shape_));
  ranges_ = KeyRanges(shape_, batch_.rows().singles, batch_.longest(), processors_);
  const auto logits_rows = static_cast<uint32_t>(plan.logits_rows.size());
  ReserveLogits(logits_rows);
  skip_ = plan.rows() <= kMostGraphRows && batch_.rows().tiles == 0 &&
          !graphs_.Begin(stream_, {plan.rows(), logits_rows, ranges_, batch_.address(), logits_.data()});
  if (skip_) return;
  cuda::Embed(stream_, weights_.embedding, batch_.tokens(), plan.rows(), x_.data());
}

void CudaBackend::Attention(uint32_t layer, const BatchPlan& plan, KvCache& /*pages are here*/) {
  if (skip_) return;
  const DeviceLayer& w = weights_.layers[layer];
  const Activations normed = Normed(w.attn_norm, plan.rows());
  multiplier_.Multiply(stream_, w.wq, normed, {q_.data(), h_.q_dim(), w.bq});
  multiplier_.Multiply(stream_, w.wk, normed, {k_.data(), h_.kv_dim(), w.bk});
  multiplier_.Multiply(stream_, w.wv, normed, {v_.data(), h_.kv_dim(), w.bv});
  const KvPages pages = kv_.Layer(layer);
  RotateAndAppend(stream_, {h_.n_heads, h_.n_kv_heads, h_.head_dim, h_.rope_layout}, batch_.angles(),
                  q_.data(), k_.data(), v_.data(), pages, batch_.rows());
  const Activations attended = attended_.View(plan.rows(), h_.q_dim());
  Attend(stream_, shape_, q_.data(), pages, batch_.rows(), ranges_, partials_.data(), attended);
  multiplier_.Multiply(stream_, w.wo, attended, {x_.data(), h_.d_model, nullptr, true});
}

void CudaBackend::FeedForward(uint32_t layer, const BatchPlan& plan) {
  if (skip_) return;
  const DeviceLayer& w = weights_.layers[layer];
  const Activations normed = Normed(w.ffn_norm, plan.rows());
  multiplier_.Multiply(stream_, w.w_gate, normed, {gate_.data(), h_.d_ff});
  multiplier_.Multiply(stream_, w.w_up, normed, {up_.data(), h_.d_ff});
  const Activations hidden = hidden_.View(plan.rows(), h_.d_ff);
  SwiGlu(stream_, gate_.data(), up_.data(), hidden);
  multiplier_.Multiply(stream_, w.w_down, hidden, {x_.data(), h_.d_model, nullptr, true});
}

void CudaBackend::ReserveLogits(uint32_t rows) {
  const size_t floats = size_t{rows} * h_.vocab_size;
  stream_.Note(logits_.Reserve(floats));  // nothing is under way: the pass before has ended
  stream_.Note(leaders_.Reserve(rows, h_.vocab_size));
  stream_.Note(summaries_.Reserve(rows));
}

void CudaBackend::Summarize(const BatchPlan& plan, RowSummary* out) {
  const auto rows = static_cast<uint32_t>(plan.logits_rows.size());
  if (!skip_) {
    const Activations normed = Normed(weights_.output_norm, rows, batch_.logits_rows());
    multiplier_.Multiply(stream_, weights_.output, normed, {logits_.data(), h_.vocab_size});
    leaders_.Find(stream_, {logits_.data(), rows, h_.vocab_size}, batch_.draws());
    stream_.Copy(summaries_.data(), leaders_.found(), rows * sizeof(RowSummary), cudaMemcpyDeviceToHost);
  }
  if (graphs_.active()) graphs_.End(stream_);
  stream_.Note(cudaStreamSynchronize(stream_.get()), "CUDA");
  if (summaries_.count() >= rows) std::copy_n(summaries_.data(), rows, out);
}

void CudaBackend::FetchLogits(uint32_t row, float* out) {
  stream_.Copy(out, logits_.data() + size_t{row} * h_.vocab_size, h_.vocab_size * sizeof(float),
               cudaMemcpyDeviceToHost);
  stream_.Note(cudaStreamSynchronize(stream_.get()), "CUDA");
}

void CudaBackend::Output(const BatchPlan& plan, float* out) {
  const size_t rows = plan.logits_rows.size();
  std::vector<RowSummary> summaries(rows);
  Summarize(plan, summaries.data());
  stream_.Copy(out, logits_.data(), rows * h_.vocab_size * sizeof(float), cudaMemcpyDeviceToHost);
  stream_.Note(cudaStreamSynchronize(stream_.get()), "CUDA");
}

Status CudaBackend::Finish() {
  if (graphs_.active()) graphs_.End(stream_);
  open_ = false;
  return stream_.Finish();
}

}  // namespace

Result<GpuInfo> ProbeDevice() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess || count == 0) {
    return Fail(ErrorCode::kUnavailable,
                std::string("no GPU that CUDA can use: ") +
                    (error == cudaSuccess ? "the driver knows none" : cudaGetErrorString(error)));
  }
  cudaDeviceProp properties;
  GpuInfo gpu;
  ESPALIER_RETURN_IF_ERROR(CheckCuda(cudaSetDevice(0), "the GPU"));
  ESPALIER_RETURN_IF_ERROR(CheckCuda(cudaGetDeviceProperties(&properties, 0), "the GPU's properties"));
  ESPALIER_RETURN_IF_ERROR(CheckCuda(cudaMemGetInfo(&gpu.free_bytes, &gpu.memory_bytes), "the GPU's memory"));
  gpu.name = properties.name;
  gpu.major = properties.major;
  gpu.minor = properties.minor;
  gpu.processors = properties.multiProcessorCount;
  return gpu;
}

Result<std::unique_ptr<Backend>> MakeBackend(const ModelFile& file, const CudaOptions& options) {
  if (options.kv_type != KvType::kF16) {
    return Fail(ErrorCode::kUnsupported, "on a GPU, keys and values are halves: leave out the other KV type");
  }
  if (file.hparams.head_dim > kMostHeadDim) {
    return Fail(ErrorCode::kUnsupported, "attention heads of " + std::to_string(file.hparams.head_dim) +
                                             " elements; the GPU's kernels take up to 256");
  }
  ESPALIER_ASSIGN_OR_RETURN(const GpuInfo gpu, ProbeDevice());
  return CudaBackend::Create(file, options, gpu);
}

}  // namespace espalier::cuda
