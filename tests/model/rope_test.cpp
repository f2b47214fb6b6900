#include "model/rope.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace espalier {
namespace {

HyperParameters Shape() {
  HyperParameters h;
  h.head_dim = 8;
  h.rope_base = 10000.0f;
  return h;
}

TEST(RopeTest, AnglesFollowThePaper) {
  const Rope rope(Shape(), {});
  std::vector<float> cosines(4), sines(4);
  rope.Angles(3, cosines.data(), sines.data());
  for (int i = 0; i < 4; ++i) {
    const double angle = 3 * std::pow(10000.0, -2.0 * i / 8);
    EXPECT_NEAR(cosines[i], std::cos(angle), 1e-6);
    EXPECT_NEAR(sines[i], std::sin(angle), 1e-6);
  }
}

TEST(RopeTest, LinearScalingStretchesPositions) {
  HyperParameters h = Shape();
  const Rope plain(h, {});
  h.rope_scaling.type = RopeScalingType::kLinear;
  h.rope_scaling.factor = 4;
  const Rope scaled(h, {});
  std::vector<float> a(4), b(4), c(4), d(4);
  plain.Angles(5, a.data(), b.data());
  scaled.Angles(20, c.data(), d.data());
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(a[i], c[i], 1e-6);
}

TEST(RopeTest, FactorsDivideFrequencies) {
  const std::vector<float> factors = {1, 2, 4, 8};
  const Rope rope(Shape(), factors);
  std::vector<float> cosines(4), sines(4);
  rope.Angles(7, cosines.data(), sines.data());
  for (int i = 0; i < 4; ++i) {
    EXPECT_NEAR(sines[i], std::sin(7 * std::pow(10000.0, -2.0 * i / 8) / factors[i]), 1e-6);
  }
}

// A rotation keeps lengths, and scores depend on the distance of two positions alone.
TEST(RopeTest, ScoresDependOnDistanceInBothLayouts) {
  const Rope rope(Shape(), {});
  for (const RopeLayout layout : {RopeLayout::kHalves, RopeLayout::kAdjacent}) {
    const auto score = [&](uint32_t at_q, uint32_t at_k) {
      std::vector<float> q = {1, 2, 3, 4, 5, 6, 7, 8}, k = {8, -7, 6, -5, 4, -3, 2, -1}, cosines(4), sines(4);
      rope.Angles(at_q, cosines.data(), sines.data());
      RotateHead(layout, cosines.data(), sines.data(), 8, q.data());
      rope.Angles(at_k, cosines.data(), sines.data());
      RotateHead(layout, cosines.data(), sines.data(), 8, k.data());
      float sum = 0;
      for (int i = 0; i < 8; ++i) sum += q[i] * k[i];
      return sum;
    };
    EXPECT_NEAR(score(9, 4), score(105, 100), 2e-4);
    EXPECT_GT(std::fabs(score(9, 4) - score(9, 5)), 1e-2);
  }
}

}  // namespace
}  // namespace espalier
