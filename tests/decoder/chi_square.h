// Pearson's goodness-of-fit test for tests of random draws. With fixed seeds the outcome is fixed, too.
#pragma once

#include <cmath>
#include <cstddef>
#include <map>

#include "decoder/sampler.h"

namespace espalier {

/// True when `counts` may well come from `expected` (probabilities): the statistic lies within five
/// standard deviations of its mean. Tokens expected fewer than five times are pooled. A token that is
/// not expected at all makes it false.
inline bool FitsDistribution(const std::map<TokenId, size_t>& counts,
                             const std::map<TokenId, double>& expected) {
  double draws = 0, statistic = 0, freedom = -1, rare_expected = 0, rare_seen = 0;
  for (const auto& [token, count] : counts) {
    if (!expected.contains(token)) return false;
    draws += static_cast<double>(count);
  }
  const auto add = [&](double seen, double wanted) {
    statistic += (seen - wanted) * (seen - wanted) / wanted;
    freedom += 1;
  };
  for (const auto& [token, probability] : expected) {
    const auto found = counts.find(token);
    const double seen = found == counts.end() ? 0.0 : static_cast<double>(found->second);
    const double wanted = probability * draws;
    if (wanted >= 5) {
      add(seen, wanted);
    } else {
      rare_expected += wanted, rare_seen += seen;
    }
  }
  if (rare_expected >= 5) add(rare_seen, rare_expected);
  return statistic <= freedom + 5 * std::sqrt(2 * std::max(freedom, 1.0));
}

inline std::map<TokenId, double> Probabilities(const std::vector<TokenProbability>& distribution) {
  std::map<TokenId, double> result;
  for (const TokenProbability& t : distribution) result[t.token] = std::exp(static_cast<double>(t.logprob));
  return result;
}

}  // namespace espalier
