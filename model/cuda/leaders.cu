// In two rounds: of each stretch of a row, then of these. A round takes the largest kLeaders times.
#include <cmath>

#include "model/cuda/leaders.cuh"

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
  __shared__ Leader firsts[kWarps];
  leader = WarpFirst(leader);
  __syncthreads();  // what was read the time before
  if (threadIdx.x % kLanes == 0) firsts[threadIdx.x / kLanes] = leader;
  __syncthreads();
  leader = firsts[0];
  for (unsigned w = 1; w < kWarps; ++w) {
    if (Before(firsts[w], leader)) leader = firsts[w];
  }
  return leader;
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

__global__ void LeadersOfStretches(const float* logits, uint32_t cols, Leader* out) {
  const float* row = logits + static_cast<size_t>(blockIdx.y) * cols;
  Leader held[kEach];
  for (uint32_t i = 0; i < kEach; ++i) {
    const uint32_t column = blockIdx.x * kStretch + i * kThreads + threadIdx.x;
    held[i] = {kNoToken, -INFINITY};
    if (column < cols) held[i] = {static_cast<TokenId>(column), row[column]};
  }
  WriteLeaders(held, out + (static_cast<size_t>(blockIdx.y) * gridDim.x + blockIdx.x) * kLeaders);
}

__global__ void LeadersOfLeaders(const Leader* leaders, uint32_t count, Leader* out) {
  const Leader* row = leaders + static_cast<size_t>(blockIdx.x) * count;
  Leader held[kEach];
  for (uint32_t i = 0; i < kEach; ++i) {
    const uint32_t at = i * kThreads + threadIdx.x;
    held[i] = at < count ? row[at] : Leader{kNoToken, -INFINITY};
  }
  WriteLeaders(held, out + static_cast<size_t>(blockIdx.x) * kLeaders);
}

}  // namespace

size_t LeaderScratch(uint32_t rows, uint32_t cols) {
  return static_cast<size_t>(rows) * DivideUp(cols, kStretch) * kLeaders;
}

// REQUIRES: kStretch / kLeaders stretches at most, which is a vocabulary of two million.
void FindLeaders(Stream& stream, const float* logits, uint32_t rows, uint32_t cols, Leader* scratch,
                 Leader* out) {
  if (rows == 0) return;
  const unsigned stretches = DivideUp(cols, kStretch);
  stream.Launch("leaders", dim3(stretches, rows), kThreads, LeadersOfStretches, logits, cols, scratch);
  stream.Launch("leaders", dim3(rows), kThreads, LeadersOfLeaders, scratch, stretches * kLeaders, out);
}

}  // namespace espalier::cuda
