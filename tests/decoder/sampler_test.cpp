#include "decoder/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

#include "decoder/logit_math.h"
#include "tests/decoder/chi_square.h"

namespace espalier {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;

constexpr float kInf = std::numeric_limits<float>::infinity();

std::vector<float> RandomLogits(size_t n, float spread, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, spread);
  std::vector<float> logits(n);
  for (float& l : logits) l = normal(random);
  return logits;
}

std::map<TokenId, size_t> Count(Sampler& sampler, std::span<const float> logits, size_t draws,
                                const TokenFilter& allows = {}) {
  std::map<TokenId, size_t> counts;
  for (size_t i = 0; i < draws; ++i) ++counts[sampler.Sample(logits, {}, allows)];
  return counts;
}

TEST(ArgMaxTest, AgreesWithThePlainDefinition) {
  for (const size_t n : {1u, 15u, 16u, 17u, 2048u, 2049u, 151936u}) {
    const std::vector<float> logits = RandomLogits(n, 3, static_cast<uint32_t>(n));
    EXPECT_EQ(ArgMax(logits), std::max_element(logits.begin(), logits.end()) - logits.begin()) << n;
  }
}

TEST(ArgMaxTest, TakesTheLowestOfEquals) {
  std::vector<float> logits(5000, 1.0f);
  logits[4100] = logits[70] = logits[71] = 2.0f;
  EXPECT_EQ(ArgMax(logits), 70);
}

TEST(ArgMaxTest, PassesOverNanAndMinusInfinity) {
  EXPECT_EQ(ArgMax(std::vector<float>{std::nanf(""), -kInf, -3.0f, std::nanf("")}), 2);
  EXPECT_EQ(ArgMax(std::vector<float>(40, -kInf)), kNoToken);
  EXPECT_EQ(ArgMax({}), kNoToken);
}

TEST(SumExpTest, AgreesWithDoubleArithmetic) {
  const std::vector<float> logits = RandomLogits(100003, 8, 1);
  const float max = *std::max_element(logits.begin(), logits.end());
  double expected = 0;
  for (const float l : logits) expected += std::exp((static_cast<double>(l) - max) * 0.7);
  EXPECT_NEAR(SumExp(logits, max, 0.7f) / expected, 1.0, 1e-5);
}

TEST(TopTokensTest, AgreesWithASort) {
  std::vector<float> logits = RandomLogits(3000, 1, 2);
  for (float& l : logits) l = std::round(l * 8);  // many equals
  std::vector<TokenId> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](TokenId a, TokenId b) { return logits[a] > logits[b]; });
  for (const size_t n : {0u, 1u, 7u, 1000u, 3000u, 4000u}) {
    const std::vector<TokenId> wanted(order.begin(), order.begin() + std::min<size_t>(n, order.size()));
    EXPECT_EQ(TopTokens(logits, n), wanted) << n;
  }
}

TEST(SamplerTest, GreedyTakesTheHighestLogit) {
  Sampler sampler({});
  EXPECT_EQ(sampler.Sample(std::vector<float>{1, 5, 2, 5}, {}), 1);
}

TEST(SamplerTest, GreedyTakesTheNextWhenRefused) {
  Sampler sampler({});
  const std::vector<float> logits{1, 5, 2, 4};
  EXPECT_EQ(sampler.Sample(logits, {}, std::vector<uint8_t>{1, 0, 1, 1}), 3);
  EXPECT_EQ(sampler.Sample(logits, {}, std::vector<uint8_t>{1, 0, 0, 0}), 0);
  EXPECT_EQ(sampler.Sample(logits, {}, std::vector<uint8_t>{0, 0, 0, 0}), kNoToken);
}

TEST(SamplerTest, FindsTheOnlyAllowedTokenOfALargeVocabulary) {
  const std::vector<float> logits = RandomLogits(151936, 2, 3);
  const auto last = static_cast<TokenId>(std::min_element(logits.begin(), logits.end()) - logits.begin());
  const TokenFilter only_last = [&](TokenId token) { return token == last; };
  for (const SamplingOptions& options : {SamplingOptions{}, SamplingOptions{.temperature = 1.0f},
                                         SamplingOptions{.temperature = 1.0f, .top_p = 0.9f},
                                         SamplingOptions{.temperature = 1.0f, .top_k = 5}}) {
    EXPECT_EQ(Sampler(options).Sample(logits, {}, only_last), last);
  }
}

TEST(SamplerTest, AsksTheFilterAboutTheWinnerOnly) {
  const std::vector<float> logits = RandomLogits(5000, 2, 4);
  for (const float temperature : {0.0f, 0.8f}) {
    int asked = 0;
    Sampler sampler({.temperature = temperature, .top_p = 0.95f});
    sampler.Sample(logits, {}, [&](TokenId) { return ++asked > 0; });
    EXPECT_EQ(asked, 1);
  }
}

