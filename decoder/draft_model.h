// A smaller model that runs ahead of the main one: it keeps its own keys and values for each request,
// follows the tokens that the main model settled on, and drafts what may come next. It draws with a
// copy of the request's sampler, so with the same noise as the main model will (see sampler.h).
// Not thread-safe: engine thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/cancellation.h"
#include "decoder/prefix_cache.h"
#include "decoder/sampler.h"
#include "model/model.h"

namespace espalier {

/// One request's part in a drafting round.
struct DraftJob {
  std::span<const TokenId> tokens;  ///< settled so far
  KvSequence* kv = nullptr;         ///< the draft model's; holds a prefix of tokens
  Sampler sampler;
  uint32_t max_drafts = 0;
  float min_probability = 0;    ///< a token less likely than this is the draft's last
  std::vector<TokenId> drafts;  ///< out
  bool failed = false;          ///< out: no KV pages left for this request
};

class DraftModel {
 public:
  DraftModel(std::unique_ptr<Model> model, bool prefix_cache);

  /// A sequence that holds what is known of `tokens` from earlier requests.
  KvSequence Begin(std::span<const TokenId> tokens);
  /// Fills in `drafts` of each job. A job that lags behind by more than `chunk_rows` only catches up by
  /// that many tokens and drafts nothing. Errors: as Model::Forward.
  Status Draft(std::span<DraftJob> jobs, uint32_t chunk_rows, const CancelToken& cancel);
  /// Forgets drafted tokens that were not accepted. `settled` = tokens settled now.
  void Settle(KvSequence& kv, uint32_t settled);
  /// Gives a request's sequence back. REQUIRES: kv holds a prefix of `tokens`.
  void End(std::span<const TokenId> tokens, KvSequence kv);

  const Model& model() const { return *model_; }

 private:
  bool Reserve(KvSequence& kv, uint32_t tokens);
  Status CatchUp(std::span<DraftJob> jobs, uint32_t chunk_rows, const CancelToken& cancel);
  Status Round(std::span<DraftJob* const> jobs, const CancelToken& cancel);
  /// Draws from the row of the last pass that is the job's.
  void Digest(DraftJob& job, size_t row);

  std::unique_ptr<Model> model_;
  PrefixCache cache_;
  bool use_cache_;
  Logits logits_;
};

}  // namespace espalier
