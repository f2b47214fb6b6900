// A loaded language model: weights in the form its backend wants, tokenizer, KV cache, and one
// operation, Forward, that appends tokens to sequences and returns logits. This is the public face of
// model/; everything above it (sampling, batching, prompts) lives in decoder/.
//
// Threads: one thread at a time may call Forward and touch the KV cache (the engine thread);
// tokenizer() and hparams() may be used from any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"
#include "model/draw.h"
#include "model/kv_cache.h"
#include "model/model_file.h"
#include "model/tokenizer.h"

namespace espalier {

class Backend;

enum class BackendKind {
  kAuto,    ///< the fastest the machine offers
  kScalar,  ///< the plain reference: slow, exact float32 arithmetic on dequantized weights
  kAvx2,
  kAvxVnni,  ///< AVX2 with the int8 dot product of AVX-VNNI
  kAvx512,   ///< AVX-512 with VNNI
  kCuda,     ///< a GPU
};

/// "auto", "scalar", "avx2", "avx-vnni", "avx512", "cuda".
std::string_view BackendKindName(BackendKind kind);
std::optional<BackendKind> BackendKindFromName(std::string_view name);

struct ModelOptions {
  BackendKind backend = BackendKind::kAuto;
  int threads = 0;                 ///< 0 = one a physical core
  uint32_t context_tokens = 8192;  ///< KV capacity, shared by all sequences
  KvType kv_type = KvType::kF16;
  int gpus = 1;               ///< with kCuda: how many share the model
  bool int8_prefill = false;  ///< with kCuda: products of many rows as bytes, faster and less exact
};

/// Tokens to append to one sequence in a Forward call; positions follow the sequence's length.
struct SequenceChunk {
  KvSequence* sequence = nullptr;
  std::span<const TokenId> tokens;
  uint32_t logits_rows = 1;  ///< logits wanted for the last this many tokens (0 = none, e.g. prefill)
  std::span<const DrawRule> draws = {};  ///< for each of these rows, how it is drawn; empty: greedily
};

/// A token with its logit.
struct Leader {
  TokenId token = kNoToken;
  float logit = 0;
};
inline constexpr uint32_t kLeaders = 8;

/// What a device says of a row of logits that stays there.
struct RowSummary {
  Leader leaders[kLeaders];  ///< see Logits::leaders
  float log_sum = 0;         ///< logarithm of the sum of exp(logit) over the tokens that take part
};

/// Logits of the wanted rows, chunk by chunk in batch order: [rows, vocab_size] row-major. On a device they
/// stay there until row() asks for them; what its largest ones are is known without.
class Logits {
 public:
  size_t vocab_size = 0;
  size_t rows = 0;

  /// REQUIRES, on a device: no Forward since. All are -infinity when the device fails.
  std::span<const float> row(size_t r) const;
  /// All rows, one behind the other.
  std::vector<float> all() const;
  /// The first tokens of a row in the order that its DrawRule gives them: of the largest logits, or of the
  /// race, of what truncation kept; of equals the lowest first; kNoToken where there are not so many. Empty:
  /// not known.
  std::span<const Leader> leaders(size_t r) const {
    return summaries_.empty() ? std::span<const Leader>() : std::span<const Leader>(summaries_[r].leaders);
  }
  /// Log-probability at temperature 1 of one of leaders(r). REQUIRES: they are known.
  float LogProbability(size_t r, const Leader& leader) const { return leader.logit - summaries_[r].log_sum; }

 private:
  friend class Model;
  mutable std::vector<float> values_;
  mutable std::vector<bool> absent_;  ///< rows that are on the device; empty: none
  std::vector<RowSummary> summaries_;
  std::function<void(uint32_t row, float* out)> fetch_;
};

class Model {
 public:
  /// Opens and prepares the model. Errors: those of OpenModelFile; kUnsupported when the backend asked
  /// for cannot run here; kResourceExhausted.
  static Result<std::unique_ptr<Model>> Load(const std::filesystem::path& path, const ModelOptions& options);
  /// The same of a file that is open, or was made in memory; with a backend of the caller's own, if there is
  /// one, instead of the one that the options name.
  static Result<std::unique_ptr<Model>> Create(ModelFile file, const ModelOptions& options,
                                               std::unique_ptr<Backend> backend = nullptr);
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  /// Runs all chunks in one pass over the weights and commits their tokens to the sequences. Rows of
  /// different sequences do not see each other. `cancel` is polled between layers; on any error no
  /// sequence has changed. A sequence may appear in at most one chunk. `meanwhile` is called at most once,
  /// while a device computes; a processor has no such time, there it is called when the pass is done. It must
  /// not touch the model.
  /// Errors: kInvalidArgument (token id out of range, context full), kResourceExhausted (no KV pages),
  /// kCancelled, kDeadlineExceeded.
  Status Forward(std::span<const SequenceChunk> batch, Logits& logits, const CancelToken& cancel = {},
                 const std::function<void()>& meanwhile = {});

  KvCache& kv();
  const HyperParameters& hparams() const;
  const Tokenizer& tokenizer() const;
  const ModelFile& file() const;          ///< without its tokenizer data: tokenizer() has taken that over
  std::string_view backend_name() const;  ///< see BackendKindName
  int threads() const;
  size_t weight_bytes() const;  ///< bytes the backend keeps for weights, packed copies included

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl);
  void TakeLogits(Logits& logits, bool whole);
  std::unique_ptr<Impl> impl_;
};

}  // namespace espalier
