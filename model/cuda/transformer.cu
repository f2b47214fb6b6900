#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "model/cuda/collective.cuh"
#include "model/cuda/memory_plan.h"
#include "model/cuda/shard.cuh"
#include "model/cuda/transformer.cuh"

namespace espalier::cuda {
namespace {

constexpr uint32_t kMostHeadDim = 256;

using Shards = std::vector<std::unique_ptr<Shard>>;

class CudaBackend final : public Backend {
 public:
  CudaBackend(const HyperParameters& h, Shards shards, std::optional<Collective> collective)
      : h_(h), shards_(std::move(shards)), collective_(std::move(collective)) {}

  std::string_view name() const override { return "cuda"; }
  int threads() const override { return 1; }
  size_t weight_bytes() const override;
  uint32_t max_rows() const override { return kMostRows; }

  void Embed(const BatchPlan& plan) override;
  void Attention(uint32_t layer, const BatchPlan& plan, KvCache& kv) override;
  void FeedForward(uint32_t layer, const BatchPlan& plan) override;
  void Output(const BatchPlan& plan, float* out) override;
  bool keeps_logits() const override { return true; }
  void Summarize(const BatchPlan& plan, RowSummary* out) override;
  void FetchLogits(uint32_t row, float* out) override { FetchRows(row, 1, out); }
  Status Finish() override;

  bool keeps_pages() const override { return true; }
  void CopyPage(uint32_t from, uint32_t to) override;

 private:
  template <typename Do>
  void OnEach(const Do& act) {
    for (const std::unique_ptr<Shard>& shard : shards_) {
      shard->Use();
      act(*shard);
    }
  }
  Shard& first() { return *shards_.front(); }
  void GiveUpPass();
  void SumResiduals(uint32_t rows);
  LogitsView WholeLogits(uint32_t rows);
  void FetchRows(uint32_t row, uint32_t rows, float* out);

