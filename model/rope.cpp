#include "model/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace espalier {
namespace {

// Llama 3.1: long wavelengths are stretched by `factor`, short ones kept, with a smooth ramp between.
double ScaleLlama3(double inverse_frequency, const RopeScaling& scaling) {
  const double wavelength = 2.0 * std::numbers::pi / inverse_frequency;
  const double context = scaling.original_context;
  if (wavelength < context / scaling.high_freq_factor) return inverse_frequency;
  if (wavelength > context / scaling.low_freq_factor) return inverse_frequency / scaling.factor;
  const double smooth =
      (context / wavelength - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
  return (1.0 - smooth) * inverse_frequency / scaling.factor + smooth * inverse_frequency;
}

// YaRN: dimensions that rotate more than beta_fast times in the original context are extrapolated,
// those below beta_slow are interpolated, with a linear ramp between.
double YarnDimension(double rotations, const HyperParameters& h) {
  const double context = h.rope_scaling.original_context;
  return h.head_dim * std::log(context / (rotations * 2.0 * std::numbers::pi)) /
         (2.0 * std::log(static_cast<double>(h.rope_base)));
}

double ScaleYarn(double inverse_frequency, size_t index, const HyperParameters& h) {
  const RopeScaling& scaling = h.rope_scaling;
  const double low = std::max(std::floor(YarnDimension(scaling.beta_fast, h)), 0.0);
  const double high = std::min(std::ceil(YarnDimension(scaling.beta_slow, h)), h.head_dim - 1.0);
  const double span = std::max(high - low, 0.001);
  const double ramp = std::clamp((static_cast<double>(index) - low) / span, 0.0, 1.0);
  return inverse_frequency / scaling.factor * ramp + inverse_frequency * (1.0 - ramp);
}

float Magnitude(const RopeScaling& scaling) {
  if (scaling.type != RopeScalingType::kYarn) return 1.0f;
  if (scaling.attention_factor > 0.0f) return scaling.attention_factor;
  return scaling.factor <= 1.0f ? 1.0f : 0.1f * std::log(scaling.factor) + 1.0f;
}

}  // namespace

Rope::Rope(const HyperParameters& h, std::span<const float> factors) : magnitude_(Magnitude(h.rope_scaling)) {
  const size_t half = h.head_dim / 2;
  inverse_frequencies_.resize(half);
  for (size_t i = 0; i < half; ++i) {
    double f = std::pow(static_cast<double>(h.rope_base), -2.0 * static_cast<double>(i) / h.head_dim);
    switch (h.rope_scaling.type) {
      case RopeScalingType::kNone:
        break;
      case RopeScalingType::kLinear:
        f /= h.rope_scaling.factor;
        break;
      case RopeScalingType::kLlama3:
        f = ScaleLlama3(f, h.rope_scaling);
        break;
      case RopeScalingType::kYarn:
        f = ScaleYarn(f, i, h);
        break;
    }
    if (i < factors.size()) f /= factors[i];
    inverse_frequencies_[i] = f;
  }
}

void Rope::Angles(uint32_t position, float* cosines, float* sines) const {
  for (size_t i = 0; i < inverse_frequencies_.size(); ++i) {
    const double angle = position * inverse_frequencies_[i];
    cosines[i] = static_cast<float>(std::cos(angle)) * magnitude_;
    sines[i] = static_cast<float>(std::sin(angle)) * magnitude_;
  }
}

void RotateHead(RopeLayout layout, const float* cosines, const float* sines, uint32_t head_dim, float* head) {
  const uint32_t half = head_dim / 2;
  const uint32_t step = layout == RopeLayout::kHalves ? 1 : 2;
  const uint32_t offset = layout == RopeLayout::kHalves ? half : 1;
  for (uint32_t i = 0; i < half; ++i) {
    float& a = head[i * step];
    float& b = head[i * step + offset];
    const float x = a, y = b;
    a = x * cosines[i] - y * sines[i];
    b = y * cosines[i] + x * sines[i];
  }
}

}  // namespace espalier
