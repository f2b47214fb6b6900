// What one GPU holds and does of the forward pass: its part of the weights, of keys and values, and the
// launches of each operation. With several GPUs the residual stream is the same on all once their parts were
// summed (Collective), which is the caller's business.
#pragma once

#include <memory>

#include "model/cuda/attention.cuh"
#include "model/cuda/batch_upload.cuh"
#include "model/cuda/cuda_backend.h"
#include "model/cuda/device_kv.cuh"
#include "model/cuda/device_weights.cuh"
#include "model/cuda/graph_cache.cuh"
#include "model/cuda/leaders.cuh"
#include "model/cuda/matmul.cuh"
#include "model/cuda/model_part.h"

namespace espalier::cuda {

/// Which GPU.
struct ShardPlace {
  uint32_t rank = 0;
  int processors = 1;  ///< of the GPU
};

/// REQUIRES, of all calls but Create's and Use's: Use() was called before, and no other shard's since.
class Shard {
 public:
  /// Errors: kResourceExhausted, kInternal. REQUIRES: the GPU `place.rank` is the current one; `file`
  /// outlives the shard.
  static Result<std::unique_ptr<Shard>> Create(const ModelFile& file, ModelPart part, const ShardPlace& place,
                                               const CudaOptions& options);

  /// Makes its GPU the one that is meant.
  void Use();

  // A pass: what Backend's functions of these names do, but that Attention and FeedForward leave a part of
  // the sum in residual(): the whole with one GPU.

  void Embed(const BatchPlan& plan);
  void Attention(uint32_t layer, const BatchPlan& plan);
  void FeedForward(uint32_t layer, const BatchPlan& plan);
  /// Logits of its slice of the vocabulary, [logits rows, vocabulary()].
  void Project(const BatchPlan& plan);
  /// Sends what the rows' rules say of `whole` to summaries().
  void Summarize(const LogitsView& whole);
  /// The pass is launched, if it was not yet.
  void Launch();
  /// The pass was cancelled: nothing of it is recorded, or runs while the next one's data is written.
  void GiveUp();
  void CopyPage(uint32_t from, uint32_t to) { kv_.CopyPage(stream_, from, to); }

  Stream& stream() { return stream_; }
  size_t weight_bytes() const { return weights_.bytes; }
  uint32_t vocabulary() const { return part_.hparams.vocab_size; }
  float* residual() const { return x_.data(); }  ///< [rows, d_model]
  const float* logits() const { return logits_.data(); }
  /// Of several GPUs: [ranks][logits rows, vocabulary()].
  float* gathered() const { return gathered_.data(); }
  /// Of the first of several: [logits rows, all tokens].
  float* whole() const { return whole_.data(); }
  const Memory<RowSummary, true>& summaries() const { return summaries_; }  ///< [logits rows]

 private:
  Shard(const ModelFile& file, ModelPart part, const ShardPlace& place, int gpus, Stream stream,
        Multiplier multiplier, DeviceWeights weights);
  Status ReserveRows();
  void ReserveLogits(uint32_t rows);
  /// Products of all neighbours, side by side in rows of `stride`.
  void MultiplyAll(const std::vector<Neighbour>& neighbours, const Activations& in, const ProductOut& out);
  Activations Normed(const float* weight, uint32_t rows, const uint32_t* chosen = nullptr);
  /// How a product comes into the residual stream: the sum over GPUs has what was there before once.
  ProductOut ToResidual() const { return {x_.data(), part_.hparams.d_model, nullptr, place_.rank == 0}; }

  const ModelPart part_;  // without weights
  const uint32_t all_tokens_;
  const AttentionShape shape_;
  const ShardPlace place_;
  const uint32_t gpus_;  // all that share the model
  const Rope rope_;
  Stream stream_;
  Multiplier multiplier_;
  DeviceWeights weights_;
  DeviceKv kv_;
  BatchUpload batch_;
  GraphCache graphs_;
  uint32_t ranges_ = 1;  // of keys, in this pass
  bool skip_ = false;    // the pass is a known graph

  Memory<float> x_;         // [rows, d_model] residual stream
  Memory<float> qkv_;       // [rows, q_dim + 2 kv_dim]
  Memory<float> gate_up_;   // [rows, 2 d_ff]
  Memory<float> partials_;  // of attention
  Memory<float> logits_, gathered_, whole_;
  LeaderFinder leaders_;
  Memory<RowSummary, true> summaries_;
  ActivationMemory normed_, attended_, hidden_;
};

}  // namespace espalier::cuda
