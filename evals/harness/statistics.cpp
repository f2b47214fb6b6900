#include "evals/harness/statistics.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace espalier {
namespace {

constexpr int kResamples = 10'000;

double LogBinomial(uint32_t n, uint32_t k) {
  return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0);
}

}  // namespace

double PassAtK(const TaskTally& task, uint32_t k) {
  if (task.samples - task.passed < k) return 1;
  double all_fail = 1;
  for (uint32_t i = task.samples - task.passed + 1; i <= task.samples; ++i) all_fail *= 1.0 - double(k) / i;
  return 1 - all_fail;
}

double MeanPassAtK(std::span<const TaskTally> tasks, uint32_t k) {
  double sum = 0;
  for (const TaskTally& task : tasks) sum += PassAtK(task, k);
  return tasks.empty() ? 0 : sum / static_cast<double>(tasks.size());
}

Interval BootstrapPassAtK(std::span<const TaskTally> tasks, uint32_t k, double confidence) {
  if (tasks.empty()) return {};
  std::vector<double> each;
  for (const TaskTally& task : tasks) each.push_back(PassAtK(task, k));
  std::ranges::sort(each);  // the order of tasks makes no difference
  std::mt19937_64 random(1);
  std::vector<double> means;
  for (int i = 0; i < kResamples; ++i) {
    double sum = 0;
    // The remainder is within 2^-50 of uniform, and the same with every library, unlike a distribution.
    for (size_t j = 0; j < each.size(); ++j) sum += each[random() % each.size()];
    means.push_back(sum / static_cast<double>(each.size()));
  }
  std::ranges::sort(means);
  const auto at = [&](double quantile) {
    return means[static_cast<size_t>(std::lround(quantile * (kResamples - 1)))];
  };
  return {at((1 - confidence) / 2), at((1 + confidence) / 2)};
}

double Percentile(std::span<const double> ascending, double share) {
  if (ascending.empty()) return 0;
  return ascending[static_cast<size_t>(share * static_cast<double>(ascending.size() - 1) + 0.5)];
}

Interval WilsonInterval(uint32_t part, uint32_t whole) {
  if (whole == 0) return {0, 1};
  const double z = 1.959963984540054, n = whole, share = part / n;
  const double centre = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

double McNemarExact(uint32_t gained, uint32_t lost) {
  const uint32_t n = gained + lost;
  double tail = 0;
  for (uint32_t i = 0; i <= std::min(gained, lost); ++i) {
    tail += std::exp(LogBinomial(n, i) - n * std::log(2.0));
  }
  return std::min(1.0, 2 * tail);
}

}  // namespace espalier
