#include "decoder/step_pace.h"

#include <gtest/gtest.h>

namespace espalier {
namespace {

constexpr double kFixedMs = 12, kRowMs = 1;

/// A machine whose steps take a fixed time and a time a row.
double StepMs(uint32_t rows) { return kFixedMs + kRowMs * rows; }

TEST(StepPaceTest, ChunksBesideDecodeSettleNearTheTarget) {
  StepPace pace({512, 512, 40});
  for (int i = 0; i < 30; ++i) {
    const uint32_t rows = pace.PrefillRows(true);
    pace.Record({1, rows, StepMs(rows + 1)});
  }
  EXPECT_EQ(pace.PrefillRows(true), 32u);  // 45 ms; 16 rows would be 29
}

TEST(StepPaceTest, ChunksAloneAreLonger) {
  StepPace pace({512, 512, 40});
  for (int i = 0; i < 30; ++i) pace.Record({0, pace.PrefillRows(false), StepMs(pace.PrefillRows(false))});
  EXPECT_NEAR(pace.PrefillRows(false), 48, 1);  // 60 ms
}

TEST(StepPaceTest, NeverBelowOnePageNorAboveTheLimit) {
  StepPace slow({512, 512, 40}), fast({100, 512, 40});
  for (int i = 0; i < 30; ++i) {
    slow.Record({1, slow.PrefillRows(true), 100000});
    fast.Record({1, fast.PrefillRows(true), 0.01});
  }
  EXPECT_EQ(slow.PrefillRows(true), 16u);
  EXPECT_EQ(fast.PrefillRows(true), 100u);
}

TEST(StepPaceTest, ShortPromptsDoNotShrinkTheChunk) {
  StepPace pace({512, 512, 40});
  for (int i = 0; i < 30; ++i) pace.Record({0, pace.PrefillRows(false), StepMs(pace.PrefillRows(false))});
  const uint32_t before = pace.PrefillRows(false);
  pace.Record({0, 5, StepMs(5)});
  EXPECT_EQ(pace.PrefillRows(false), before);
}

TEST(StepPaceTest, LearnsTheCostOfARow) {
  StepPace pace({128, 256, 40});
  for (uint32_t i = 0; i < 60; ++i) pace.Record({1 + i % 8, 0, StepMs(1 + i % 8)});
  EXPECT_NEAR(pace.SingleRowMs(), StepMs(1), 0.01);
  EXPECT_NEAR(pace.RowCost(), kRowMs / StepMs(1), 0.001);
}

TEST(StepPaceTest, AssumesAMemoryBoundCostBeforeRowsVary) {
  StepPace pace({128, 256, 40});
  EXPECT_NEAR(pace.RowCost(), 0.1, 1e-9);
  for (int i = 0; i < 20; ++i) pace.Record({1, 0, 15});
  EXPECT_NEAR(pace.RowCost(), 0.1, 1e-9);
  EXPECT_NEAR(pace.SingleRowMs(), 15, 1e-9);
}

TEST(StepPaceTest, DecodingSlowsDownToHalfAtMost) {
  StepPace pace({512, 512, 40});
  for (int i = 0; i < 20; ++i) pace.Record({1, 0, 100});
  for (int i = 0; i < 30; ++i) pace.Record({1, pace.PrefillRows(true), 100.0 + pace.PrefillRows(true)});
  EXPECT_NEAR(pace.PrefillRows(true), 96, 17);  // 200 ms
}

TEST(StepPaceTest, WithoutATargetNothingChanges) {
  StepPace pace({128, 256, 0});
  pace.Record({1, 128, 100000});
  pace.Record({0, 256, 100000});
  EXPECT_EQ(pace.PrefillRows(true), 128u);
  EXPECT_EQ(pace.PrefillRows(false), 256u);
}

}  // namespace
}  // namespace espalier
