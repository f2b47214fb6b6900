// Tensor cores' tiles against the definition.
#include "model/cuda/mma.cuh"

#include <gtest/gtest.h>

#include "tests/cuda_emulation/kernel_kit.h"

namespace espalier::cuda {
namespace {

__global__ void Tile(const int8_t* a, const int8_t* b, int* c) {
  const unsigned g = threadIdx.x / 4, t = threadIdx.x % 4;
  int sums[4] = {};
  const auto word = [](const int8_t* from) { return *reinterpret_cast<const int*>(from); };
  MultiplyTile(sums, word(a + g * 16 + 4 * t), word(a + (g + 8) * 16 + 4 * t), word(b + g * 16 + 4 * t));
  for (unsigned i = 0; i < 2; ++i) {
    c[g * 8 + 2 * t + i] = sums[i];
    c[(g + 8) * 8 + 2 * t + i] = sums[2 + i];
  }
}

TEST(CudaTile, IsMultipliedAsTheManualSays) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  std::vector<int8_t> a(16 * 16), b(8 * 16);  // b by columns
  for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<int8_t>(i * 37 % 251);
  for (size_t i = 0; i < b.size(); ++i) b[i] = static_cast<int8_t>(i * 53 % 241);
  const Memory<int8_t> left = OnDevice(a), right = OnDevice(b);
  const Memory<int> out = OnDevice(std::vector<int>(16 * 8));
  Stream stream = MakeStream();
  stream.Launch("tile", dim3(1), 32, Tile, left.data(), right.data(), out.data());
  ASSERT_TRUE(stream.Finish());
  const std::vector<int> product = ToHost(out);
  for (size_t row = 0; row < 16; ++row) {
    for (size_t column = 0; column < 8; ++column) {
      int sum = 0;
      for (size_t k = 0; k < 16; ++k) sum += a[row * 16 + k] * b[column * 16 + k];
      EXPECT_EQ(product[row * 8 + column], sum) << row << " " << column;
    }
  }
}

__global__ void HalfTile(const __half* a, const __half* b, float* c) {
  const unsigned g = threadIdx.x / 4, t = threadIdx.x % 4;
  const auto word = [](const __half* from) { return *reinterpret_cast<const uint32_t*>(from); };
  const uint32_t left[4] = {word(a + g * 16 + 2 * t), word(a + (g + 8) * 16 + 2 * t),
                            word(a + g * 16 + 2 * t + 8), word(a + (g + 8) * 16 + 2 * t + 8)};
  float sums[4] = {};
  MultiplyTile(sums, left, word(b + g * 16 + 2 * t), word(b + g * 16 + 2 * t + 8));
  for (unsigned i = 0; i < 2; ++i) {
    c[g * 8 + 2 * t + i] = sums[i];
    c[(g + 8) * 8 + 2 * t + i] = sums[2 + i];
  }
}

TEST(CudaTile, OfHalvesIsMultipliedAsTheManualSays) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  std::vector<__half> a, b;  // b by columns
  for (const float value : RandomFloats(16 * 16, 1)) a.push_back(__float2half_rn(value));
  for (const float value : RandomFloats(8 * 16, 2)) b.push_back(__float2half_rn(value));
  const Memory<__half> left = OnDevice(a), right = OnDevice(b);
  const Memory<float> out = OnDevice(std::vector<float>(16 * 8));
  Stream stream = MakeStream();
  stream.Launch("tile", dim3(1), 32, HalfTile, left.data(), right.data(), out.data());
  ASSERT_TRUE(stream.Finish());
  const std::vector<float> product = ToHost(out);
  for (size_t row = 0; row < 16; ++row) {
    for (size_t column = 0; column < 8; ++column) {
      float sum = 0;
      for (size_t k = 0; k < 16; ++k) sum += __half2float(a[row * 16 + k]) * __half2float(b[column * 16 + k]);
      EXPECT_NEAR(product[row * 8 + column], sum, 1e-4) << row << " " << column;
    }
  }
}

}  // namespace
}  // namespace espalier::cuda
