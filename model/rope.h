// Rotary position embeddings (Su et al. 2021) with the scaling variants of the Qwen2 and Llama
// families: linear (position interpolation), llama3, YaRN (Peng et al. 2023).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/model_file.h"

namespace espalier {

/// Angles of a model's heads. Immutable after construction.
class Rope {
 public:
  /// `factors` are per-frequency divisors ([head_dim / 2], may be empty).
  Rope(const HyperParameters& hparams, std::span<const float> factors);

  /// cos and sin of each frequency at `position`, scaled by the attention factor: [head_dim / 2] each.
  void Angles(uint32_t position, float* cosines, float* sines) const;

  size_t frequencies() const { return inverse_frequencies_.size(); }

 private:
  std::vector<double> inverse_frequencies_;
  float magnitude_ = 1.0f;
};

/// Rotates one head in place by precomputed angles.
void RotateHead(RopeLayout layout, const float* cosines, const float* sines, uint32_t head_dim, float* head);

}  // namespace espalier
