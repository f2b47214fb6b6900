#include "model/quant.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace espalier {
namespace {

constexpr DataType kAllTypes[] = {DataType::kF32,  DataType::kF16,  DataType::kBF16, DataType::kQ4_0,
                                  DataType::kQ5_0, DataType::kQ5_1, DataType::kQ8_0, DataType::kQ4_K,
                                  DataType::kQ5_K, DataType::kQ6_K};

std::string TypeName(const testing::TestParamInfo<DataType>& param) {
  return std::string(InfoOf(param.param).name);
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<float> RandomRow(size_t n, uint32_t seed) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal;
  std::vector<float> row(n);
  for (float& x : row) x = normal(rng);
  return row;
}

std::vector<float> RoundTrip(DataType type, const std::vector<float>& row) {
  std::vector<std::byte> bytes(RowBytes(type, row.size()));
  QuantizeRow(type, row, bytes.data());
  std::vector<float> out(row.size());
  DequantizeRow(type, bytes.data(), out);
  return out;
}

double RelativeRmsError(const std::vector<float>& expected, const std::vector<float>& actual) {
  double error = 0;
  double norm = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    error += std::pow(expected[i] - actual[i], 2);
    norm += std::pow(expected[i], 2);
  }
  return std::sqrt(error / norm);
}

class QuantTest : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(AllTypes, QuantTest, testing::ValuesIn(kAllTypes), TypeName);

TEST_P(QuantTest, DequantizesGoldenBlocksExactly) {
  constexpr size_t kElements = 512;
  const std::string path = ESPALIER_SOURCE_DIR "/tests/data/quant/" + std::string(InfoOf(GetParam()).name);
  const std::string file = ReadFile(path + ".bin");
  const size_t block_bytes = RowBytes(GetParam(), kElements);
  ASSERT_EQ(file.size(), block_bytes + kElements * sizeof(float));
  std::vector<float> expected(kElements);
  std::memcpy(expected.data(), file.data() + block_bytes, kElements * sizeof(float));
  std::vector<float> actual(kElements);
  DequantizeRow(GetParam(), reinterpret_cast<const std::byte*>(file.data()), actual);
  EXPECT_EQ(actual, expected);
}

TEST_P(QuantTest, RoundTripErrorFitsTheBits) {
  // Roughly a third of the step over the spread of a normal row; twice the bits, half the error.
  const double limits[] = {0, 3e-4, 3e-3, 0.10, 0.05, 0.045, 0.007, 0.085, 0.042, 0.025};
  const std::vector<float> row = RandomRow(2048, 7);
  EXPECT_LE(RelativeRmsError(row, RoundTrip(GetParam(), row)), limits[static_cast<size_t>(GetParam())]);
}

TEST_P(QuantTest, ZerosStayZeros) {
  const std::vector<float> zeros(256);
  EXPECT_EQ(RoundTrip(GetParam(), zeros), zeros);
}

TEST_P(QuantTest, QuantizingTwiceChangesLittle) {
  const std::vector<float> once = RoundTrip(GetParam(), RandomRow(512, 11));
  EXPECT_LE(RelativeRmsError(once, RoundTrip(GetParam(), once)), 0.05);
}

TEST_P(QuantTest, ReadsRowsAtAnyAddress) {
  const std::vector<float> row = RandomRow(256, 3);
  std::vector<std::byte> bytes(RowBytes(GetParam(), row.size()) + 1);
  QuantizeRow(GetParam(), row, bytes.data() + 1);
  std::vector<float> out(row.size());
  DequantizeRow(GetParam(), bytes.data() + 1, out);
  EXPECT_EQ(out, RoundTrip(GetParam(), row));
}

TEST(HalfTest, EveryHalfSurvivesTheRoundTrip) {
  for (uint32_t half = 0; half < 65536; ++half) {
    const float value = HalfToFloat(static_cast<uint16_t>(half));
    if (std::isnan(value)) {
      EXPECT_TRUE((half & 0x7c00) == 0x7c00 && (half & 0x3ff) != 0) << half;
      EXPECT_TRUE(std::isnan(HalfToFloat(FloatToHalf(value))));
    } else {
      ASSERT_EQ(FloatToHalf(value), half);
    }
  }
}

TEST(HalfTest, RoundsToNearestEven) {
  EXPECT_EQ(FloatToHalf(1.0f + 0x1p-11f), 0x3c00);             // halfway: stays even
  EXPECT_EQ(FloatToHalf(1.0f + 0x3p-11f), 0x3c02);             // halfway: goes to even
  EXPECT_EQ(FloatToHalf(1.0f + 0x1p-11f + 0x1p-20f), 0x3c01);  // just above
  EXPECT_EQ(FloatToHalf(65504.0f), 0x7bff);                    // the largest half
  EXPECT_EQ(FloatToHalf(65520.0f), 0x7c00);                    // rounds up to infinity
  EXPECT_EQ(FloatToHalf(std::nextafter(65520.0f, 0.0f)), 0x7bff);
  EXPECT_EQ(FloatToHalf(0x1p-25f), 0x0000);  // halfway to the least subnormal
  EXPECT_EQ(FloatToHalf(0x1.8p-25f), 0x0001);
  EXPECT_EQ(FloatToHalf(-0.0f), 0x8000);
  EXPECT_EQ(FloatToHalf(std::nextafter(0x1p-14f, 0.0f)), 0x0400);  // a subnormal that rounds to normal
}

TEST(Bfloat16Test, RoundsToNearestEvenAndKeepsNan) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const float value = Bfloat16ToFloat(static_cast<uint16_t>(bits));
    if (std::isnan(value)) continue;
    ASSERT_EQ(FloatToBfloat16(value), bits);
  }
  EXPECT_EQ(FloatToBfloat16(std::bit_cast<float>(0x3f808000u)), 0x3f80);
  EXPECT_EQ(FloatToBfloat16(std::bit_cast<float>(0x3f818000u)), 0x3f82);
  EXPECT_EQ(FloatToBfloat16(std::bit_cast<float>(0x3f808001u)), 0x3f81);
  EXPECT_TRUE(std::isnan(Bfloat16ToFloat(FloatToBfloat16(std::bit_cast<float>(0x7f800001u)))));
  EXPECT_TRUE(std::isinf(Bfloat16ToFloat(FloatToBfloat16(std::numeric_limits<float>::max()))));
}

}  // namespace
}  // namespace espalier
