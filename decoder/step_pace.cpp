#include "decoder/step_pace.h"

#include <algorithm>

#include "model/kv_cache.h"

namespace espalier {
namespace {

constexpr uint32_t kFirstRows = 32;      // before anything is known: short even on a slow machine
constexpr double kForget = 0.97;         // a sample's weight halves in some 23 steps
constexpr double kUnknownRowCost = 0.1;  // decode is memory bound: rows share the pass over the weights
constexpr double kBesideDecode = 2.0;    // prefill may at most halve the speed of decoding ...
constexpr double kAlone = 1.5;           // ... and alone it takes longer steps, which use the weights better

}  // namespace

StepPace::StepPace(const PaceLimits& limits)
    : target_ms_(limits.target_ms),
      beside_{limits.chunk_rows, limits.chunk_rows},
      alone_{limits.alone_rows, limits.alone_rows} {
  if (target_ms_ <= 0) return;
  beside_.rows = std::min(beside_.rows, kFirstRows);
  alone_.rows = std::min(alone_.rows, kFirstRows);
}

uint32_t StepPace::PrefillRows(bool beside_decode) const {
  return beside_decode ? beside_.rows : alone_.rows;
}

void StepPace::Adapt(Chunk& chunk, double target_ms, const StepSample& sample) {
  // A short chunk that was in time says little about longer ones.
  if (sample.prefill_rows < chunk.rows && sample.ms <= target_ms) return;
  const double wanted = sample.prefill_rows * target_ms / std::max(sample.ms, 0.01);
  const double bounded = std::clamp(wanted, chunk.rows * 0.5, chunk.rows * 2.0);
  const auto pages = std::max(1u, static_cast<uint32_t>(bounded / kKvPageTokens + 0.5));
  chunk.rows = std::min(chunk.limit, pages * kKvPageTokens);
}

void StepPace::Record(const StepSample& sample) {
  if (target_ms_ <= 0) return;
  if (sample.prefill_rows > 0) {
    const double floor = SingleRowMs();
    if (sample.decode_rows > 0) {
      Adapt(beside_, std::max(target_ms_, kBesideDecode * floor), sample);
    } else {
      Adapt(alone_, kAlone * std::max(target_ms_, floor), sample);
    }
    return;
  }
  count_ = count_ * kForget + 1;
  rows_ = rows_ * kForget + sample.decode_rows;
  rows2_ = rows2_ * kForget + 1.0 * sample.decode_rows * sample.decode_rows;
  ms_ = ms_ * kForget + sample.ms;
  rows_ms_ = rows_ms_ * kForget + sample.decode_rows * sample.ms;
}

double StepPace::Slope() const {
  if (count_ == 0) return 0;
  const double mean_rows = rows_ / count_;
  const double mean_ms = ms_ / count_;
  const double variance = rows2_ / count_ - mean_rows * mean_rows;
  if (variance < 0.25) return mean_ms * kUnknownRowCost / (1 + kUnknownRowCost * (mean_rows - 1));
  const double slope = (rows_ms_ / count_ - mean_rows * mean_ms) / variance;
  return std::clamp(slope, 0.0, mean_ms / mean_rows);
}

double StepPace::SingleRowMs() const {
  return count_ == 0 ? 0 : ms_ / count_ - Slope() * (rows_ / count_ - 1);
}

double StepPace::RowCost() const {
  const double single = SingleRowMs();
  return single > 0 ? std::max(Slope() / single, 0.01) : kUnknownRowCost;
}

}  // namespace espalier
