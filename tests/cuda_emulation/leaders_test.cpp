// What is said of rows without sending them, against sorting in plain loops.
#include "model/cuda/leaders.cuh"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/cuda_emulation/kernel_kit.h"

namespace espalier::cuda {
namespace {

std::vector<RowSummary> Summaries(const std::vector<float>& logits, uint32_t cols,
                                  const std::vector<DrawRule>& rules) {
  const auto rows = static_cast<uint32_t>(rules.size());
  const Memory<float> device = OnDevice(logits);
  const Memory<DrawRule> device_rules = OnDevice(rules);
  LeaderFinder finder;
  Must(finder.Reserve(rows, cols));
  Stream stream = MakeStream();
  finder.Find(stream, {device.data(), rows, cols}, device_rules.data());
  Must(stream.Finish());
  return ToHost(finder.found(), rows);
}

/// Tokens by descending value, of equals the lowest first.
std::vector<TokenId> Order(const std::vector<double>& values) {
  std::vector<TokenId> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](TokenId a, TokenId b) { return values[a] > values[b]; });
  return order;
}

/// Tokens that a rule keeps, by its definition (decoder/sampler.h).
std::vector<TokenId> Kept(const std::vector<double>& logits, const DrawRule& rule) {
  std::vector<TokenId> order = Order(logits);
  const auto weight = [&](TokenId token) {
    return std::exp((logits[token] - logits[order[0]]) * static_cast<double>(rule.scale));
  };
  if (rule.top_k > 0 && rule.top_k < order.size()) order.resize(rule.top_k);
  double total = 0, mass = 0;
  for (const TokenId token : order) total += weight(token);
  size_t count = 0;
  for (; count < order.size(); ++count) {
    const double w = weight(order[count]);
    const bool enough = rule.top_p < 1 && mass >= static_cast<double>(rule.top_p) * total;
    if (count > 0 && (enough || w < static_cast<double>(rule.min_p))) break;
    mass += w;
  }
  order.resize(count);
  return order;
}

/// The order of the race.
std::vector<TokenId> Raced(const std::vector<double>& logits, const DrawRule& rule) {
  const std::vector<TokenId> kept = Kept(logits, rule);
  std::vector<double> paces;
  for (const TokenId token : kept) {
    const double uniform = NoiseUniform(static_cast<uint32_t>(token), rule.noise);
    paces.push_back(logits[token] * static_cast<double>(rule.scale) - std::log(-std::log1p(-uniform)));
  }
  std::vector<TokenId> order;
  for (const TokenId place : Order(paces)) order.push_back(kept[place]);
  return order;
}

class CudaLeaders : public testing::TestWithParam<uint32_t> {};

TEST_P(CudaLeaders, AreTheLargestInOrder) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  const uint32_t rows = 3, cols = GetParam();
  std::vector<float> logits = RandomFloats(rows * cols, cols);
  for (float& logit : logits) logit = std::round(logit * 8) / 8;  // many are equal
  const std::vector<RowSummary> found = Summaries(logits, cols, std::vector<DrawRule>(rows));
  for (uint32_t r = 0; r < rows; ++r) {
    const std::vector<double> row(logits.begin() + r * cols, logits.begin() + (r + 1) * cols);
    const std::vector<TokenId> order = Order(row);
    double sum = 0;
    for (const double logit : row) sum += std::exp(logit);
    EXPECT_NEAR(found[r].log_sum, std::log(sum), 1e-4);
    for (uint32_t i = 0; i < kLeaders; ++i) {
      const Leader& leader = found[r].leaders[i];
      EXPECT_EQ(leader.token, i < cols ? order[i] : kNoToken) << r << " " << i;
      EXPECT_EQ(leader.logit, i < cols ? static_cast<float>(row[order[i]]) : -INFINITY);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Columns, CudaLeaders, testing::Values(1, 5, 300, 4096, 10'000));

struct Rule {
  const char* name;
  DrawRule rule;
};
void PrintTo(const Rule& rule, std::ostream* out) { *out << rule.name; }

class CudaDraws : public testing::TestWithParam<Rule> {};

TEST_P(CudaDraws, FollowTheRule) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  const uint32_t rows = 6, cols = 5000;
  std::vector<float> logits = RandomFloats(rows * cols, 7);
  for (float& logit : logits) logit *= 4;
  std::vector<DrawRule> rules(rows, GetParam().rule);
  for (uint32_t r = 0; r < rows; ++r) rules[r].noise = {r * 77 + 1, r * 991 + 5};
  rules[1] = {};  // each row has its own
  const std::vector<RowSummary> found = Summaries(logits, cols, rules);
  for (uint32_t r = 0; r < rows; ++r) {
    const uint32_t tokens = rules[r].vocabulary == 0 ? cols : rules[r].vocabulary;
    const std::vector<double> row(logits.begin() + r * cols, logits.begin() + r * cols + tokens);
    const std::vector<TokenId> order = r == 1 ? Order(row) : Raced(row, rules[r]);
    for (uint32_t i = 0; i < kLeaders; ++i) {
      const TokenId token = i < order.size() ? order[i] : kNoToken;
      EXPECT_EQ(found[r].leaders[i].token, token) << r << " " << i;
      const float logit = token == kNoToken ? -INFINITY : static_cast<float>(row[token]);
      EXPECT_EQ(found[r].leaders[i].logit, logit);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rules, CudaDraws,
    testing::Values(Rule{"temperature", {1.25f, 0, 1, 0, 0, {}}}, Rule{"vocabulary", {1, 0, 1, 0, 4321, {}}},
                    Rule{"top_k", {1, 40, 1, 0, 0, {}}}, Rule{"top_k of few", {2, 3, 1, 0, 0, {}}},
                    Rule{"top_k of all", {1, 100'000, 1, 0, 0, {}}}, Rule{"top_p", {1, 0, 0.9f, 0, 0, {}}},
                    Rule{"top_p of one", {8, 0, 0.001f, 0, 0, {}}}, Rule{"min_p", {1, 0, 1, 0.05f, 0, {}}},
                    Rule{"all", {0.5f, 200, 0.95f, 0.01f, 4999, {}}}));

// The same numbers in the same order every time.
TEST(CudaDraws, EqualsAndImpossibleTokensAreNoTrouble) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  const uint32_t cols = 600;
  std::vector<float> logits(2 * cols, 1.5f);
  for (uint32_t i = 0; i < cols; ++i) logits[cols + i] = i == 17 ? 0.0f : -INFINITY;
  logits[2] = NAN;
  const DrawRule rule = {1, 10, 0.5f, 0, 0, {3, 4}};
  const std::vector<RowSummary> found = Summaries(logits, cols, {rule, rule});
  for (const Leader& leader : found[0].leaders) {  // equals are all kept
    EXPECT_NE(leader.token, kNoToken);
    EXPECT_NE(leader.token, 2);
  }
  EXPECT_EQ(found[1].leaders[0].token, 17);
  EXPECT_EQ(found[1].leaders[1].token, kNoToken);
  EXPECT_NEAR(found[1].log_sum, 0, 1e-6);
}

}  // namespace
}  // namespace espalier::cuda
