// Attention over pages against the definition.
#include "model/cuda/attention.cuh"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/cuda_emulation/kernel_kit.h"

namespace espalier::cuda {
namespace {

struct Case {
  uint32_t heads, kv_heads, head_dim;
  uint32_t ranges;
  bool tiled = false;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.heads << " heads, " << c.kv_heads << " kv heads, dim " << c.head_dim << ", " << c.ranges
       << " ranges" << (c.tiled ? ", tiled" : "");
}

class Attention : public testing::TestWithParam<Case> {};

/// One head of one row, in double precision.
std::vector<float> Naive(const float* q, const std::vector<std::vector<float>>& keys,
                         const std::vector<std::vector<float>>& values) {
  std::vector<double> weights;
  for (const auto& key : keys) {
    weights.push_back(std::inner_product(key.begin(), key.end(), q, 0.0));
  }
  const double top = *std::max_element(weights.begin(), weights.end());
  double sum = 0;
  for (double& weight : weights) sum += weight = std::exp(weight - top);
  std::vector<float> out(keys[0].size());
  for (size_t i = 0; i < out.size(); ++i) {
    double value = 0;
    for (size_t t = 0; t < values.size(); ++t) value += weights[t] / sum * values[t][i];
    out[i] = static_cast<float>(value);
  }
  return out;
}

// Rows of two sequences, whose pages lie in no order; the second's follow one another, and may be a tile.
TEST_P(Attention, IsTheDefinition) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  const Case c = GetParam();
  const AttentionShape shape = {c.heads, c.kv_heads, c.head_dim};
  const std::vector<uint32_t> positions = {0,  40, 20, 21, 22, 23, 24, 25, 26, 27,
                                           28, 29, 30, 31, 32, 33, 34, 35, 36, 37},
                              first_page = {0, 0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
  const std::vector<uint32_t> pages = {4, 0, 2, 5, 1, 3};
  const auto rows = static_cast<uint32_t>(positions.size());
  const size_t elements = size_t{6} * c.kv_heads * kKvPageTokens * c.head_dim;
  std::vector<__half> keys, values;
  for (const float value : RandomFloats(elements, 1)) keys.push_back(__float2half_rn(value));
  for (const float value : RandomFloats(elements, 2)) values.push_back(__float2half_rn(value));
  std::vector<float> q = RandomFloats(size_t{rows} * c.heads * c.head_dim, 3);
  for (float& value : q) value /= std::sqrt(static_cast<float>(c.head_dim));  // as RotateAndAppend leaves it
  const Memory<__half> keys_device = OnDevice(keys), values_device = OnDevice(values);
  const KvPages kv = {keys_device.data(), values_device.data(), c.kv_heads, c.head_dim};
  const std::vector<float> kv_of_rows(size_t{2} * rows * c.kv_heads * c.head_dim, 1e9f);  // not looked at
  const Memory<float> qkv_device = OnDevice(SideBySide({q, kv_of_rows}, rows)),
                      partials = OnDevice(std::vector<float>(PartialFloats(shape, rows, c.ranges)));
  const Memory<uint32_t> position_device = OnDevice(positions), first_device = OnDevice(first_page),
                         page_device = OnDevice(pages);
  std::vector<uint32_t> singles = {0, 1};
  for (uint32_t r = 2; r < rows && !c.tiled; ++r) singles.push_back(r);
  const Memory<uint32_t> single_device = OnDevice(singles);
  const Memory<RowTile> tile_device = OnDevice(std::vector<RowTile>{{2, 18}});
  const TestActivations out(std::vector<float>(q.size()), rows, c.heads * c.head_dim);
  Stream stream = MakeStream();
  Attend(stream, shape, qkv_device.data(), kv,
         {rows, position_device.data(), first_device.data(), page_device.data(), c.tiled ? 1u : 0u,
          static_cast<uint32_t>(singles.size()), tile_device.data(), single_device.data()},
         c.ranges, partials.data(), out.view());
  ASSERT_TRUE(stream.Finish());
  const std::vector<float> attended = out.x();
  for (uint32_t r = 0; r < rows; ++r) {
    for (uint32_t head = 0; head < c.heads; ++head) {
      std::vector<std::vector<float>> seen_keys, seen_values;
      for (uint32_t t = 0; t <= positions[r]; ++t) {
        const size_t at =
            kv.At(pages[first_page[r] + t / kKvPageTokens], head / shape.group(), t % kKvPageTokens);
        std::vector<float> key, value;
        for (size_t i = 0; i < c.head_dim; ++i) {
          key.push_back(__half2float(keys[at + i]));
          value.push_back(__half2float(values[at + i]));
        }
        seen_keys.push_back(key);
        seen_values.push_back(value);
      }
      const size_t offset = (size_t{r} * c.heads + head) * c.head_dim;
      const std::vector<float> wanted = Naive(q.data() + offset, seen_keys, seen_values);
      EXPECT_LE(RelativeError(attended.data() + size_t{r} * out.view().stride + head * c.head_dim, wanted),
                c.tiled ? 5e-3 : 1e-4)
          << r << " " << head;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Attention,
                         testing::Values(Case{4, 4, 32, 1}, Case{4, 2, 16, 1}, Case{14, 2, 64, 3},
                                         Case{6, 2, 128, 2}, Case{12, 1, 64, 1}, Case{2, 1, 256, 5},
                                         Case{8, 2, 80, 7}, Case{4, 2, 32, 1, true}, Case{14, 2, 64, 1, true},
                                         Case{2, 1, 96, 1, true}, Case{6, 2, 128, 2, true}));

TEST(KeyRanges, FewRowsWithLongContextsAreCut) {
  const AttentionShape shape = {14, 2, 64};
  EXPECT_EQ(KeyRanges(shape, 1, 4096, 132), 64u);
  EXPECT_EQ(KeyRanges(shape, 1, 10, 132), 1u);
  EXPECT_EQ(KeyRanges(shape, 512, 4096, 132), 1u);
}

}  // namespace
}  // namespace espalier::cuda
