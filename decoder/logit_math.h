// Passes over a row of logits (some 150,000 floats a token), written so that the compiler vectorises
// them for any x86-64: independent lanes, no branches. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/draw.h"
#include "model/model_file.h"

namespace espalier {

/// Largest value; -infinity for an empty span. NaN counts as smaller than everything.
float MaxValue(std::span<const float> values);

/// Index of the largest value, the lowest one on ties; kNoToken when nothing is above -infinity.
TokenId ArgMax(std::span<const float> values);

/// Sum of exp((value - max) * scale) over all values. REQUIRES: max is at least every value, scale > 0.
double SumExp(std::span<const float> values, float max, float scale);

/// Indices of the `n` largest values above -infinity, largest first, lower index first on ties.
std::vector<TokenId> TopTokens(std::span<const float> values, size_t n);

/// Noise of one draw: an independent number for every token, the same for the same key.
class RaceNoise {
 public:
  RaceNoise(uint64_t seed, uint64_t draw);
  NoiseKey key() const { return key_; }

  /// Uniform in (0, 1), fine-grained near 0.
  float Uniform(TokenId token) const;
  /// Exponential with mean 1.
  double Exponential(TokenId token) const;
  /// Token with the least Exponential(i) / exp((values[i] - max) * scale); kNoToken when nothing is
  /// above -infinity.
  TokenId Winner(std::span<const float> values, float max, float scale) const;

 private:
  NoiseKey key_;
};

}  // namespace espalier
