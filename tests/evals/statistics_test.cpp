#include "evals/harness/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

namespace espalier {
namespace {

/// The share of all choices of k out of n answers, the first c of which pass, that hold one that passes.
double EnumeratedPassAtK(uint32_t n, uint32_t c, uint32_t k) {
  uint32_t choices = 0, passing = 0;
  for (uint32_t set = 0; set < 1u << n; ++set) {
    if (std::popcount(set) != static_cast<int>(k)) continue;
    ++choices;
    passing += (set & ((1u << c) - 1)) != 0;
  }
  return static_cast<double>(passing) / choices;
}

TEST(PassAtK, EqualsTheCountOverAllChoices) {
  for (uint32_t n = 1; n <= 10; ++n) {
    for (uint32_t c = 0; c <= n; ++c) {
      for (uint32_t k = 1; k <= n; ++k) {
        EXPECT_NEAR(PassAtK({n, c}, k), EnumeratedPassAtK(n, c, k), 1e-12) << n << " " << c << " " << k;
      }
    }
  }
}

TEST(PassAtK, ManySamplesStayExact) {
  EXPECT_NEAR(PassAtK({1000, 100}, 1), 0.1, 1e-12);
  EXPECT_NEAR(PassAtK({200, 1}, 100), 0.5, 1e-12);
}

TEST(PassAtK, MeanIsOverTasks) {
  EXPECT_DOUBLE_EQ(MeanPassAtK(std::vector<TaskTally>{{1, 1}, {1, 0}, {4, 2}}, 1), 0.5);
  EXPECT_DOUBLE_EQ(MeanPassAtK({}, 1), 0);
}

/// The quantile of the mean of n draws of 0 or 1 with chance p, from the binomial distribution.
double BinomialQuantile(uint32_t n, double p, double quantile) {
  double sum = 0;
  for (uint32_t i = 0; i <= n; ++i) {
    sum += std::exp(std::lgamma(n + 1.0) - std::lgamma(i + 1.0) - std::lgamma(n - i + 1.0) + i * std::log(p) +
                    (n - i) * std::log(1 - p));
    if (sum >= quantile) return static_cast<double>(i) / n;
  }
  return 1;
}

// With one answer a task, a resample's mean is binomial, so that the interval is known.
TEST(Bootstrap, IsTheBinomialIntervalWithOneAnswerATask) {
  std::vector<TaskTally> tasks(80, {1, 0});
  for (size_t i = 0; i < 48; ++i) tasks[i].passed = 1;
  const Interval interval = BootstrapPassAtK(tasks, 1);
  EXPECT_NEAR(interval.low, BinomialQuantile(80, 0.6, 0.025), 1.0 / 80 + 1e-9);
  EXPECT_NEAR(interval.high, BinomialQuantile(80, 0.6, 0.975), 1.0 / 80 + 1e-9);
}

TEST(Bootstrap, HasNoWidthWithoutVariation) {
  const Interval interval = BootstrapPassAtK(std::vector<TaskTally>(10, {1, 1}), 1);
  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 1);
}

TEST(Bootstrap, IsTheSameEveryTimeInWhateverOrder) {
  std::vector<TaskTally> tasks = {{2, 1}, {2, 0}, {2, 2}, {2, 1}, {2, 0}, {2, 0}, {2, 2}};
  const Interval interval = BootstrapPassAtK(tasks, 1);
  EXPECT_EQ(BootstrapPassAtK(tasks, 1).low, interval.low);
  std::ranges::rotate(tasks, tasks.begin() + 3);
  EXPECT_EQ(BootstrapPassAtK(tasks, 1).low, interval.low);
  EXPECT_EQ(BootstrapPassAtK(tasks, 1).high, interval.high);
}

/// The share of all ways to split n changes whose smaller side is at most that of gained and lost.
double EnumeratedMcNemar(uint32_t gained, uint32_t lost) {
  const uint32_t n = gained + lost, least = std::min(gained, lost);
  uint32_t as_uneven = 0;
  for (uint32_t set = 0; set < 1u << n; ++set) {
    const auto one = static_cast<uint32_t>(std::popcount(set));
    as_uneven += std::min(one, n - one) <= least;
  }
  return static_cast<double>(as_uneven) / (1u << n);
}

// By R's binom::binom.wilson.
TEST(Wilson, KnownIntervals) {
  EXPECT_NEAR(WilsonInterval(400, 400).low, 0.9904873, 1e-6);
  EXPECT_DOUBLE_EQ(WilsonInterval(400, 400).high, 1);
  EXPECT_NEAR(WilsonInterval(8, 10).low, 0.4901625, 1e-6);
  EXPECT_NEAR(WilsonInterval(8, 10).high, 0.9433178, 1e-6);
  EXPECT_DOUBLE_EQ(WilsonInterval(0, 10).low, 0);
  EXPECT_DOUBLE_EQ(WilsonInterval(0, 0).high, 1);
}

TEST(McNemar, EqualsTheCountOverAllSplits) {
  for (uint32_t gained = 0; gained <= 9; ++gained) {
    for (uint32_t lost = 0; lost <= 9; ++lost) {
      EXPECT_NEAR(McNemarExact(gained, lost), EnumeratedMcNemar(gained, lost), 1e-12)
          << gained << " " << lost;
    }
  }
}

}  // namespace
}  // namespace espalier
