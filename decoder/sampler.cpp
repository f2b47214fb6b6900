#include "decoder/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "decoder/logit_math.h"

namespace espalier {
namespace {

constexpr size_t kFirstLook = 64;     // holds the nucleus of nearly every token of code
constexpr size_t kSecondLook = 1024;  // costs hardly more than the pass over the logits itself

/// First allowed token in descending order of `values`; the order is worked out only as far as needed, which
/// is nearly always the largest one alone.
TokenId FirstAllowed(std::span<const float> values, const TokenFilter& allows) {
  const TokenId largest = ArgMax(values);
  if (largest == kNoToken || !allows || allows(largest)) return largest;
  size_t asked = 1;
  for (const size_t look : {kFirstLook, kSecondLook, values.size()}) {
    const std::vector<TokenId> order = TopTokens(values, look);
    for (; asked < order.size(); ++asked) {
      if (allows(order[asked])) return order[asked];
    }
    if (order.size() < look) break;
  }
  return kNoToken;
}

TokenFilter FilterOf(std::span<const uint8_t> allowed) {
  if (allowed.empty()) return {};
  return [allowed](TokenId token) { return allowed[token] != 0; };
}

/// Penalties act on the last `window` tokens, each once.
std::vector<TokenId> Recent(std::span<const TokenId> history, size_t window) {
  const auto last = history.last(std::min(window, history.size()));
  std::vector<TokenId> recent(last.begin(), last.end());
  std::sort(recent.begin(), recent.end());
  recent.erase(std::unique(recent.begin(), recent.end()), recent.end());
  return recent;
}

/// Weights relative to the most probable token's, at a temperature.
struct Scaling {
  float max, scale;
  double Weight(float logit) const { return std::exp(static_cast<double>((logit - max) * scale)); }
};

/// How many of `order` (descending) the nucleus and min-p keep; at least one.
size_t KeptCount(std::span<const TokenId> order, std::span<const float> logits, const Scaling& scaling,
                 double min_weight, double nucleus) {
  double mass = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const double weight = scaling.Weight(logits[order[i]]);
    if (i > 0 && (mass >= nucleus || weight < min_weight)) return i;
    mass += weight;
  }
  return order.size();
}

void Normalise(std::vector<TokenProbability>& tokens) {
  double sum = 0;
  for (const TokenProbability& t : tokens) sum += std::exp(static_cast<double>(t.logprob));
  for (TokenProbability& t : tokens) t.logprob -= static_cast<float>(std::log(sum));
}

}  // namespace

std::span<const float> Sampler::Penalise(std::span<const float> logits, std::span<const TokenId> history,
                                         std::vector<float>& storage) const {
  if (options_.repetition_penalty == 1.0f || history.empty()) return logits;
  storage.assign(logits.begin(), logits.end());
  for (const TokenId token : Recent(history, options_.penalty_window)) {
    float& logit = storage[token];
    logit = logit > 0 ? logit / options_.repetition_penalty : logit * options_.repetition_penalty;
  }
  return storage;
}

std::vector<TokenId> Sampler::Kept(std::span<const float> logits) const {
  const Scaling scaling{MaxValue(logits), 1.0f / options_.temperature};
  const double everything = std::numeric_limits<double>::infinity();
  if (options_.top_k > 0) {
    std::vector<TokenId> order = TopTokens(logits, options_.top_k);
    double total = 0;
    for (const TokenId token : order) total += scaling.Weight(logits[token]);
    const double nucleus = options_.top_p < 1.0f ? options_.top_p * total : everything;
    order.resize(KeptCount(order, logits, scaling, options_.min_p, nucleus));
    return order;
  }
  const double nucleus =
      options_.top_p < 1.0f ? options_.top_p * SumExp(logits, scaling.max, scaling.scale) : everything;
  std::vector<TokenId> order;
  for (const size_t look : {kFirstLook, kSecondLook, logits.size()}) {
    order = TopTokens(logits, look);
    const size_t count = KeptCount(order, logits, scaling, options_.min_p, nucleus);
    const bool decided = count < order.size();
    order.resize(count);
    if (decided) break;
  }
  return order;
}

