// Norms, activations and rotary angles against plain loops.
#include "model/cuda/elementwise.cuh"

#include <gtest/gtest.h>

#include "model/rope.h"
#include "tests/cuda_emulation/kernel_kit.h"

namespace espalier::cuda {
namespace {

TEST(CudaActivations, AllFormsSayTheSame) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  const uint32_t rows = 3, cols = 80;  // the last group is half empty
  const std::vector<float> x = RandomFloats(rows * cols, 1);
  const TestActivations in(x, rows, cols);
  EXPECT_EQ(in.view().stride, 96u);
  EXPECT_LE(RelativeError(in.FromCodes(), x), 0.015);
  EXPECT_LE(RelativeError(in.Rounded(), x), 0.01);
  const std::vector<int8_t> codes = ToHost(in.view().codes, rows * 96);
  const std::vector<float> scales = ToHost(in.view().scales, rows * 3),
                           sums = ToHost(in.view().sums, rows * 3);
  for (uint32_t r = 0; r < rows; ++r) {
    for (uint32_t g = 0; g < 3; ++g) {
      int sum = 0;
      for (uint32_t i = 0; i < kGroup; ++i) sum += codes[r * 96 + g * kGroup + i];
      EXPECT_FLOAT_EQ(sums[r * 3 + g], scales[r * 3 + g] * static_cast<float>(sum));
    }
    for (uint32_t i = 80; i < 96; ++i) EXPECT_EQ(codes[r * 96 + i], 0);
  }
}

TEST(CudaNorm, DividesByTheRootMeanSquare) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  const uint32_t cols = 160;
  const std::vector<float> x = RandomFloats(4 * cols, 1), weight = RandomFloats(cols, 2);
  const std::vector<uint32_t> chosen = {2, 0};
  const Memory<float> x_device = OnDevice(x), weight_device = OnDevice(weight);
  const Memory<uint32_t> rows = OnDevice(chosen);
  const TestActivations out(std::vector<float>(2 * cols), 2, cols);
  Stream stream = MakeStream();
  NormRows(stream, x_device.data(), rows.data(), weight_device.data(), 1e-5f, out.view());
  ASSERT_TRUE(stream.Finish());
  std::vector<float> wanted;
  for (const uint32_t row : chosen) {
    double squares = 0;
    for (uint32_t i = 0; i < cols; ++i) squares += static_cast<double>(x[row * cols + i]) * x[row * cols + i];
    const auto scale = static_cast<float>(1 / std::sqrt(squares / cols + 1e-5));
    for (uint32_t i = 0; i < cols; ++i) wanted.push_back(x[row * cols + i] * scale * weight[i]);
  }
  EXPECT_LE(RelativeError(out.x(), wanted), 1e-5);
  EXPECT_LE(RelativeError(out.FromCodes(), wanted), 0.03);
}

TEST(CudaSwiGlu, IsSiluTimesUp) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  const uint32_t rows = 2, cols = 352;
  const std::vector<float> gate = RandomFloats(rows * cols, 1), up = RandomFloats(rows * cols, 2);
  const Memory<float> gate_up = OnDevice(SideBySide({gate, up}, rows));
  const TestActivations out(std::vector<float>(rows * cols), rows, cols);
  Stream stream = MakeStream();
  SwiGlu(stream, gate_up.data(), out.view());
  ASSERT_TRUE(stream.Finish());
  std::vector<float> wanted;
  for (size_t i = 0; i < gate.size(); ++i) wanted.push_back(gate[i] / (1 + std::exp(-gate[i])) * up[i]);
  EXPECT_LE(RelativeError(out.x(), wanted), 1e-5);
}

class Rotation : public testing::TestWithParam<RopeLayout> {};

// Two sequences: one that begins, one in its second page.
TEST_P(Rotation, IsTheReferencesAndKeysAndValuesGoToTheirPages) {
  if (const std::string reason = ReasonNotToRun(); !reason.empty()) GTEST_SKIP() << reason;
  HyperParameters h;
  h.n_heads = 4;
  h.n_kv_heads = 2;
  h.head_dim = 16;
  h.rope_layout = GetParam();
  const Rope rope(h, {});
  const std::vector<uint32_t> positions = {0, 1, 17}, first_page = {0, 0, 1}, pages = {3, 1, 2};
  const std::vector<float> q = RandomFloats(3 * h.q_dim(), 1), k = RandomFloats(3 * h.kv_dim(), 2),
                           v = RandomFloats(3 * h.kv_dim(), 3);
  std::vector<float> cosines(3 * 8), sines(3 * 8);
  for (size_t r = 0; r < 3; ++r) rope.Angles(positions[r], &cosines[r * 8], &sines[r * 8]);
  const Memory<float> qkv_device = OnDevice(SideBySide({q, k, v}, 3)), cosines_device = OnDevice(cosines),
                      sines_device = OnDevice(sines);
  const Memory<uint32_t> position_device = OnDevice(positions), first_device = OnDevice(first_page),
                         page_device = OnDevice(pages);
  const Memory<__half> keys = OnDevice(std::vector<__half>(4 * h.kv_dim() * kKvPageTokens)),
                       values = OnDevice(std::vector<__half>(4 * h.kv_dim() * kKvPageTokens));
  const KvPages kv = {keys.data(), values.data(), 2, 16};
  Stream stream = MakeStream();
  const AttentionShape shape = {4, 2, 16};
  RotateAndAppend(stream, shape, GetParam(), {cosines_device.data(), sines_device.data()}, qkv_device.data(),
                  kv, {3, position_device.data(), first_device.data(), page_device.data()});
  ASSERT_TRUE(stream.Finish());
  const std::vector<float> rotated = ToHost(qkv_device);
  const std::vector<__half> stored_keys = ToHost(keys), stored_values = ToHost(values);
  for (size_t r = 0; r < 3; ++r) {
    for (size_t head = 0; head < 4; ++head) {
      std::vector<float> wanted(q.begin() + static_cast<long>((r * 4 + head) * 16),
                                q.begin() + static_cast<long>((r * 4 + head + 1) * 16));
      RotateHead(GetParam(), &cosines[r * 8], &sines[r * 8], 16, wanted.data());
      for (float& value : wanted) value /= 4;  // attention's 1 / sqrt(16)
      EXPECT_LE(RelativeError(rotated.data() + r * shape.stride() + head * 16, wanted), 1e-5);
    }
    const uint32_t page = pages[first_page[r] + positions[r] / kKvPageTokens];
    for (uint32_t head = 0; head < 2; ++head) {
      std::vector<float> key(k.begin() + static_cast<long>((r * 2 + head) * 16),
                             k.begin() + static_cast<long>((r * 2 + head + 1) * 16));
      RotateHead(GetParam(), &cosines[r * 8], &sines[r * 8], 16, key.data());
      const size_t at = kv.At(page, head, positions[r] % kKvPageTokens);
      for (size_t i = 0; i < 16; ++i) {
        EXPECT_NEAR(__half2float(stored_keys[at + i]), key[i], 2e-3);
        EXPECT_NEAR(__half2float(stored_values[at + i]), v[(r * 2 + head) * 16 + i], 2e-3);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, Rotation, testing::Values(RopeLayout::kHalves, RopeLayout::kAdjacent),
                         [](const auto& test) { return test.index == 0 ? "Halves" : "Adjacent"; });

}  // namespace
}  // namespace espalier::cuda
