// The engine turns prompts into tokens: one thread runs steps, and each step packs the decode rows of
// all live requests and one chunk of waiting prefill into a single forward pass (continuous batching,
// Orca, Yu et al. 2022). KV pages of finished work stay in a radix tree of token prefixes, so that a
// prompt that shares a prefix with an earlier one starts behind it (RadixAttention, Zheng et al. 2024).
// Speculation (Leviathan et al. 2023) drafts tokens by n-gram lookup, a smaller model, or because nothing
// else may come; it never changes the distribution.
//
// Threads: Submit/Cancel/Generate may be called from any thread. Callbacks run on the engine thread
// and must not block. With EngineOptions::background == false there is no thread: the caller drives
// steps with RunUntilIdle(), for deterministic tests.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"
#include "decoder/sampler.h"
#include "model/model.h"

namespace espalier {

/// Lower value = served first. Prefill of a lower class waits while a higher one decodes, but for one chunk
/// in eight steps, so that it never starves; a request of a higher class takes the place of one of a lower.
enum class Priority { kInline = 0, kInteractive = 1, kEval = 2 };

/// Why generation ended.
enum class FinishReason {
  kEndToken,    ///< the model said it is done
  kStopString,  ///< a stop string appeared (it is not part of the text)
  kStopToken,
  kCallback,  ///< the on_token callback asked to stop
  kLength,    ///< max_tokens
  kDeadline,  ///< time budget; the text so far is returned
  kCancelled,
  kNothingAllowed,  ///< the constraint allows no token
  kError,
};
std::string_view FinishReasonName(FinishReason reason);

/// Restricts what may be generated; one object a request, called on the engine thread only.
class TokenConstraint {
 public:
  virtual ~TokenConstraint() = default;
  /// May `token` come next? Asked of end tokens, too: may the text end here? Must not change state.
  virtual bool Allows(TokenId token) = 0;
  /// `token` was chosen (or forced).
  virtual void Accept(TokenId token) = 0;
  /// Undo the last `tokens` accepted tokens (speculation that was not verified).
  virtual void Rollback(size_t tokens) = 0;
  /// Bytes that must come next, at most `most_bytes`; they become a draft. Empty: none, or none known.
  virtual std::string Forced([[maybe_unused]] size_t most_bytes) { return {}; }
  /// Whether nobody but the engine asks while the request runs. Then Accept may come after on_token was told
  /// of the token, while a device computes the next one; but before anything else is asked.
  virtual bool may_lag() const { return false; }
};

struct SpeculationOptions {
  uint32_t ngram_draft_tokens = 7;    ///< at most this many drafted by lookup in prompt and output; 0 = off
  uint32_t ngram_min_match = 2;       ///< tokens that must match before a lookup counts
  uint32_t model_draft_tokens = 0;    ///< drafted by the engine's draft model when it has one; 0 = off
  uint32_t forced_draft_tokens = 15;  ///< at most this many of what the constraint says must come; 0 = off
};

struct TokenEvent {
  TokenId token = kNoToken;           ///< kNoToken: text that had been held back, released as generation ends
  std::string_view text;              ///< text that became complete with this token (whole code points)
  float logprob = 0.0f;               ///< at temperature 1; only when logprobs were asked for
  std::vector<TokenProbability> top;  ///< alternatives, when top_logprobs > 0
};

enum class StreamControl { kContinue, kStop };

struct GenerateRequest {
  std::vector<TokenId> prompt;
  /// Bytes the output must begin with (typed text, a token split by the cursor): the tokens that spell
  /// it are forced, the last may reach beyond it, so that tokenization at the seam is the model's own.
  /// The returned text contains them.
  std::string forced_text;
  SamplingOptions sampling;
  uint32_t max_tokens = 128;  ///< new tokens, forced ones not counted
  std::vector<std::string> stop_strings;
  std::vector<TokenId> stop_tokens;  ///< besides the model's own end tokens
  CancelToken cancel;                ///< with the deadline, if any
  Priority priority = Priority::kInteractive;
  bool logprobs = false;
  uint32_t top_logprobs = 0;
  SpeculationOptions speculation;
  std::shared_ptr<TokenConstraint> constraint;
  /// Called for every token; returning kStop ends the request after that token.
  std::function<StreamControl(const TokenEvent&)> on_token;
  /// Further text to look drafts up in (the rest of the file), as tokens.
  std::vector<TokenId> lookup;
};

struct GenerateTimings {
  double queue_ms = 0, prefill_ms = 0, decode_ms = 0, total_ms = 0;
  double time_to_first_token_ms = 0;
  uint32_t prompt_tokens = 0, cached_tokens = 0;  ///< cached = taken from the prefix cache
  uint32_t generated_tokens = 0, drafted_tokens = 0, accepted_tokens = 0, steps = 0;
};

struct GenerateResult {
  std::string text;
  std::vector<TokenId> tokens;
  std::vector<float> logprobs;
  FinishReason finish = FinishReason::kError;
  Error error;  ///< meaningful when finish == kError
  GenerateTimings timings;
};

/// 0 of what is at most so much: what suits the model's hardware.
struct EngineOptions {
  uint32_t max_batch_rows = 0;        ///< decode and verify rows a step; 0 = 16, on a GPU 64
  uint32_t prefill_chunk_tokens = 0;  ///< most prefill rows a step while others decode, which bounds their
                                      ///< wait; 0 = 128, on a GPU 448
  uint32_t prefill_alone_tokens =
      0;                           ///< most prefill rows a step when nothing decodes; 0 = 256, on a GPU 512
  double step_target_ms = 40;      ///< chunks and drafts are sized so that steps take about this long where
                                   ///< possible; 0 = not measured, always the most: reproducible schedules
  uint32_t max_live_requests = 0;  ///< more wait in the queue; 0 = 16, on a GPU 64
  bool prefix_cache = true;
  bool background = true;
};

struct EngineStats {
  uint64_t steps = 0, forward_rows = 0, prompt_tokens = 0, cached_tokens = 0, generated_tokens = 0;
  uint64_t drafted_tokens = 0, accepted_tokens = 0, cancelled_requests = 0;
  uint32_t live_requests = 0, queued_requests = 0, cached_pages = 0, free_pages = 0;
  double step_ms = 0;     ///< all steps took so long
  double forward_ms = 0;  ///< of that, the forward passes; the rest is the engine's own work
};

using RequestId = uint64_t;

class Engine {
 public:
  /// Takes ownership of the model, and of an optional smaller draft model with the same vocabulary.
  /// Errors: kInvalidArgument when the vocabularies differ.
  static Result<std::unique_ptr<Engine>> Create(std::unique_ptr<Model> model, const EngineOptions& options,
                                                std::unique_ptr<Model> draft = nullptr);
  /// Cancels everything and joins the engine thread.
  ~Engine();

  /// Queues a request; `done` is called exactly once, on the engine thread.
  RequestId Submit(GenerateRequest request, std::function<void(GenerateResult)> done);
  /// Gives a request up; its `done` still comes, with kCancelled. Unknown ids are ignored.
  void Cancel(RequestId id);
  /// Submit and wait (drives the steps itself when there is no background thread).
  GenerateResult Generate(GenerateRequest request);
  /// The same for several requests, which run side by side; results in their order.
  std::vector<GenerateResult> GenerateAll(std::vector<GenerateRequest> requests);
  /// Processes `prompt` into the prefix cache without generating (warming).
  Status Warm(std::vector<TokenId> prompt, const CancelToken& cancel);

  /// Without a background thread: runs steps until no request is left.
  void RunUntilIdle();
  /// Blocks until nothing is live or queued; false when `timeout` passed first.
  bool WaitIdle(std::chrono::milliseconds timeout);

  const Model& model() const;
  const Tokenizer& tokenizer() const;
  EngineStats stats() const;

 private:
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace espalier
