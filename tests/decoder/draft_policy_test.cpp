#include "decoder/draft_policy.h"

#include <gtest/gtest.h>

namespace espalier {
namespace {

TEST(DraftPolicyTest, DraftsAllWhenDraftsAreRightAndRowsCheap) {
  DraftPolicy policy;
  for (int i = 0; i < 20; ++i) policy.Record(DraftSource::kLongMatch, 7, 7);
  EXPECT_EQ(policy.Choose(DraftSource::kLongMatch, 7, {0.1, 0}).tokens, 7u);
  EXPECT_GT(policy.Choose(DraftSource::kLongMatch, 7, {0.1, 0}).gain, 3.0);
}

TEST(DraftPolicyTest, DraftsNothingWhenDraftsFail) {
  DraftPolicy policy;
  for (int i = 0; i < 20; ++i) policy.Record(DraftSource::kShortMatch, 7, 0);
  EXPECT_EQ(policy.Choose(DraftSource::kShortMatch, 7, {0.12, 0}).tokens, 0u);
}

TEST(DraftPolicyTest, DraftsLessWhenRowsCostMore) {
  const DraftPolicy policy;
  const uint32_t cheap = policy.Choose(DraftSource::kLongMatch, 7, {0.05, 0}).tokens;
  const uint32_t dear = policy.Choose(DraftSource::kLongMatch, 7, {0.4, 0}).tokens;
  EXPECT_GT(cheap, dear);
  EXPECT_EQ(policy.Choose(DraftSource::kLongMatch, 7, {1.0, 0}).tokens, 0u);
}

TEST(DraftPolicyTest, CountsTheDraftModelsOwnSteps) {
  const DraftPolicy policy;
  EXPECT_GT(policy.Choose(DraftSource::kModel, 7, {0.1, 0.1}).tokens,
            policy.Choose(DraftSource::kModel, 7, {0.1, 0.4}).tokens);
}

TEST(DraftPolicyTest, SourcesHaveTheirOwnRecords) {
  DraftPolicy policy;
  for (int i = 0; i < 20; ++i) policy.Record(DraftSource::kShortMatch, 3, 0);
  EXPECT_LT(policy.Acceptance(DraftSource::kShortMatch), 0.2);
  EXPECT_GT(policy.Acceptance(DraftSource::kLongMatch), 0.7);
}

TEST(DraftPolicyTest, TriesAgainAfterAWhile) {
  DraftPolicy policy;
  for (int i = 0; i < 20; ++i) policy.Record(DraftSource::kShortMatch, 7, 0);
  int steps = 0;
  while (policy.Choose(DraftSource::kShortMatch, 7, {0.12, 0}).tokens == 0 && steps < 1000) {
    policy.RecordNone();
    ++steps;
  }
  EXPECT_GT(steps, 0);
  EXPECT_LT(steps, 100);
}

TEST(DraftPolicyTest, NeverDraftsMoreThanThereIs) {
  const DraftPolicy policy;
  EXPECT_EQ(policy.Choose(DraftSource::kLongMatch, 0, {0.01, 0}).tokens, 0u);
  EXPECT_LE(policy.Choose(DraftSource::kLongMatch, 2, {0.01, 0}).tokens, 2u);
}

}  // namespace
}  // namespace espalier
