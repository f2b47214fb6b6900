// Every way to multiply, with every type of weights, against plain loops.
#include "model/cuda/matmul.cuh"

#include <gtest/gtest.h>

#include <optional>
#include <tuple>

#include "tests/cuda_emulation/kernel_kit.h"

namespace espalier::cuda {
namespace {

// Not whole tiles of outputs, and an odd number of superblocks.
constexpr size_t kOutputs = 37, kCols = 768;

class Product : public testing::TestWithParam<std::tuple<DataType, uint32_t>> {
 protected:
  DataType type() const { return std::get<0>(GetParam()); }
  uint32_t rows() const { return std::get<1>(GetParam()); }

  void SetUp() override {
    if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
    w_.emplace(type(), kOutputs, kCols, 1u);
    x_ = RandomFloats(rows() * kCols, 2);
    in_.emplace(x_, rows(), static_cast<uint32_t>(kCols));
    bias_ = RandomFloats(kOutputs, 3);
    before_ = RandomFloats(rows() * kOutputs, 4);
    bias_on_device_ = OnDevice(bias_);
    y_ = OnDevice(before_);
    stream_.emplace(MakeStream());
  }

  std::optional<TestMatrix> w_;
  std::optional<TestActivations> in_;
  std::vector<float> x_, bias_, before_;
  Memory<float> bias_on_device_, y_;
  std::optional<Stream> stream_;

  ProductOut Out(bool with_bias, bool accumulate) const {
    return {y_.data(), kOutputs, with_bias ? bias_on_device_.data() : nullptr, accumulate};
  }
  std::vector<float> Expected(const std::vector<float>& in, bool with_bias, bool accumulate) const {
    std::vector<float> out = NaiveProduct(w_->values(), in, kOutputs, rows(), kCols);
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] += (with_bias ? bias_[i % kOutputs] : 0) + (accumulate ? before_[i] : 0);
    }
    return out;
  }
};

constexpr double kSumRounding = 1e-5;   // float32 sums in another order
constexpr double kBf16Rounding = 2e-2;  // of weights; the worst of many

TEST_P(Product, ByWarps) {
  MultiplyByWarps(*stream_, w_->device(), in_->view(), Out(true, false));
  ASSERT_TRUE(stream_->Finish());
  const std::vector<float> in = IsFloatType(type()) ? x_ : in_->FromCodes();
  EXPECT_LE(RelativeError(ToHost(y_), Expected(in, true, false)), kSumRounding);
}

TEST_P(Product, ByWarpsAddsToWhatIsThere) {
  MultiplyByWarps(*stream_, w_->device(), in_->view(), Out(false, true));
  ASSERT_TRUE(stream_->Finish());
  const std::vector<float> in = IsFloatType(type()) ? x_ : in_->FromCodes();
  EXPECT_LE(RelativeError(ToHost(y_), Expected(in, false, true)), kSumRounding);
}

TEST_P(Product, ByTiles) {
  if (IsFloatType(type())) return;  // tiles are of integers
  MultiplyByTiles(*stream_, w_->device(), in_->view(), Out(true, true));
  ASSERT_TRUE(stream_->Finish());
  EXPECT_LE(RelativeError(ToHost(y_), Expected(in_->FromCodes(), true, true)), kSumRounding);
}

TEST_P(Product, ByTheLibrary) {
  auto multiplier = Multiplier::Create(*stream_);
  ASSERT_TRUE(multiplier);
  const Memory<__nv_bfloat16> unpacked = OnDevice(std::vector<__nv_bfloat16>(kOutputs * kCols));
  MultiplyByLibrary(*stream_, multiplier->library(), w_->device(), in_->view(), Out(true, true),
                    unpacked.data());
  ASSERT_TRUE(stream_->Finish());
  EXPECT_LE(RelativeError(ToHost(y_), Expected(in_->Rounded(), true, true)), kBf16Rounding);
}

// The largest of a row decides how coarse its bytes are: 127 steps, in both factors.
TEST_P(Product, ByBytes) {
  auto multiplier = Multiplier::Create(*stream_);
  ASSERT_TRUE(multiplier);
  const TestMatrix w(type(), kOutputs + 3, kCols, 1u);  // whole words of outputs
  ByteRoom room;
  ASSERT_FALSE(room.Fits(w.device(), in_->view()));
  ASSERT_TRUE(room.Reserve((kOutputs + 3) * kCols, kOutputs + 3, kCols, rows()));
  ASSERT_TRUE(room.Fits(w.device(), in_->view()));
  const std::vector<float> bias = RandomFloats(kOutputs + 3, 5);
  const Memory<float> bias_on_device = OnDevice(bias);
  const Memory<float> y = OnDevice(std::vector<float>(rows() * (kOutputs + 3)));
  MultiplyByBytes(*stream_, multiplier->library(), w.device(), in_->view(),
                  {y.data(), kOutputs + 3, bias_on_device.data(), false}, room);
  ASSERT_TRUE(stream_->Finish());
  std::vector<float> expected = NaiveProduct(w.values(), x_, kOutputs + 3, rows(), kCols);
  for (size_t i = 0; i < expected.size(); ++i) expected[i] += bias[i % (kOutputs + 3)];
  EXPECT_LE(RelativeError(ToHost(y), expected), 0.06);
}

// Whatever the number of rows, one of the ways is taken, and the result is near the exact one.
TEST_P(Product, Multiply) {
  auto multiplier = Multiplier::Create(*stream_);
  ASSERT_TRUE(multiplier);
  ASSERT_TRUE(multiplier->Reserve(kOutputs * kCols));
  multiplier->Multiply(*stream_, w_->device(), in_->view(), Out(false, false));
  ASSERT_TRUE(stream_->Finish());
  EXPECT_LE(RelativeError(ToHost(y_), Expected(x_, false, false)), 0.05);
}

INSTANTIATE_TEST_SUITE_P(Types, Product,
                         testing::Combine(testing::ValuesIn(kAllTypes), testing::Values(1, 2, 3, 8, 21, 130)),
                         [](const auto& test) {
                           return std::string(InfoOf(std::get<0>(test.param)).name) + "_" +
                                  std::to_string(std::get<1>(test.param)) + "_rows";
                         });

}  // namespace
}  // namespace espalier::cuda
