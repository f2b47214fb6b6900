// From logits to a token: penalties, temperature, truncation (top-k, top-p, min-p) and a seeded draw.
// Reproducible: the same logits, options, history and number of earlier draws give the same token on
// every machine.
//
// The draw is an exponential race: token i gets the time E_i / p_i, E_i exponential, and the first one
// wins, which it does with probability p_i. The noise E_i is a hash of (seed, draw, token), and that
// buys three things. A token that a constraint refuses is passed over for the next in the race, which
// is exactly a draw from the renormalised rest. Speculation is exact and does not change the text: the
// token drawn is compared with the draft, and neither the noise nor the number of draws depends on
// drafts. And a draft model that races with the same noise picks the same token as often as any
// drafter without knowledge of the target can hope for (Daliri, Musco, Suresh 2024).
//
// A Sampler is one request's; copy it to look ahead. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "model/model.h"

namespace espalier {

struct SamplingOptions {
  float temperature = 0.0f;         ///< 0 = greedy (highest logit, lowest id on ties)
  uint32_t top_k = 0;               ///< 0 = off
  float top_p = 1.0f;               ///< nucleus (Holtzman et al. 2020); 1 = off
  float min_p = 0.0f;               ///< keep tokens with p >= min_p * p_max; 0 = off
  float repetition_penalty = 1.0f;  ///< CTRL (Keskar et al. 2019); 1 = off
  uint32_t penalty_window = 64;     ///< last tokens that the penalty looks at
  uint64_t seed = 0;
};

/// A token with its probability after temperature, before truncation.
struct TokenProbability {
  TokenId token = kNoToken;
  float logprob = 0.0f;
};

/// Says whether a token may be drawn.
using TokenFilter = std::function<bool(TokenId)>;

class Sampler {
 public:
  explicit Sampler(const SamplingOptions& options) : options_(options) {}

  /// Draws the next token. `allowed`, when not empty, is one byte a token: 0 forbids it; the draw then
  /// follows the renormalised distribution: of what truncation kept, or, when all of that is forbidden,
  /// the most probable allowed token. A logit of -infinity forbids its token, too. Returns kNoToken when
  /// every token is forbidden.
  TokenId Sample(std::span<const float> logits, std::span<const TokenId> history,
                 std::span<const uint8_t> allowed = {});

  /// The same with a filter, which is asked about the fewest tokens possible: the winner, and the next
  /// ones as long as it refuses. An empty function allows everything.
  TokenId Sample(std::span<const float> logits, std::span<const TokenId> history, const TokenFilter& allows);

  /// How a device that keeps the row would draw the token that the call of Sample after the next `ahead` ones
  /// draws, among tokens below `vocabulary`. Penalties are not in it.
  DrawRule Rule(uint64_t ahead, size_t vocabulary) const;

  /// The same as Sample from the leaders that were found by Rule(0) alone, when they suffice: there is no
  /// penalty, and one of them is allowed. kNoToken: nothing was drawn, and Sample must be asked.
  TokenId SampleLeaders(std::span<const Leader> leaders, size_t vocabulary, const TokenFilter& allows);

  /// The distribution the next Sample would draw from (truncated, renormalised), most probable first;
  /// for tests and analysis. Greedy gives one entry of probability 1.
  std::vector<TokenProbability> Distribution(std::span<const float> logits, std::span<const TokenId> history,
                                             std::span<const uint8_t> allowed = {}) const;

  const SamplingOptions& options() const { return options_; }

 private:
  std::span<const float> Penalise(std::span<const float> logits, std::span<const TokenId> history,
                                  std::vector<float>& storage) const;
  std::vector<TokenId> Kept(std::span<const float> logits) const;
  TokenId Race(std::span<const float> logits, const TokenFilter& allows) const;

  SamplingOptions options_;
  uint64_t draws_ = 0;  ///< calls of Sample so far; part of the noise's key
  std::vector<float> penalised_;
};

/// The `n` most probable tokens at temperature 1, most probable first.
std::vector<TokenProbability> TopLogprobs(std::span<const float> logits, size_t n);

/// Log-probability of `token` at temperature 1.
float LogProbability(std::span<const float> logits, TokenId token);

}  // namespace espalier
