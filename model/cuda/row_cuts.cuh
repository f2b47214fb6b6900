// Truncation on the device: how far from the largest logit a token may be to be kept by top-k, top-p and
// min-p. Internal to model/cuda.
#pragma once

#include "model/cuda/leaders.cuh"

namespace espalier::cuda {

inline constexpr uint32_t kAnyDistance = 0xffffffffu;

/// How far a logit is from the largest one, after temperature, in units of 2^-27; what is over 32 away (a
/// weight of 10^-14) or not a number is at kAnyDistance.
__device__ __forceinline__ uint32_t Distance(float logit, float max, float scale) {
  const float distance = (max - logit) * scale;
  return distance < 32.0f ? static_cast<uint32_t>(distance * 134217728.0f) : kAnyDistance;
}

__device__ __forceinline__ uint32_t TokensOf(const DrawRule& rule, uint32_t cols) {
  return rule.vocabulary == 0 || rule.vocabulary > cols ? cols : rule.vocabulary;
}

/// cuts[r] = what the rule of row r keeps of it.
void CutRows(Stream& stream, const LogitsView& logits, const DrawRule* rules, RowCut* cuts);

}  // namespace espalier::cuda
