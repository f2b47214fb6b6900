// The emulation itself: barriers, warp operations, and what a GPU would not forgive.
#include <gtest/gtest.h>

#include <vector>

#include "tests/cuda_emulation/kernel_kit.h"

namespace espalier::cuda {
namespace {

__global__ void ReverseBlock(const int* in, int* out) {
  __shared__ int held[128];
  held[threadIdx.x] = in[blockIdx.x * 128 + threadIdx.x];
  __syncthreads();
  out[blockIdx.x * 128 + threadIdx.x] = held[127 - threadIdx.x];
}

TEST(CudaEmulation, BarriersHoldABlockTogether) {
  std::vector<int> values(512);
  for (int i = 0; i < 512; ++i) values[static_cast<size_t>(i)] = i;
  const Memory<int> in = OnDevice(values), out = OnDevice(std::vector<int>(512));
  Stream stream = MakeStream();
  stream.Launch("reverse", dim3(4), 128, ReverseBlock, in.data(), out.data());
  ASSERT_TRUE(stream.Finish());
  const std::vector<int> reversed = ToHost(out);
  for (int i = 0; i < 512; ++i) EXPECT_EQ(reversed[static_cast<size_t>(i)], i / 128 * 128 + 127 - i % 128);
}

__global__ void WithoutBarrier(int* wrong) {
  __shared__ int held[128];
  held[threadIdx.x] = 0;
  __syncthreads();
  held[threadIdx.x] = 1;
  if (held[127 - threadIdx.x] == 0) *wrong += 1;
}

// A forgotten barrier shows, since the order of turns is random.
TEST(CudaEmulation, AMissingBarrierShows) {
  const Memory<int> wrong = OnDevice(std::vector<int>(1));
  Stream stream = MakeStream();
  stream.Launch("race", dim3(4), 128, WithoutBarrier, wrong.data());
  ASSERT_TRUE(stream.Finish());
  EXPECT_GT(ToHost(wrong)[0], 0);
}

__global__ void Sums(float* out) {
  const float sum = WarpSum(static_cast<float>(threadIdx.x));
  const float most = WarpMax(static_cast<float>(threadIdx.x));
  const unsigned odd = __ballot_sync(kAllLanes, threadIdx.x % 2);
  if (threadIdx.x % kLanes != 0) return;
  float* mine = out + 3 * (threadIdx.x / kLanes);
  mine[0] = sum;
  mine[1] = most;
  mine[2] = odd == 0xaaaaaaaau ? 1.0f : 0.0f;
}

TEST(CudaEmulation, WarpsAddUp) {
  const Memory<float> out = OnDevice(std::vector<float>(6));
  Stream stream = MakeStream();
  stream.Launch("sums", dim3(1), 64, Sums, out.data());
  ASSERT_TRUE(stream.Finish());
  EXPECT_EQ(ToHost(out), (std::vector<float>{496, 31, 1, 1520, 63, 1}));
}

__global__ void HalfTheBlockWaits() {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    WarpSum(1.0f);
    __syncthreads();
    __syncthreads();
  }
}

TEST(CudaEmulationDeathTest, ThreadsThatWaitForEachOtherAreFound) {
  EXPECT_DEATH(
      {
        Stream stream = MakeStream();
        stream.Launch("stuck", dim3(1), 64, HalfTheBlockWaits);
        __global__ void (*lanes)() = +[] {
          if (threadIdx.x == 0)
            WarpSum(1.0f);
          else
            __syncthreads();
        };
        stream.Launch("torn warp", dim3(1), 32, lanes);
      },
      "different barriers");
}

TEST(CudaEmulation, ALaunchThatNoGpuTakesIsAnError) {
  Stream stream = MakeStream();
  const Memory<float> out = OnDevice(std::vector<float>(6));
  stream.Launch("too many", dim3(1), 2048, Sums, out.data());
  const Status status = stream.Finish();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "too many: invalid configuration argument");
  EXPECT_TRUE(stream.Finish());
}

}  // namespace
}  // namespace espalier::cuda