TokenId Sampler::Race(std::span<const float> logits, const TokenFilter& allows) const {
  const Scaling scaling{MaxValue(logits), 1.0f / options_.temperature};
  const RaceNoise noise(options_.seed, draws_);
  const auto pace = [&](TokenId token) {
    const float weight = (logits[token] - scaling.max) * scaling.scale;
    return weight - static_cast<float>(std::log(noise.Exponential(token)));
  };
  std::vector<float> paces;
  if (options_.top_k == 0 && options_.top_p >= 1.0f && options_.min_p <= 0.0f) {
    const TokenId winner = noise.Winner(logits, scaling.max, scaling.scale);
    if (winner == kNoToken || !allows || allows(winner)) return winner;
    for (size_t i = 0; i < logits.size(); ++i) paces.push_back(pace(static_cast<TokenId>(i)));
    return FirstAllowed(paces, allows);
  }
  const std::vector<TokenId> runners = Kept(logits);
  for (const TokenId runner : runners) paces.push_back(pace(runner));
  const TokenId winner = FirstAllowed(paces, [&](TokenId i) { return !allows || allows(runners[i]); });
  return winner == kNoToken ? FirstAllowed(logits, allows) : runners[winner];
}

TokenId Sampler::Sample(std::span<const float> logits, std::span<const TokenId> history,
                        const TokenFilter& allows) {
  const std::span<const float> row = Penalise(logits, history, penalised_);
  const TokenId token = options_.temperature > 0 ? Race(row, allows) : FirstAllowed(row, allows);
  ++draws_;
  return token;
}

DrawRule Sampler::Rule(uint64_t ahead, size_t vocabulary) const {
  DrawRule rule;
  rule.vocabulary = static_cast<uint32_t>(vocabulary);
  if (options_.temperature <= 0) return rule;
  rule.scale = 1.0f / options_.temperature;
  rule.top_k = options_.top_k;
  rule.top_p = options_.top_p;
  rule.min_p = options_.min_p;
  rule.noise = RaceNoise(options_.seed, draws_ + ahead).key();
  return rule;
}

TokenId Sampler::SampleLeaders(std::span<const Leader> leaders, size_t vocabulary,
                               const TokenFilter& allows) {
  if (options_.repetition_penalty != 1.0f) return kNoToken;
  for (const Leader& leader : leaders) {
    // kNoToken is above every vocabulary.
    const bool real = static_cast<size_t>(leader.token) < vocabulary &&
                      leader.logit > -std::numeric_limits<float>::infinity();
    if (!real || (allows && !allows(leader.token))) continue;
    ++draws_;
    return leader.token;
  }
  return kNoToken;
}

TokenId Sampler::Sample(std::span<const float> logits, std::span<const TokenId> history,
                        std::span<const uint8_t> allowed) {
  return Sample(logits, history, FilterOf(allowed));
}

std::vector<TokenProbability> Sampler::Distribution(std::span<const float> logits,
                                                    std::span<const TokenId> history,
                                                    std::span<const uint8_t> allowed) const {
  std::vector<float> storage;
  const std::span<const float> row = Penalise(logits, history, storage);
  const TokenFilter allows = FilterOf(allowed);
  std::vector<TokenProbability> result;
  if (options_.temperature > 0) {
    const float max = MaxValue(row);
    for (const TokenId token : Kept(row)) {
      if (!allows || allows(token)) result.push_back({token, (row[token] - max) / options_.temperature});
    }
  }
  if (result.empty()) {
    const TokenId token = FirstAllowed(row, allows);
    if (token != kNoToken) result.push_back({token, 0.0f});
  }
  Normalise(result);
  return result;
}

std::vector<TokenProbability> TopLogprobs(std::span<const float> logits, size_t n) {
  const float max = MaxValue(logits);
  const auto log_sum = static_cast<float>(std::log(SumExp(logits, max, 1.0f)));
  std::vector<TokenProbability> result;
  for (const TokenId token : TopTokens(logits, n)) result.push_back({token, logits[token] - max - log_sum});
  return result;
}

float LogProbability(std::span<const float> logits, TokenId token) {
  const float max = MaxValue(logits);
  return logits[token] - max - static_cast<float>(std::log(SumExp(logits, max, 1.0f)));
}

}  // namespace espalier