  const HyperParameters& h_;
  Shards shards_;
  std::optional<Collective> collective_;  // of several
  const float* logits_ = nullptr;         // of the last pass, [logits rows, vocab_size]
  std::span<RowSummary> wanted_;          // by Summarize, where Finish writes them
  bool open_ = false;                     // a pass has begun and not been finished
};

size_t CudaBackend::weight_bytes() const {
  size_t bytes = 0;
  for (const std::unique_ptr<Shard>& shard : shards_) bytes += shard->weight_bytes();
  return bytes;
}

void CudaBackend::GiveUpPass() {
  if (!std::exchange(open_, false)) return;
  OnEach([](Shard& shard) { shard.GiveUp(); });
}

void CudaBackend::CopyPage(uint32_t from, uint32_t to) {
  GiveUpPass();
  OnEach([&](Shard& shard) { shard.CopyPage(from, to); });
}

void CudaBackend::Embed(const BatchPlan& plan) {
  GiveUpPass();
  open_ = true;
  OnEach([&](Shard& shard) { shard.Embed(plan); });
}

void CudaBackend::Attention(uint32_t layer, const BatchPlan& plan, KvCache& /*pages are here*/) {
  OnEach([&](Shard& shard) { shard.Attention(layer, plan); });
  SumResiduals(plan.rows());
}

void CudaBackend::FeedForward(uint32_t layer, const BatchPlan& plan) {
  OnEach([&](Shard& shard) { shard.FeedForward(layer, plan); });
  SumResiduals(plan.rows());
}

void CudaBackend::SumResiduals(uint32_t rows) {
  if (!collective_) return;
  std::vector<Peer> peers;
  for (const auto& shard : shards_) peers.push_back({&shard->stream(), shard->residual(), shard->residual()});
  collective_->Sum(peers, size_t{rows} * h_.d_model);
}

/// On the first GPU, all slices side by side.
LogitsView CudaBackend::WholeLogits(uint32_t rows) {
  if (!collective_) return {first().logits(), rows, h_.vocab_size};
  std::vector<Peer> peers;
  for (const auto& shard : shards_) peers.push_back({&shard->stream(), shard->logits(), shard->gathered()});
  const size_t slice = first().vocabulary(), whole = h_.vocab_size;
  collective_->Gather(peers, rows * slice);
  first().Use();
  for (size_t i = 0; i * slice < whole; ++i) {
    first().stream().CopyRows({first().whole() + i * slice, whole},
                              {first().gathered() + i * rows * slice, slice},
                              std::min(slice, whole - i * slice), rows);
  }
  return {first().whole(), rows, h_.vocab_size};
}

void CudaBackend::Summarize(const BatchPlan& plan, RowSummary* out) {
  const auto rows = static_cast<uint32_t>(plan.logits_rows.size());
  OnEach([&](Shard& shard) { shard.Project(plan); });
  const LogitsView whole = WholeLogits(rows);
  logits_ = whole.data;
  first().Use();
  first().Summarize(whole);
  first().Launch();
  wanted_ = {out, rows};
}

void CudaBackend::FetchRows(uint32_t row, uint32_t rows, float* out) {
  Stream& stream = first().stream();
  first().Use();
  stream.Copy(out, logits_ + size_t{row} * h_.vocab_size, size_t{rows} * h_.vocab_size * sizeof(float),
              cudaMemcpyDeviceToHost);
  stream.Wait();
}

void CudaBackend::Output(const BatchPlan& plan, float* out) {
  std::vector<RowSummary> summaries(plan.logits_rows.size());
  Summarize(plan, summaries.data());
  wanted_ = {};
  FetchRows(0, static_cast<uint32_t>(summaries.size()), out);
}

Status CudaBackend::Finish() {
  open_ = false;
  Status status;
  OnEach([&](Shard& shard) {
    shard.Launch();
    Status finished = shard.stream().Finish();
    if (status) status = std::move(finished);
  });
  const auto wanted = std::exchange(wanted_, {});
  if (first().summaries().count() >= wanted.size()) {
    std::copy_n(first().summaries().data(), wanted.size(), wanted.data());
  }
  return status;
}

Result<GpuInfo> ProbeGpuNumber(int device) {
  cudaDeviceProp properties;
  GpuInfo gpu;
  ESPALIER_RETURN_IF_ERROR(CheckCuda(cudaGetDeviceCount(&gpu.count), "the GPUs"));
  ESPALIER_RETURN_IF_ERROR(CheckCuda(cudaSetDevice(device), "the GPU"));
  ESPALIER_RETURN_IF_ERROR(CheckCuda(cudaGetDeviceProperties(&properties, device), "the GPU's properties"));
  ESPALIER_RETURN_IF_ERROR(CheckCuda(cudaMemGetInfo(&gpu.free_bytes, &gpu.memory_bytes), "the GPU's memory"));
  gpu.name = properties.name;
  gpu.major = properties.major;
  gpu.minor = properties.minor;
  gpu.processors = properties.multiProcessorCount;
  return gpu;
}

Result<std::unique_ptr<Shard>> MakeShard(const ModelFile& file, uint32_t rank, const CudaOptions& options) {
  const auto ranks = static_cast<uint32_t>(options.gpus);
  ESPALIER_ASSIGN_OR_RETURN(ModelPart part, CutModel(file, rank, ranks));
  ESPALIER_ASSIGN_OR_RETURN(const GpuInfo gpu, ProbeGpuNumber(static_cast<int>(rank)));
  ESPALIER_RETURN_IF_ERROR(CheckFits(PlanMemory(part, options), gpu.free_bytes, options.context_tokens));
  return Shard::Create(file, std::move(part), {rank, gpu.processors}, options);
}

Status CheckOptions(const ModelFile& file, const CudaOptions& options) {
  if (options.kv_type != KvType::kF16) {
    return Fail(ErrorCode::kUnsupported, "on a GPU, keys and values are halves: leave out the other KV type");
  }
  if (file.hparams.head_dim > kMostHeadDim) {
    return Fail(ErrorCode::kUnsupported, "attention heads of " + std::to_string(file.hparams.head_dim) +
                                             " elements; the GPU's kernels take up to 256");
  }
  ESPALIER_ASSIGN_OR_RETURN(const GpuInfo gpu, ProbeDevice());
  if (options.gpus >= 1 && options.gpus <= gpu.count) return {};
  return Fail(
      ErrorCode::kUnavailable,
      std::to_string(options.gpus) + " GPUs are asked for, the machine has " + std::to_string(gpu.count));
}

}  // namespace

Result<GpuInfo> ProbeDevice() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count > 0) return ProbeGpuNumber(0);
  return Fail(ErrorCode::kUnavailable,
              std::string("no GPU that CUDA can use: ") +
                  (error == cudaSuccess ? "the driver knows none" : cudaGetErrorString(error)));
}

Result<std::unique_ptr<Backend>> MakeBackend(const ModelFile& file, const CudaOptions& options) {
  ESPALIER_RETURN_IF_ERROR(CheckOptions(file, options));
  Shards shards;
  for (uint32_t rank = 0; rank < static_cast<uint32_t>(options.gpus); ++rank) {
    ESPALIER_ASSIGN_OR_RETURN(shards.emplace_back(), MakeShard(file, rank, options));
  }
  std::optional<Collective> collective;
  if (shards.size() > 1) {
    ESPALIER_ASSIGN_OR_RETURN(Collective all, Collective::Create(options.gpus));
    collective.emplace(std::move(all));
  }
  return std::make_unique<CudaBackend>(file.hparams, std::move(shards), std::move(collective));
}

}  // namespace espalier::cuda
