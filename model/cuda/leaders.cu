// First what truncation keeps of each row, then the leaders of each stretch of it, then of all stretches. The
// order is that of the race of decoder/sampler.h; for greedy rows that of the logits.
#include <cmath>

#include "model/cuda/leaders.cuh"
#include "model/cuda/row_cuts.cuh"

namespace espalier::cuda {
namespace {

constexpr unsigned kThreads = 256;
constexpr unsigned kWarps = kThreads / kLanes;
constexpr uint32_t kEach = 16;  // values of a thread
constexpr uint32_t kStretch = kThreads * kEach;

__device__ bool Before(const Leader& a, const Leader& b) {
  return a.logit > b.logit ||
         (a.logit == b.logit && static_cast<uint32_t>(a.token) < static_cast<uint32_t>(b.token));
}

__device__ Leader WarpFirst(Leader leader) {
  for (int step = 16; step > 0; step /= 2) {
    const Leader other = {__shfl_xor_sync(kAllLanes, leader.token, step),
                          __shfl_xor_sync(kAllLanes, leader.logit, step)};
    if (Before(other, leader)) leader = other;
  }
  return leader;
}

/// The first of all threads' leaders, known to all.
__device__ Leader BlockFirst(Leader leader) {
  return BlockCombine<kWarps>(WarpFirst(leader),
                              [](const Leader& a, const Leader& b) { return Before(b, a) ? b : a; });
}

/// Writes the leaders of what the threads hold, kEach a thread.
__device__ void WriteLeaders(Leader (&held)[kEach], Leader* out) {
  for (uint32_t place = 0; place < kLeaders; ++place) {
    Leader best = held[0];
    for (uint32_t i = 1; i < kEach; ++i) {
      if (Before(held[i], best)) best = held[i];
    }
    const Leader first = BlockFirst(best);
    for (Leader& one : held) {
      if (one.token == first.token) one = {kNoToken, -INFINITY};
    }
    if (threadIdx.x == 0) out[place] = first;
  }
}

/// The larger, the earlier in the race: the logarithm of exp(logit * scale) over exponential noise.
__device__ float Pace(const DrawRule& rule, uint32_t token, float logit) {
  if (rule.scale == 0) return logit;
  return logit * rule.scale - logf(-log1pf(-NoiseUniform(token, rule.noise)));
}

__global__ void SummarizeStretches(LogitsView logits, const DrawRule* rules, const RowCut* cuts,
                                   StretchSummary* out) {
  const DrawRule rule = rules[blockIdx.y];
  const RowCut cut = cuts[blockIdx.y];
  const uint32_t tokens = TokensOf(rule, logits.cols);
  const float* row = logits.row(blockIdx.y);
  Leader held[kEach];
  float max = -INFINITY, sum = 0;
  for (uint32_t i = 0; i < kEach; ++i) {
    const uint32_t token = blockIdx.x * kStretch + i * kThreads + threadIdx.x;
    held[i] = {kNoToken, -INFINITY};
    if (token >= tokens) continue;
    const float logit = row[token];
    max = fmaxf(max, logit);
    const bool kept = cut.most == kAnyDistance || Distance(logit, cut.max, rule.scale) <= cut.most;
    if (kept && logit > -INFINITY) held[i] = {static_cast<TokenId>(token), Pace(rule, token, logit)};
  }
  max = BlockMax<kWarps>(max);
  for (uint32_t i = 0; i < kEach; ++i) {
    const uint32_t token = blockIdx.x * kStretch + i * kThreads + threadIdx.x;
    if (token < tokens && max > -INFINITY) sum += __expf(row[token] - max);
  }
  sum = BlockSum<kWarps>(sum);
  StretchSummary& summary = out[static_cast<size_t>(blockIdx.y) * gridDim.x + blockIdx.x];
  WriteLeaders(held, summary.leaders);
  if (threadIdx.x == 0) {
    summary.max = max;
    summary.sum = sum;
  }
}

__global__ void SummarizeRows(LogitsView logits, const StretchSummary* stretches, uint32_t count,
                              RowSummary* out) {
  const StretchSummary* row = stretches + static_cast<size_t>(blockIdx.x) * count;
  Leader held[kEach];
  for (uint32_t i = 0; i < kEach; ++i) {
    const uint32_t at = i * kThreads + threadIdx.x;
    held[i] = at < count * kLeaders ? row[at / kLeaders].leaders[at % kLeaders] : Leader{kNoToken, -INFINITY};
  }
  float max = -INFINITY, sum = 0;
  for (uint32_t i = threadIdx.x; i < count; i += kThreads) max = fmaxf(max, row[i].max);
  max = BlockMax<kWarps>(max);
  for (uint32_t i = threadIdx.x; i < count; i += kThreads) {
    if (row[i].sum > 0) sum += row[i].sum * __expf(row[i].max - max);
  }
  sum = BlockSum<kWarps>(sum);
  RowSummary& summary = out[blockIdx.x];
  WriteLeaders(held, summary.leaders);
  if (threadIdx.x > 0) return;
  summary.log_sum = max + logf(sum);
  for (Leader& leader : summary.leaders) {
    if (leader.token != kNoToken) leader.logit = logits.row(blockIdx.x)[leader.token];
  }
}

}  // namespace

Status LeaderFinder::Reserve(uint32_t rows, uint32_t cols) {
  ESPALIER_RETURN_IF_ERROR(cuts_.Reserve(rows));
  ESPALIER_RETURN_IF_ERROR(stretches_.Reserve(static_cast<size_t>(rows) * DivideUp(cols, kStretch)));
  return found_.Reserve(rows);
}

// REQUIRES: kStretch / kLeaders stretches at most, which is a vocabulary of two million.
void LeaderFinder::Find(Stream& stream, const LogitsView& logits, const DrawRule* rules) {
  if (logits.rows == 0) return;
  const unsigned stretches = DivideUp(logits.cols, kStretch);
  CutRows(stream, logits, rules, cuts_.data());
  stream.Launch("leaders", dim3(stretches, logits.rows), kThreads, SummarizeStretches, logits, rules,
                cuts_.data(), stretches_.data());
  stream.Launch("leaders", dim3(logits.rows), kThreads, SummarizeRows, logits, stretches_.data(), stretches,
                found_.data());
}

}  // namespace espalier::cuda
