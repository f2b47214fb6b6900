// Recorded passes: launched when they are known, given up when they must be.
#include "model/cuda/graph_cache.cuh"

#include <gtest/gtest.h>

#include "tests/cuda_emulation/kernel_kit.h"

namespace espalier::cuda {
namespace {

__global__ void AddOne(int* value) { *value += 1; }

TEST(CudaGraphs, APassIsRecordedOnceAndLaunchedEveryTime) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  Stream stream = MakeStream();
  GraphCache graphs;
  const Memory<int> value = OnDevice(std::vector<int>{0}), other = OnDevice(std::vector<int>{0});
  int recorded = 0;
  const auto pass = [&](const GraphKey& key, int* counter) {
    if (graphs.Begin(stream, key)) {
      ++recorded;
      stream.Launch("add", dim3(1), 1, AddOne, counter);
      stream.Launch("add", dim3(1), 1, AddOne, counter);
    }
    graphs.End(stream);
  };
  for (int i = 0; i < 3; ++i) pass({1, 1, 1}, value.data());
  pass({2, 1, 1}, other.data());
  ASSERT_TRUE(stream.Finish());
  EXPECT_EQ(recorded, 2);
  EXPECT_EQ(graphs.size(), 2u);
  EXPECT_EQ(ToHost(value)[0], 6);
  EXPECT_EQ(ToHost(other)[0], 2);
}

TEST(CudaGraphs, WhatIsGivenUpIsNotLaunchedAndNotKept) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  Stream stream = MakeStream();
  GraphCache graphs;
  const Memory<int> value = OnDevice(std::vector<int>{0});
  EXPECT_TRUE(graphs.Begin(stream, {1, 1, 1}));
  stream.Launch("add", dim3(1), 1, AddOne, value.data());
  graphs.Abandon(stream);
  EXPECT_FALSE(graphs.active());
  EXPECT_EQ(graphs.size(), 0u);
  stream.Launch("add", dim3(1), 1, AddOne, value.data());  // launches as ever
  ASSERT_TRUE(stream.Finish());
  EXPECT_EQ(ToHost(value)[0], 1);
}

}  // namespace
}  // namespace espalier::cuda
