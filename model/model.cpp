#include "model/model.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "model/backend.h"
#include "model/cuda/cuda_backend.h"

namespace espalier {

void BatchPlan::clear() {
  tokens.clear();
  positions.clear();
  spans.clear();
  logits_rows.clear();
  draws.clear();
}

struct Model::Impl {
  Impl(ModelFile model_file, Tokenizer t, KvCache cache)
      : file(std::move(model_file)), tokenizer(std::move(t)), kv(std::move(cache)) {}

  ModelFile file;
  Tokenizer tokenizer;
  KvCache kv;
  std::unique_ptr<Backend> backend;
  BatchPlan plan;

  Status Validate(std::span<const SequenceChunk> batch) const;
  Status RunPass(const CancelToken& cancel);
};

namespace {

// How much of each chunk went into the passes so far.
struct Progress {
  size_t chunk = 0;
  size_t offset = 0;
};

// Fills `plan` with the next rows of the batch, at most `max_rows`.
void PlanPass(std::span<const SequenceChunk> batch, uint32_t max_rows, Progress& at, BatchPlan& plan) {
  plan.clear();
  while (at.chunk < batch.size() && plan.rows() < max_rows) {
    const SequenceChunk& chunk = batch[at.chunk];
    const size_t count = std::min<size_t>(chunk.tokens.size() - at.offset, max_rows - plan.rows());
    BatchSpan span{chunk.sequence, plan.rows(), static_cast<uint32_t>(count),
                   chunk.sequence->length() + static_cast<uint32_t>(at.offset)};
    const size_t first_logit = chunk.tokens.size() - chunk.logits_rows;
    for (size_t i = 0; i < count; ++i) {
      if (at.offset + i >= first_logit) {
        plan.logits_rows.push_back(plan.rows());
        plan.draws.push_back(chunk.draws.empty() ? DrawRule() : chunk.draws[at.offset + i - first_logit]);
      }
      plan.tokens.push_back(chunk.tokens[at.offset + i]);
      plan.positions.push_back(span.start + static_cast<uint32_t>(i));
    }
    if (count > 0) plan.spans.push_back(span);
    at.offset += count;
    if (at.offset == chunk.tokens.size()) at = {at.chunk + 1, 0};
  }
}

Result<std::unique_ptr<Backend>> MakeBackend(const ModelFile& file, const ModelOptions& options) {
  const int threads = options.threads > 0 ? options.threads : DefaultThreads();
  if (options.backend == BackendKind::kScalar) return MakeScalarBackend(file, threads);
  if (options.backend != BackendKind::kCuda) return MakeCpuBackend(file, options.backend, threads);
  return MakeCudaBackend(file, {options.context_tokens, options.kv_type, options.gpus, options.int8_prefill});
}

}  // namespace

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::~Model() = default;

Result<std::unique_ptr<Model>> Model::Load(const std::filesystem::path& path, const ModelOptions& options) {
  ESPALIER_ASSIGN_OR_RETURN(ModelFile file, OpenModelFile(path));
  return Create(std::move(file), options);
}

Result<std::unique_ptr<Model>> Model::Create(ModelFile file, const ModelOptions& options,
                                             std::unique_ptr<Backend> backend) {
  ESPALIER_ASSIGN_OR_RETURN(Tokenizer tokenizer, Tokenizer::Create(file.tokenizer));
  ESPALIER_ASSIGN_OR_RETURN(KvCache kv,
                            KvCache::Create(file.hparams, {options.context_tokens, options.kv_type}));
  file.tokenizer = {};  // the tokenizer has its own tables; 25 MB for a vocabulary of 152k
  auto impl = std::make_unique<Impl>(std::move(file), std::move(tokenizer), std::move(kv));
  impl->backend = std::move(backend);
  if (impl->backend == nullptr) {
    ESPALIER_ASSIGN_OR_RETURN(impl->backend, MakeBackend(impl->file, options));
  }
  if (impl->backend->keeps_pages()) {
    impl->kv.KeepElsewhere(
        [device = impl->backend.get()](uint32_t from, uint32_t to) { device->CopyPage(from, to); });
  }
  return std::unique_ptr<Model>(new Model(std::move(impl)));
}

Status Model::Impl::Validate(std::span<const SequenceChunk> batch) const {
  for (const SequenceChunk& chunk : batch) {
    const size_t end = chunk.sequence->length() + chunk.tokens.size();
    if (end > file.hparams.context_length) {
      return Fail(ErrorCode::kInvalidArgument, "the context is full: " + std::to_string(end) +
                                                   " tokens wanted, the model was made for " +
                                                   std::to_string(file.hparams.context_length));
    }
    if (!chunk.draws.empty() && chunk.draws.size() != chunk.logits_rows) {
      return Fail(ErrorCode::kInvalidArgument, "as many rules to draw by as rows of logits are wanted");
    }
    if (chunk.logits_rows > chunk.tokens.size()) {
      return Fail(ErrorCode::kInvalidArgument, "more rows of logits wanted than tokens given");
    }
    for (const TokenId token : chunk.tokens) {
      if (token < 0 || static_cast<uint32_t>(token) >= file.hparams.vocab_size) {
        return Fail(ErrorCode::kInvalidArgument, "token id " + std::to_string(token) +
                                                     " is outside the vocabulary of " +
                                                     std::to_string(file.hparams.vocab_size));
      }
    }
  }
  return {};
}

Status Model::Impl::RunPass(const CancelToken& cancel) {
  backend->Embed(plan);
  for (uint32_t layer = 0; layer < file.hparams.n_layers; ++layer) {
    ESPALIER_RETURN_IF_ERROR(cancel.Check());
    backend->Attention(layer, plan, kv);
    ESPALIER_RETURN_IF_ERROR(cancel.Check());
    backend->FeedForward(layer, plan);
  }
  return cancel.Check();
}

std::span<const float> Logits::row(size_t r) const {
  float* values = values_.data() + r * vocab_size;
  if (!absent_.empty() && absent_[r]) {
    std::fill_n(values, vocab_size, -std::numeric_limits<float>::infinity());
    fetch_(static_cast<uint32_t>(r), values);
    absent_[r] = false;
  }
  return {values, vocab_size};
}

std::vector<float> Logits::all() const {
  for (size_t r = 0; r < rows; ++r) row(r);
  return {values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(rows * vocab_size)};
}

// They are there when the backend has finished. `whole`: the pass has all rows of its Forward.
void Model::TakeLogits(Logits& logits, bool whole) {
  const size_t rows = impl_->plan.logits_rows.size(), first = logits.rows;
  if (rows == 0) return;
  logits.rows += rows;
  logits.values_.resize(logits.rows * logits.vocab_size);
  if (!whole || !impl_->backend->keeps_logits()) {
    return impl_->backend->Output(impl_->plan, logits.values_.data() + first * logits.vocab_size);
  }
  logits.summaries_.resize(rows);
  logits.absent_.assign(rows, true);
  logits.fetch_ = [backend = impl_->backend.get()](uint32_t row, float* out) {
    backend->FetchLogits(row, out);
  };
  impl_->backend->Summarize(impl_->plan, logits.summaries_.data());
}

Status Model::Forward(std::span<const SequenceChunk> batch, Logits& logits, const CancelToken& cancel,
                      const std::function<void()>& meanwhile) {
  logits.rows = 0;
  logits.absent_.clear();
  logits.summaries_.clear();
  logits.vocab_size = impl_->file.hparams.vocab_size;
  ESPALIER_RETURN_IF_ERROR(impl_->Validate(batch));
  Status status;
  for (const SequenceChunk& chunk : batch) {
    status = impl_->kv.Reserve(*chunk.sequence, static_cast<uint32_t>(chunk.tokens.size()));
    if (!status) break;
  }
  int passes = 0;
  for (Progress at; status && at.chunk < batch.size();) {
    PlanPass(batch, impl_->backend->max_rows(), at, impl_->plan);
    if (impl_->plan.rows() == 0) continue;
    const bool whole = ++passes == 1 && at.chunk == batch.size();
    status = impl_->RunPass(cancel);
    if (!status) break;
    TakeLogits(logits, whole);
    if (passes == 1 && meanwhile) meanwhile();
    status = impl_->backend->Finish();
  }
  for (const SequenceChunk& chunk : batch) {
    if (status) impl_->kv.Commit(*chunk.sequence, static_cast<uint32_t>(chunk.tokens.size()));
    impl_->kv.Truncate(*chunk.sequence, chunk.sequence->length());  // gives back what was only reserved
  }
  return status;
}

KvCache& Model::kv() { return impl_->kv; }
const HyperParameters& Model::hparams() const { return impl_->file.hparams; }
const Tokenizer& Model::tokenizer() const { return impl_->tokenizer; }
const ModelFile& Model::file() const { return impl_->file; }
std::string_view Model::backend_name() const { return impl_->backend->name(); }
int Model::threads() const { return impl_->backend->threads(); }
size_t Model::weight_bytes() const { return impl_->backend->weight_bytes(); }

}  // namespace espalier