TEST(SamplerTest, DistributionAtATemperature) {
  const std::vector<float> logits{std::log(0.5f), std::log(0.3f), std::log(0.2f)};
  const auto p = Probabilities(Sampler({.temperature = 0.5f}).Distribution(logits, {}));
  EXPECT_NEAR(p.at(0), 0.25 / 0.38, 1e-6);
  EXPECT_NEAR(p.at(1), 0.09 / 0.38, 1e-6);
  EXPECT_NEAR(p.at(2), 0.04 / 0.38, 1e-6);
}

std::vector<TokenId> TokensOf(const std::vector<TokenProbability>& distribution) {
  std::vector<TokenId> tokens;
  for (const TokenProbability& t : distribution) tokens.push_back(t.token);
  return tokens;
}

TEST(SamplerTest, TruncationKeepsWhatItsDefinitionSays) {
  const std::vector<float> logits{std::log(0.4f), std::log(0.1f), std::log(0.3f), std::log(0.2f)};
  const auto kept = [&](SamplingOptions options) {
    options.temperature = 1.0f;
    return TokensOf(Sampler(options).Distribution(logits, {}));
  };
  EXPECT_THAT(kept({.top_k = 2}), ElementsAre(0, 2));
  EXPECT_THAT(kept({.top_p = 0.39f}), ElementsAre(0));
  EXPECT_THAT(kept({.top_p = 0.41f}), ElementsAre(0, 2));
  EXPECT_THAT(kept({.top_p = 0.71f}), ElementsAre(0, 2, 3));
  EXPECT_THAT(kept({.min_p = 0.45f}), ElementsAre(0, 2, 3));
  EXPECT_THAT(kept({.min_p = 0.6f}), ElementsAre(0, 2));
  // The nucleus is taken from what top-k left: 0.4 / 0.7 = 0.57.
  EXPECT_THAT(kept({.top_k = 2, .top_p = 0.56f}), ElementsAre(0));
  EXPECT_THAT(kept({.top_k = 2, .top_p = 0.58f}), ElementsAre(0, 2));
}

TEST(SamplerTest, NucleusOfAFlatDistributionReachesFar) {
  const std::vector<float> logits(20000, 0.5f);
  const auto kept = Sampler({.temperature = 1.0f, .top_p = 0.5f}).Distribution(logits, {});
  EXPECT_NEAR(static_cast<double>(kept.size()), 10000, 2);
}

TEST(SamplerTest, RepetitionPenaltyActsOnTheWindowOnce) {
  Sampler sampler({.repetition_penalty = 2.0f, .penalty_window = 2});
  const std::vector<float> logits{5.0f, 4.0f, 2.6f, -1.0f};
  EXPECT_EQ(sampler.Sample(logits, std::vector<TokenId>{0, 0, 1}), 2);  // 2.5, 2.0, 2.6
  EXPECT_EQ(sampler.Sample(logits, std::vector<TokenId>{0, 1, 2}), 0);  // 0 is outside the window
  Sampler negative({.repetition_penalty = 2.0f});
  EXPECT_EQ(negative.Sample(std::vector<float>{-1.0f, -1.5f}, std::vector<TokenId>{0}), 1);
}

struct DrawCase {
  const char* name;
  SamplingOptions options;
};

class SamplerDrawTest : public ::testing::TestWithParam<DrawCase> {};

TEST_P(SamplerDrawTest, FollowsItsDistribution) {
  const std::vector<float> logits = RandomLogits(80, 2, 5);
  Sampler sampler(GetParam().options);
  const auto expected = Probabilities(sampler.Distribution(logits, {}));
  EXPECT_TRUE(FitsDistribution(Count(sampler, logits, 40000), expected));
}

TEST_P(SamplerDrawTest, FollowsItsDistributionOverSeeds) {
  const std::vector<float> logits = RandomLogits(80, 2, 6);
  std::map<TokenId, size_t> counts;
  SamplingOptions options = GetParam().options;
  for (options.seed = 0; options.seed < 40000; ++options.seed) {
    ++counts[Sampler(options).Sample(logits, {})];
  }
  EXPECT_TRUE(FitsDistribution(counts, Probabilities(Sampler(options).Distribution(logits, {}))));
}

TEST_P(SamplerDrawTest, RefusalGivesTheRenormalisedDistribution) {
  const std::vector<float> logits = RandomLogits(80, 2, 7);
  std::vector<uint8_t> allowed(80);
  for (size_t i = 0; i < allowed.size(); ++i) allowed[i] = i % 3 != 0;
  allowed[ArgMax(logits)] = 0;
  Sampler sampler(GetParam().options);
  const auto expected = Probabilities(sampler.Distribution(logits, {}, allowed));
  const auto counts = Count(sampler, logits, 40000, [&](TokenId t) { return allowed[t] != 0; });
  EXPECT_TRUE(FitsDistribution(counts, expected));
}

