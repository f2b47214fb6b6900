// One request from Submit to its `done`: what was asked, the tokens so far, where its keys and values
// are, and what goes out to the caller.
//
// Invariants: `tokens` is the prompt, the certain tokens of the forced text and the output, in this
// order; kv holds a prefix of `tokens` between steps; the first `emitted` tokens are the prompt or were
// told to the caller. A request that lost its pages is the same request with a shorter kv.
//
// Created on any thread, then used on the engine thread only, except for StopRequested().
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "decoder/draft_policy.h"
#include "decoder/engine.h"
#include "decoder/forced_text.h"
#include "decoder/ngram_drafter.h"
#include "decoder/output_text.h"
#include "decoder/sampler.h"

namespace espalier {

/// What requests share of an engine; immutable.
struct RequestContext {
  const Tokenizer* tokenizer = nullptr;
  const TokenPrefixIndex* prefix_index = nullptr;
  uint32_t vocab_size = 0;  ///< token ids that have logits
  uint32_t max_tokens = 0;  ///< positions that one sequence may have
};

class LiveRequest {
 public:
  LiveRequest(RequestId id, GenerateRequest request, std::function<void(GenerateResult)> done,
              const RequestContext& context);

  RequestId id() const { return id_; }
  const GenerateRequest& request() const { return request_; }
  /// Why the request cannot run at all; ok when it can.
  const Status& valid() const { return valid_; }
  /// Set by Engine::Cancel, from any thread.
  const std::shared_ptr<std::atomic<bool>>& abandoned() const { return abandoned_; }
  bool Cancelled() const {
    return abandoned_->load(std::memory_order_relaxed) || request_.cancel.cancelled();
  }
  bool StopRequested() const { return Cancelled() || request_.cancel.expired(); }

  std::span<const TokenId> tokens() const { return tokens_; }
  uint32_t pending() const { return static_cast<uint32_t>(tokens_.size()) - kv.length(); }
  /// Leading tokens whose keys and values may come from a cache; at least one row must be computed for
  /// its logits, more when the caller wants probabilities of forced tokens.
  std::span<const TokenId> Cacheable() const;
  /// Logits rows wanted when the next `rows` pending tokens are computed.
  uint32_t LogitsRows(uint32_t rows) const;
  /// How these are drawn, when `rows` rows of a step that computes `tokens` pending tokens and drafts have
  /// logits.
  std::vector<DrawRule> DrawRules(uint32_t tokens, uint32_t rows) const;
  /// Drafted tokens that could be of use now.
  uint32_t DraftRoom() const;
  /// The constraint, which was told of all tokens; null: none.
  TokenConstraint* Constraint();
  /// Tells the constraint of tokens that it was not told of yet, so that less is to be done when it is asked.
  void CatchUp() { (void)Constraint(); }
  /// What the constraint says must come next, as the tokenizer spells it: at most `most` tokens. The model
  /// may spell it otherwise.
  std::vector<TokenId> ForcedDraft(uint32_t most);

  /// Digests the last step, whose logits rows [first_row, first_row + rows) are this request's: emits
  /// tokens and returns how many of `drafts` were right. kv still holds the wrong ones.
  uint32_t Digest(const Logits& logits, size_t first_row, uint32_t rows);

  /// Set once generation ended; then nothing more is emitted.
  std::optional<FinishReason> finish() const { return finish_; }
  void End(FinishReason reason) { finish_ = reason; }
  /// Ends the text, fills in the result, and calls `done`.
  void Complete(FinishReason reason, Error error);

  /// Keys and values of tokens()[0, length), owned by the engine's caches, which must free them.
  KvSequence kv, draft_kv;
  bool draft_model_off = false;  ///< the draft model had no room for this request
  std::vector<TokenId> drafts;   ///< for the next step
  DraftSource draft_source = DraftSource::kShortMatch;
  DraftPolicy draft_policy;
  NgramDrafter ngrams;
  Sampler sampler;
  uint64_t last_step = 0;
  uint32_t computed = 0;  ///< the most positions kv held so far
  GenerateTimings timings;

  /// Notes the time when the request first runs; true the first time.
  bool MarkAdmitted();

 private:
  Status Validate(const RequestContext& context) const;
  /// Token ids that can be drawn.
  size_t Vocabulary() const {
    return std::min<size_t>(context_.vocab_size, context_.tokenizer->vocab_size());
  }
  /// What the constraint allows; empty: everything.
  TokenFilter Filter();
  TokenId SampleNext(std::span<const float> logits);
  TokenId SampleOpenForced(std::span<const float> logits);
  void Append(TokenId token, std::span<const float> logits);
  void Emit(TokenId token, std::span<const float> logits);
  void Tell(TokenId token, std::string_view text, std::span<const float> logits);
  bool EndsGeneration(TokenId token);
  bool OutOfTokens() const;
  std::string FinishText();
  void SetTimes(Clock::time_point now);

  const RequestId id_;
  const GenerateRequest request_;
  const RequestContext context_;
  std::function<void(GenerateResult)> done_;
  std::shared_ptr<std::atomic<bool>> abandoned_ = std::make_shared<std::atomic<bool>>(false);

  std::vector<TokenId> tokens_;
  std::vector<TokenId> untold_;  // emitted, and not known to the constraint (TokenConstraint::may_lag)
  uint32_t emitted_ = 0;
  std::string open_forced_;
  OutputText text_;
  GenerateResult result_;
  Status valid_;
  std::optional<FinishReason> finish_;
  Clock::time_point submitted_ = Clock::now(), admitted_{}, prefilled_{};
  std::vector<float> masked_logits_;
};

}  // namespace espalier
