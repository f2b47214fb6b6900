// A block searches a row for the distance at which the limit is reached: a radix search, eight bits a round.
// Weights are summed as integers, so that the order of threads does not matter and a seed gives the same text
// every time.
#include <cmath>

#include "model/cuda/row_cuts.cuh"

namespace espalier::cuda {
namespace {

constexpr unsigned kThreads = 1024;
constexpr unsigned kWarps = kThreads / kLanes;
constexpr unsigned kBuckets = 256;
constexpr unsigned kEach = kBuckets / kLanes;  // buckets of a lane
using Weight = unsigned long long;             // as atomicAdd wants it

struct Row {
  const float* logits;
  uint32_t tokens;
  float max, scale;

  __device__ uint32_t At(uint32_t token) const { return Distance(logits[token], max, scale); }
};

/// exp(-distance) in units of 2^-40.
__device__ Weight WeightAt(uint32_t distance) {
  if (distance == kAnyDistance) return 0;
  return static_cast<Weight>(expf(static_cast<float>(distance) * -7.450580596923828e-9f) *
                             1.099511627776e12f);
}

struct Bucket {
  uint32_t number;
  Weight before;  // of all nearer ones
};

/// The bucket in which the sum reaches `limit`; the last one when none does. For one warp.
__device__ Bucket Reached(const Weight* buckets, Weight limit) {
  const unsigned lane = threadIdx.x % kLanes;
  Weight own = 0, before = 0;
  for (unsigned i = 0; i < kEach; ++i) own += buckets[lane * kEach + i];
  for (unsigned other = 0; other < kLanes; ++other) {
    const Weight value = __shfl_sync(kAllLanes, own, static_cast<int>(other));
    if (other < lane) before += value;
  }
  const unsigned reached = __ballot_sync(kAllLanes, before + own >= limit);
  unsigned first = kLanes - 1;
  for (unsigned other = kLanes; other-- > 0;) {
    if ((reached >> other & 1) != 0) first = other;
  }
  Bucket found = {lane * kEach, before};
  while (found.number < lane * kEach + kEach - 1 && found.before + buckets[found.number] < limit) {
    found.before += buckets[found.number++];
  }
  const int source = static_cast<int>(first);
  return {__shfl_sync(kAllLanes, found.number, source), __shfl_sync(kAllLanes, found.before, source)};
}

/// The least distance up to which tokens, none farther than `within`, number or weigh `limit`.
__device__ uint32_t DistanceOf(const Row& row, bool count, Weight limit, uint32_t within) {
  __shared__ Weight buckets[kBuckets];
  __shared__ Bucket found;
  uint32_t prefix = 0, known = 0;  // bits
  for (int shift = 24; shift >= 0; shift -= 8) {
    for (unsigned i = threadIdx.x; i < kBuckets; i += kThreads) buckets[i] = 0;
    __syncthreads();
    for (uint32_t token = threadIdx.x; token < row.tokens; token += kThreads) {
      const uint32_t distance = row.At(token);
      if (distance > within || (distance & known) != prefix) continue;
      const Weight weight = count ? 1 : WeightAt(distance);
      if (weight > 0) atomicAdd(&buckets[distance >> shift & (kBuckets - 1)], weight);
    }
    __syncthreads();
    if (threadIdx.x < kLanes) {
      const Bucket reached = Reached(buckets, limit);
      if (threadIdx.x == 0) found = reached;
    }
    __syncthreads();
    prefix |= found.number << shift;
    known |= (kBuckets - 1) << shift;
    limit -= found.before < limit ? found.before : limit;
  }
  return prefix;
}

/// The weight of tokens that are not farther than `within`, known to all threads.
__device__ Weight Total(const Row& row, uint32_t within) {
  __shared__ Weight total;
  if (threadIdx.x == 0) total = 0;
  __syncthreads();
  Weight own = 0;
  for (uint32_t token = threadIdx.x; token < row.tokens; token += kThreads) {
    const uint32_t distance = row.At(token);
    if (distance <= within) own += WeightAt(distance);
  }
  atomicAdd(&total, own);
  __syncthreads();
  return total;
}

__global__ void __launch_bounds__(kThreads) CutRow(LogitsView logits, const DrawRule* rules, RowCut* cuts) {
  const DrawRule rule = rules[blockIdx.x];
  RowCut cut = {0, kAnyDistance};
  if (rule.Truncates()) {
    Row row = {logits.row(blockIdx.x), TokensOf(rule, logits.cols), -INFINITY, rule.scale};
    for (uint32_t token = threadIdx.x; token < row.tokens; token += kThreads) {
      row.max = fmaxf(row.max, row.logits[token]);
    }
    cut.max = row.max = BlockMax<kWarps>(row.max);
    if (rule.top_k > 0) cut.most = DistanceOf(row, true, rule.top_k, kAnyDistance);
    if (rule.top_p < 1) {
      const auto nucleus =
          static_cast<Weight>(static_cast<double>(rule.top_p) * static_cast<double>(Total(row, cut.most)));
      cut.most = DistanceOf(row, false, nucleus > 0 ? nucleus : 1, cut.most);
    }
    if (rule.min_p > 0) {
      const uint32_t floor = Distance(logf(rule.min_p), 0, 1);
      cut.most = floor < cut.most ? floor : cut.most;
    }
  }
  if (threadIdx.x == 0) cuts[blockIdx.x] = cut;
}

}  // namespace

void CutRows(Stream& stream, const LogitsView& logits, const DrawRule* rules, RowCut* cuts) {
  stream.Launch("truncation", dim3(logits.rows), kThreads, CutRow, logits, rules, cuts);
}

}  // namespace espalier::cuda
