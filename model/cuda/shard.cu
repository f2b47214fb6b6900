#include <utility>

#include "model/cuda/elementwise.cuh"
#include "model/cuda/memory_plan.h"
#include "model/cuda/shard.cuh"
#include "model/quant.h"

namespace espalier::cuda {
namespace {

/// What is needed of a part once its weights are on the GPU.
ModelPart WithoutWeights(ModelPart part) { return {std::move(part.hparams), {}, {}}; }

}  // namespace

Result<std::unique_ptr<Shard>> Shard::Create(const ModelFile& file, ModelPart part, const ShardPlace& place,
                                             const CudaOptions& options) {
  ESPALIER_ASSIGN_OR_RETURN(Stream stream, Stream::Create());
  ESPALIER_ASSIGN_OR_RETURN(Multiplier multiplier, Multiplier::Create(stream));
  const MatrixSizes most = LargestMatrix(part);
  ESPALIER_RETURN_IF_ERROR(multiplier.Reserve(most.elements));
  if (options.int8_prefill) {
    ESPALIER_RETURN_IF_ERROR(multiplier.bytes().Reserve(most.elements, most.rows, most.cols, kMostRows));
  }
  ESPALIER_ASSIGN_OR_RETURN(DeviceWeights weights, DeviceWeights::Upload(stream, part.weights));
  std::unique_ptr<Shard> shard(new Shard(file, WithoutWeights(std::move(part)), place, options.gpus,
                                         std::move(stream), std::move(multiplier), std::move(weights)));
  ESPALIER_RETURN_IF_ERROR(shard->kv_.Reserve(shard->part_.hparams, options.context_tokens));
  ESPALIER_RETURN_IF_ERROR(shard->ReserveRows());
  return shard;
}

Shard::Shard(const ModelFile& file, ModelPart part, const ShardPlace& place, int gpus, Stream stream,
             Multiplier multiplier, DeviceWeights weights)
    : part_(std::move(part)),
      all_tokens_(file.hparams.vocab_size),
      shape_{part_.hparams.n_heads, part_.hparams.n_kv_heads, part_.hparams.head_dim},
      place_(place),
      gpus_(static_cast<uint32_t>(gpus)),
      rope_(part_.hparams, ToFloats(file.weights.rope_factors)),
      stream_(std::move(stream)),
      multiplier_(std::move(multiplier)),
      weights_(std::move(weights)) {}

Status Shard::ReserveRows() {
  const HyperParameters& h = part_.hparams;
  ESPALIER_RETURN_IF_ERROR(x_.Reserve(size_t{kMostRows} * h.d_model));
  ESPALIER_RETURN_IF_ERROR(qkv_.Reserve(kMostRows * shape_.stride()));
  ESPALIER_RETURN_IF_ERROR(gate_up_.Reserve(size_t{kMostRows} * 2 * h.d_ff));
  // KeyRanges cuts into more ranges only while blocks are fewer than twice the processors.
  const uint32_t cut = kMostRows + 2 * static_cast<uint32_t>(place_.processors);
  ESPALIER_RETURN_IF_ERROR(partials_.Reserve(PartialFloats(shape_, cut, 1)));
  ReserveLogits(kMostGraphRows);
  ESPALIER_RETURN_IF_ERROR(stream_.Finish());
  ESPALIER_RETURN_IF_ERROR(normed_.Reserve(kMostRows, h.d_model));
  ESPALIER_RETURN_IF_ERROR(attended_.Reserve(kMostRows, h.q_dim()));
  return hidden_.Reserve(kMostRows, h.d_ff);
}

void Shard::ReserveLogits(uint32_t rows) {
  const size_t floats = size_t{rows} * vocabulary();
  stream_.Note(logits_.Reserve(floats));  // nothing is under way: the pass before has ended
  if (gpus_ > 1) stream_.Note(gathered_.Reserve(floats * gpus_));
  if (place_.rank > 0) return;
  if (gpus_ > 1) stream_.Note(whole_.Reserve(size_t{rows} * all_tokens_));
  stream_.Note(leaders_.Reserve(rows, all_tokens_));
  stream_.Note(summaries_.Reserve(rows));
}

void Shard::Use() { stream_.Note(cudaSetDevice(static_cast<int>(place_.rank)), "the GPU"); }

Activations Shard::Normed(const float* weight, uint32_t rows, const uint32_t* chosen) {
  const Activations out = normed_.View(rows, part_.hparams.d_model);
  NormRows(stream_, x_.data(), chosen, weight, part_.hparams.rms_epsilon, out);
  return out;
}

void Shard::MultiplyAll(const std::vector<Neighbour>& neighbours, const Activations& in,
                        const ProductOut& out) {
  for (const Neighbour& neighbour : neighbours) {
    ProductOut part = out;
    part.y += neighbour.first_output;
    if (part.bias != nullptr) part.bias += neighbour.first_output;
    multiplier_.Multiply(stream_, neighbour.w, in, part);
  }
}

// A pass of few rows is recorded, or, when there has been one like it, launched as a whole in the end. Not
// with several GPUs: recordings that wait for each other are for one thread a GPU.
void Shard::Embed(const BatchPlan& plan) {
  batch_.Send(stream_, plan, rope_, TilesFit(shape_));
  ranges_ = KeyRanges(shape_, batch_.rows().singles, batch_.longest(), place_.processors);
  const auto logits_rows = static_cast<uint32_t>(plan.logits_rows.size());
  ReserveLogits(logits_rows);
  skip_ = gpus_ == 1 && plan.rows() <= kMostGraphRows && batch_.rows().tiles == 0 &&
          !graphs_.Begin(stream_, {plan.rows(), logits_rows, ranges_, batch_.address(), logits_.data()});
  if (skip_) return;
  cuda::Embed(stream_, weights_.embedding, batch_.tokens(), plan.rows(), x_.data());
}

void Shard::Attention(uint32_t layer, const BatchPlan& plan) {
  if (skip_) return;
  const HyperParameters& h = part_.hparams;
  const DeviceLayer& w = weights_.layers[layer];
  const Activations normed = Normed(w.attn_norm, plan.rows());
  MultiplyAll(w.qkv, normed, {qkv_.data(), static_cast<uint32_t>(shape_.stride()), w.bqkv});
  const KvPages pages = kv_.Layer(layer);
  RotateAndAppend(stream_, shape_, h.rope_layout, batch_.angles(), qkv_.data(), pages, batch_.rows());
  const Activations attended = attended_.View(plan.rows(), h.q_dim());
  Attend(stream_, shape_, qkv_.data(), pages, batch_.rows(), ranges_, partials_.data(), attended);
  multiplier_.Multiply(stream_, w.wo, attended, ToResidual());
}

void Shard::FeedForward(uint32_t layer, const BatchPlan& plan) {
  if (skip_) return;
  const HyperParameters& h = part_.hparams;
  const DeviceLayer& w = weights_.layers[layer];
  const Activations normed = Normed(w.ffn_norm, plan.rows());
  MultiplyAll(w.gate_up, normed, {gate_up_.data(), 2 * h.d_ff});
  const Activations hidden = hidden_.View(plan.rows(), h.d_ff);
  SwiGlu(stream_, gate_up_.data(), hidden);
  multiplier_.Multiply(stream_, w.w_down, hidden, ToResidual());
}

void Shard::Project(const BatchPlan& plan) {
  if (skip_) return;
  const auto rows = static_cast<uint32_t>(plan.logits_rows.size());
  const Activations normed = Normed(weights_.output_norm, rows, batch_.logits_rows());
  multiplier_.Multiply(stream_, weights_.output, normed, {logits_.data(), vocabulary()});
}

void Shard::Summarize(const LogitsView& whole) {
  if (skip_) return;
  leaders_.Find(stream_, whole, batch_.draws());
  stream_.Copy(summaries_.data(), leaders_.found(), whole.rows * sizeof(RowSummary), cudaMemcpyDeviceToHost);
}

void Shard::Launch() {
  if (graphs_.active()) graphs_.End(stream_);
}

void Shard::GiveUp() {
  graphs_.Abandon(stream_);
  stream_.Wait();
}

}  // namespace espalier::cuda