INSTANTIATE_TEST_SUITE_P(Options, SamplerDrawTest,
                         ::testing::Values(DrawCase{"Plain", {.temperature = 1.0f}},
                                           DrawCase{"Hot", {.temperature = 1.7f, .seed = 9}},
                                           DrawCase{"TopK", {.temperature = 1.0f, .top_k = 10}},
                                           DrawCase{"TopP", {.temperature = 0.8f, .top_p = 0.9f}},
                                           DrawCase{"MinP", {.temperature = 1.2f, .min_p = 0.05f}}),
                         [](const auto& instance) { return instance.param.name; });

TEST(FitsDistributionTest, RefusesAWrongDistribution) {
  const std::vector<float> logits = RandomLogits(80, 2, 5);
  Sampler sampler({.temperature = 1.0f});
  const auto wrong = Probabilities(Sampler({.temperature = 1.1f}).Distribution(logits, {}));
  EXPECT_FALSE(FitsDistribution(Count(sampler, logits, 40000), wrong));
}

TEST(SamplerTest, FallsBackToTheBestAllowedBeyondTruncation) {
  Sampler sampler({.temperature = 1.0f, .top_k = 2});
  const std::vector<float> logits{5, 4, 3, 2};
  const std::vector<uint8_t> allowed{0, 0, 1, 1};
  EXPECT_THAT(TokensOf(sampler.Distribution(logits, {}, allowed)), ElementsAre(2));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(sampler.Sample(logits, {}, allowed), 2);
}

TEST(SamplerTest, MinusInfinityIsNeverDrawn) {
  const std::vector<float> logits{-kInf, 0.0f, -kInf, 0.0f};
  for (const SamplingOptions& options : {SamplingOptions{}, SamplingOptions{.temperature = 2.0f},
                                         SamplingOptions{.temperature = 2.0f, .top_p = 0.99f}}) {
    Sampler sampler(options);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(sampler.Sample(logits, {}) % 2, 1);
  }
}

// These numbers hold on every machine; when they change, so does every seeded output.
TEST(SamplerTest, SeedGivesTheSameTokensEverywhere) {
  std::vector<float> logits(100);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i % 10) * 0.25f;
  Sampler sampler({.temperature = 1.0f, .seed = 42});
  std::vector<TokenId> tokens;
  for (int i = 0; i < 8; ++i) tokens.push_back(sampler.Sample(logits, {}));
  EXPECT_THAT(tokens, ElementsAre(22, 49, 26, 85, 66, 54, 79, 19));
}

TEST(SamplerTest, SeedsDiffer) {
  const std::vector<float> logits(1000, 0.0f);
  Sampler a({.temperature = 1.0f, .seed = 1}), b({.temperature = 1.0f, .seed = 2});
  int same = 0;
  for (int i = 0; i < 100; ++i) same += a.Sample(logits, {}) == b.Sample(logits, {});
  EXPECT_LT(same, 3);
}

// The race lets two models that see the same noise agree nearly as often as their distributions allow.
TEST(SamplerTest, SamplersWithTheSameNoiseAgree) {
  const std::vector<float> p = RandomLogits(200, 2, 8);
  std::vector<float> q = p;
  const std::vector<float> shift = RandomLogits(200, 0.3f, 9);
  for (size_t i = 0; i < q.size(); ++i) q[i] += shift[i];
  Sampler target({.temperature = 1.0f, .seed = 3}), drafter({.temperature = 1.0f, .seed = 3});
  auto a = Probabilities(target.Distribution(p, {})), b = Probabilities(drafter.Distribution(q, {}));
  double distance = 0;
  for (const auto& [token, probability] : a) distance += std::abs(probability - b[token]) / 2;
  int agreed = 0;
  for (int i = 0; i < 10000; ++i) agreed += target.Sample(p, {}) == drafter.Sample(q, {});
  EXPECT_GE(agreed / 10000.0, (1 - distance) / (1 + distance) - 0.02);
}

TEST(LogprobsTest, AgreeWithDoubleArithmetic) {
  const std::vector<float> logits = RandomLogits(5000, 4, 10);
  double sum = 0;
  for (const float l : logits) sum += std::exp(static_cast<double>(l));
  const std::vector<TokenProbability> top = TopLogprobs(logits, 3);
  ASSERT_EQ(top.size(), 3u);
  EXPECT_EQ(top[0].token, ArgMax(logits));
  EXPECT_GE(top[0].logprob, top[1].logprob);
  for (const TokenProbability& t : top) {
    EXPECT_THAT(t.logprob, FloatNear(static_cast<float>(logits[t.token] - std::log(sum)), 1e-4f));
    EXPECT_FLOAT_EQ(t.logprob, LogProbability(logits, t.token));
  }
}

}  // namespace
}  // namespace espalier
