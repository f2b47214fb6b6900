// A backend runs the Transformer's arithmetic on one kind of hardware. The interface is a small table
// of fused operations over the rows of a batch; Model::Forward calls them layer by layer. Activations
// (the residual stream and scratch) live inside the backend between calls.
//
// Threads: called by one thread at a time; an implementation may use more inside an operation.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/kv_cache.h"
#include "model/model.h"
#include "model/model_file.h"

namespace espalier {

/// Consecutive rows of a batch that belong to one sequence.
struct BatchSpan {
  const KvSequence* sequence = nullptr;
  uint32_t first_row = 0;
  uint32_t rows = 0;
  uint32_t start = 0;  ///< position of the first row in its sequence
};

/// One pass over the weights: `tokens[i]` sits at `positions[i]` of its span's sequence.
struct BatchPlan {
  std::vector<TokenId> tokens;
  std::vector<uint32_t> positions;
  std::vector<BatchSpan> spans;
  std::vector<uint32_t> logits_rows;  ///< rows whose logits are wanted, ascending
  std::vector<DrawRule> draws;        ///< of each of these

  uint32_t rows() const { return static_cast<uint32_t>(tokens.size()); }
  void clear();
};

class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::string_view name() const = 0;
  virtual int threads() const = 0;
  virtual size_t weight_bytes() const = 0;
  /// Most rows that one pass should hold (larger batches are split by the caller).
  virtual uint32_t max_rows() const = 0;

  /// x = embedding(tokens); prepares rotary angles and scratch for the plan.
  virtual void Embed(const BatchPlan& plan) = 0;
  /// x += Wo * attention(rope(Wq h), rope(Wk h), Wv h) with h = rmsnorm(x); appends K and V of every
  /// row to the KV cache, whose pages the caller reserved.
  virtual void Attention(uint32_t layer, const BatchPlan& plan, KvCache& kv) = 0;
  /// x += Wdown * (silu(Wgate h) * (Wup h)) with h = rmsnorm(x).
  virtual void FeedForward(uint32_t layer, const BatchPlan& plan) = 0;
  /// logits[i] = Wout * rmsnorm(x[plan.logits_rows[i]]); out is [logits_rows.size(), vocab_size].
  virtual void Output(const BatchPlan& plan, float* out) = 0;

  /// Whether logits are better left where they are: a device draws from them itself.
  virtual bool keeps_logits() const { return false; }
  /// As Output, but only a summary of each row leaves the device, and is in `out` once Finish was called.
  /// REQUIRES: keeps_logits().
  virtual void Summarize(const BatchPlan& /*plan*/, RowSummary* /*out*/) {}
  /// A row of logits of the last Summarize.
  virtual void FetchLogits(uint32_t /*row*/, float* /*out*/) {}

  /// Waits until what was asked is done, and says what went wrong since the last time. Only a device can
  /// fail.
  virtual Status Finish() { return {}; }

  /// Whether keys and values are kept by the backend and not in the KvCache, which then only counts pages.
  virtual bool keeps_pages() const { return false; }
  /// Copies a page of all layers. REQUIRES: keeps_pages().
  virtual void CopyPage(uint32_t /*from*/, uint32_t /*to*/) {}
};

/// The plain reference (BackendKind::kScalar): dequantizes weights row by row, float32 throughout.
/// `file` must outlive the backend.
std::unique_ptr<Backend> MakeScalarBackend(const ModelFile& file, int threads);

/// The SIMD backend for `kind` (kAuto = best available). Repacks the weights; pages of the mapped file
/// that were packed are released. Errors: kUnsupported (this CPU lacks the instructions).
Result<std::unique_ptr<Backend>> MakeCpuBackend(const ModelFile& file, BackendKind kind, int threads);

/// What this processor can run, best first; always ends with kScalar.
std::vector<BackendKind> AvailableBackends();

/// Physical cores this process may use (affinity and SMT considered), at least 1.
int DefaultThreads();

}  // namespace espalier
