// How the token of a row is drawn, in a form that a device can take along: decoder/sampler.h says what it
// means, and why a race. Pure functions, the same on every machine.
#pragma once

#include <cstdint>

namespace espalier {

/// Which of all noises a draw has.
struct NoiseKey {
  uint32_t low = 0, high = 0;
};

/// The mixing steps of MurmurHash3's finaliser with a second key between them.
constexpr uint32_t NoiseBits(uint32_t token, NoiseKey key) {
  uint32_t x = token * 0x9E3779B1u + key.low;
  x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
  x ^= key.high;
  x = (x ^ (x >> 13)) * 0xC2B2AE35u;
  x = (x ^ (x >> 16)) * 0x27D4EB2Fu;
  return x ^ (x >> 15);
}

/// Uniform in (0, 1), fine-grained near 0.
constexpr float NoiseUniform(uint32_t token, NoiseKey key) {
  const float value = static_cast<float>(static_cast<int32_t>(NoiseBits(token, key) >> 1)) + 0.5f;
  const float uniform = value * (1.0f / 2147483648.0f);
  return uniform < 0.99999994f ? uniform : 0.99999994f;
}

/// By default greedy: the largest logit.
struct DrawRule {
  float scale = 0;          ///< 1 / temperature; 0 = greedy
  uint32_t top_k = 0;       ///< 0 = off
  float top_p = 1;          ///< 1 = off
  float min_p = 0;          ///< 0 = off
  uint32_t vocabulary = 0;  ///< only tokens below take part; 0 = all
  NoiseKey noise;

  constexpr bool Truncates() const { return scale > 0 && (top_k > 0 || top_p < 1 || min_p > 0); }
};

}  // namespace espalier
