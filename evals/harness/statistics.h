// The statistics of evaluations. Pure functions.
#pragma once

#include <cstdint>
#include <span>

namespace espalier {

/// How one task went: of `samples` answers, `passed` passed.
struct TaskTally {
  uint32_t samples = 0;
  uint32_t passed = 0;
};

/// The unbiased estimate of the chance that at least one of k answers passes (Chen et al. 2021):
/// 1 - C(n - c, k) / C(n, k). REQUIRES: 1 <= k <= samples, passed <= samples.
double PassAtK(const TaskTally& task, uint32_t k);

/// The mean over tasks. 0 without tasks.
double MeanPassAtK(std::span<const TaskTally> tasks, uint32_t k);

struct Interval {
  double low = 0, high = 0;
};

/// Percentile bootstrap (Efron 1979) of MeanPassAtK: tasks are drawn with replacement, 10,000 times, with a
/// fixed seed, whatever their order. `confidence` in (0, 1).
Interval BootstrapPassAtK(std::span<const TaskTally> tasks, uint32_t k, double confidence = 0.95);

/// The value at `share` (0 to 1) of the way through ascending values, the nearest one. 0 without values.
double Percentile(std::span<const double> ascending, double share);

/// The score interval of a share (Wilson 1927), 95 %. {0, 1} for 0 of 0.
Interval WilsonInterval(uint32_t part, uint32_t whole);

/// McNemar's exact test, two-sided: how likely a split at least as uneven as `gained` to `lost` is when
/// neither run is better. 1 when both are 0.
double McNemarExact(uint32_t gained, uint32_t lost);

}  // namespace espalier
