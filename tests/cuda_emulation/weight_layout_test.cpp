// Weights keep their exact values in the layout of the device.
#include "model/cuda/weight_layout.h"

#include <gtest/gtest.h>

#include "model/cuda/elementwise.cuh"
#include "tests/cuda_emulation/kernel_kit.h"

namespace espalier::cuda {
namespace {

class Layout : public testing::TestWithParam<DataType> {};

TEST_P(Layout, TakesAsManyBytesAsTheFileOrHardlyMore) {
  const size_t rows = 64, cols = 1024;
  const auto bytes = static_cast<double>(LayOut(GetParam(), rows, cols).bytes);
  const auto in_file = static_cast<double>(rows * RowBytes(GetParam(), cols));
  EXPECT_GE(bytes, in_file);
  EXPECT_LE(bytes, in_file * 1.03 + 1024);
}

// Embedding reads whole rows with the same functions as the products.
TEST_P(Layout, KeepsEveryValue) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  const TestMatrix matrix(GetParam(), 7, 512, 1);
  const std::vector<int32_t> ids = {6, 0, 3, 3};
  const Memory<int32_t> tokens = OnDevice(ids);
  const Memory<float> out = OnDevice(std::vector<float>(ids.size() * 512));
  Stream stream = MakeStream();
  Embed(stream, matrix.device(), tokens.data(), 4, out.data());
  ASSERT_TRUE(stream.Finish());
  const std::vector<float> x = ToHost(out);
  for (size_t r = 0; r < ids.size(); ++r) {
    for (size_t i = 0; i < 512; ++i) {
      const float wanted = matrix.values()[static_cast<size_t>(ids[r]) * 512 + i];
      ASSERT_NEAR(x[r * 512 + i], wanted, 1e-6 * std::fabs(wanted) + 1e-9) << r << " " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Layout, testing::ValuesIn(kAllTypes),
                         [](const auto& test) { return std::string(InfoOf(test.param).name); });

}  // namespace
}  // namespace espalier::cuda
