#include "decoder/logit_math.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace espalier {
namespace {

constexpr size_t kLanes = 16;    // four SSE registers: enough to hide the latency of a max or add
constexpr size_t kBlock = 2048;  // 8 kB of floats: the second look at a block finds it in L1
constexpr float kLowest = -std::numeric_limits<float>::infinity();

// exp(x) for x <= 0, relative error below 3e-7; below -87 (and for NaN) exp(-87). Branch-free: 2^n by
// the exponent bits, 2^f for |f| <= 1/2 by the Taylor polynomial of exp.
inline float ExpOfNegative(float x) {
  x = x > -87.0f ? x : -87.0f;
  const float scaled = x * 1.44269504f;
  const auto n = static_cast<int32_t>(scaled - 0.5f);
  const float f = (scaled - static_cast<float>(n)) * 0.693147181f;
  float p = 1.0f / 720.0f;
  p = p * f + 1.0f / 120.0f;
  p = p * f + 1.0f / 24.0f;
  p = p * f + 1.0f / 6.0f;
  p = p * f + 0.5f;
  p = p * f + 1.0f;
  p = p * f + 1.0f;
  const int32_t bits = (n + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return p * power;
}

// SplitMix64 (Steele, Lea, Flood 2014).
uint64_t Scramble(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

// Orders indices: larger value first, then lower index.
struct LargerFirst {
  std::span<const float> values;
  bool operator()(TokenId a, TokenId b) const {
    return values[a] != values[b] ? values[a] > values[b] : a < b;
  }
};

}  // namespace

float MaxValue(std::span<const float> values) {
  std::array<float, kLanes> lanes;
  lanes.fill(kLowest);
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (size_t j = 0; j < kLanes; ++j) lanes[j] = values[i + j] > lanes[j] ? values[i + j] : lanes[j];
  }
  float best = *std::max_element(lanes.begin(), lanes.end());
  for (; i < values.size(); ++i) best = values[i] > best ? values[i] : best;
  return best;
}

TokenId ArgMax(std::span<const float> values) {
  float best = kLowest;
  size_t best_block = values.size();
  for (size_t begin = 0; begin < values.size(); begin += kBlock) {
    const float block_max = MaxValue(values.subspan(begin, std::min(kBlock, values.size() - begin)));
    if (block_max > best) best = block_max, best_block = begin;
  }
  if (best_block == values.size()) return kNoToken;
  return static_cast<TokenId>(std::find(values.begin() + best_block, values.end(), best) - values.begin());
}

double SumExp(std::span<const float> values, float max, float scale) {
  double sum = 0;
  for (size_t begin = 0; begin < values.size(); begin += kBlock) {
    const auto block = values.subspan(begin, std::min(kBlock, values.size() - begin));
    std::array<float, kLanes> lanes{};
    size_t i = 0;
    for (; i + kLanes <= block.size(); i += kLanes) {
      for (size_t j = 0; j < kLanes; ++j) lanes[j] += ExpOfNegative((block[i + j] - max) * scale);
    }
    for (float lane : lanes) sum += lane;
    for (; i < block.size(); ++i) sum += ExpOfNegative((block[i] - max) * scale);
  }
  return sum;
}

std::vector<TokenId> TopTokens(std::span<const float> values, size_t n) {
  const LargerFirst before{values};
  std::vector<TokenId> top;  // a heap whose front is the least of the tokens kept so far
  n = std::min(n, values.size());
  if (n == 0) return top;
  float floor = kLowest;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] > floor)) continue;  // equal to the least: its lower index wins
    if (top.size() == n) {
      std::pop_heap(top.begin(), top.end(), before);
      top.pop_back();
    }
    top.push_back(static_cast<TokenId>(i));
    std::push_heap(top.begin(), top.end(), before);
    if (top.size() == n) floor = values[top.front()];
  }
  std::sort_heap(top.begin(), top.end(), before);
  return top;
}

RaceNoise::RaceNoise(uint64_t seed, uint64_t draw) {
  const uint64_t key = Scramble(Scramble(seed) + draw);
  key_ = {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)};
}

float RaceNoise::Uniform(TokenId token) const { return NoiseUniform(static_cast<uint32_t>(token), key_); }

double RaceNoise::Exponential(TokenId token) const {
  return -std::log1p(-static_cast<double>(Uniform(token)));
}

TokenId RaceNoise::Winner(std::span<const float> values, float max, float scale) const {
  TokenId winner = kNoToken;
  double best = std::numeric_limits<double>::infinity();
  std::array<float, kLanes> weight, noise;
  for (size_t begin = 0; begin < values.size(); begin += kLanes) {
    const size_t count = std::min(kLanes, values.size() - begin);
    for (size_t j = 0; j < count; ++j) {
      weight[j] = ExpOfNegative((values[begin + j] - max) * scale);
      noise[j] = NoiseUniform(static_cast<uint32_t>(begin + j), key_);
    }
    // -log(1 - u) >= u: most tokens are out of the race without a logarithm.
    const auto bound = static_cast<float>(std::min(best, 1e30));
    for (size_t j = 0; j < count; ++j) {
      if (noise[j] > bound * weight[j] || !(values[begin + j] > kLowest)) continue;
      const double time = -std::log1p(-static_cast<double>(noise[j])) / weight[j];
      if (time < best) best = time, winner = static_cast<TokenId>(begin + j);
    }
  }
  return winner;
}

}  // namespace espalier
