// The largest logits of rows, against sorting.
#include "model/cuda/leaders.cuh"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/cuda_emulation/kernel_kit.h"

namespace espalier::cuda {
namespace {

class CudaLeaders : public testing::TestWithParam<uint32_t> {};

TEST_P(CudaLeaders, AreTheLargestInOrder) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  const uint32_t rows = 3, cols = GetParam();
  std::vector<float> logits = RandomFloats(rows * cols, cols);
  for (float& logit : logits) logit = std::round(logit * 8) / 8;  // many are equal
  const Memory<float> device = OnDevice(logits);
  Memory<Leader> scratch, out;
  Must(scratch.Reserve(LeaderScratch(rows, cols)));
  Must(out.Reserve(rows * kLeaders));
  Stream stream = MakeStream();
  FindLeaders(stream, device.data(), rows, cols, scratch.data(), out.data());
  ASSERT_TRUE(stream.Finish());
  const std::vector<Leader> found = ToHost(out);
  for (uint32_t r = 0; r < rows; ++r) {
    const float* row = logits.data() + size_t{r} * cols;
    std::vector<TokenId> order(cols);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](TokenId a, TokenId b) { return row[a] > row[b]; });
    for (uint32_t i = 0; i < kLeaders; ++i) {
      const Leader& leader = found[r * kLeaders + i];
      EXPECT_EQ(leader.token, i < cols ? order[i] : kNoToken) << r << " " << i;
      EXPECT_EQ(leader.logit, i < cols ? row[order[i]] : -INFINITY);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Columns, CudaLeaders, testing::Values(1, 5, 300, 4096, 10'000));

}  // namespace
}  // namespace espalier::cuda
