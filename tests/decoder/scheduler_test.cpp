#include "decoder/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>

namespace espalier {
namespace {

/// Requests with distinct prompts, whose rows the test computes as granted.
class Requests {
 public:
  size_t Add(Priority priority, uint32_t tokens, uint32_t computed = 0) {
    auto& prompt = prompts_.emplace_back(std::make_unique<std::vector<TokenId>>(tokens));
    std::iota(prompt->begin(), prompt->end(), static_cast<TokenId>(10000 * prompts_.size()));
    return AddWith(priority, *prompt, computed);
  }
  size_t AddWith(Priority priority, std::span<const TokenId> tokens, uint32_t computed = 0) {
    entries.push_back({priority, entries.size(), 0, tokens, computed});
    return entries.size() - 1;
  }
  size_t AddDecoding(Priority priority) { return Add(priority, 10, 9); }

  std::vector<ScheduleEntry> entries;

 private:
  std::vector<std::unique_ptr<std::vector<TokenId>>> prompts_;
};

std::map<size_t, uint32_t> Rows(std::span<const RowGrant> grants) {
  std::map<size_t, uint32_t> rows;
  for (const RowGrant& grant : grants) rows[grant.entry] += grant.tokens;
  return rows;
}

constexpr StepLimits kLimits{16, 128, 256, true};

TEST(SchedulerTest, AStepHasAllDecodeRowsAndOneChunk) {
  Requests requests;
  for (int i = 0; i < 5; ++i) requests.AddDecoding(Priority::kInteractive);
  requests.Add(Priority::kInteractive, 4000);
  const auto rows = Rows(Scheduler().Plan(requests.entries, kLimits));
  EXPECT_EQ(rows, (std::map<size_t, uint32_t>{{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 128}}));
}

TEST(SchedulerTest, AloneAPromptGetsMore) {
  Requests requests;
  requests.Add(Priority::kEval, 4000);
  EXPECT_EQ(Rows(Scheduler().Plan(requests.entries, kLimits)), (std::map<size_t, uint32_t>{{0, 256}}));
}

TEST(SchedulerTest, AShortPromptDoesNotQueueBehindALongOne) {
  Requests requests;
  requests.Add(Priority::kInteractive, 4000, 512);
  requests.Add(Priority::kInteractive, 40);
  const auto rows = Rows(Scheduler().Plan(requests.entries, kLimits));
  EXPECT_EQ(rows, (std::map<size_t, uint32_t>{{0, 216}, {1, 40}}));
}

TEST(SchedulerTest, TheOldestGetsItsShareOfEveryChunk) {
  Requests requests;
  requests.Add(Priority::kInteractive, 4000);
  for (int i = 0; i < 20; ++i) requests.Add(Priority::kInteractive, 200);
  const auto rows = Rows(Scheduler().Plan(requests.entries, kLimits));
  EXPECT_EQ(rows, (std::map<size_t, uint32_t>{{0, 64}, {1, 192}}));
}

TEST(SchedulerTest, AHigherClassIsServedFirst) {
  Requests requests;
  requests.Add(Priority::kEval, 20);
  requests.Add(Priority::kInline, 200);
  requests.Add(Priority::kInteractive, 200);
  const auto rows = Rows(Scheduler().Plan(requests.entries, kLimits));
  EXPECT_EQ(rows, (std::map<size_t, uint32_t>{{1, 200}, {2, 56}}));
}

TEST(SchedulerTest, PrefillOfALowerClassWaitsForDecodingButDoesNotStarve) {
  Requests requests;
  requests.AddDecoding(Priority::kInline);
  const size_t batch = requests.Add(Priority::kEval, 4000);
  Scheduler scheduler;
  uint32_t chunks = 0;
  for (int step = 0; step < 80; ++step) {
    chunks += Rows(scheduler.Plan(requests.entries, kLimits)).contains(batch);
  }
  EXPECT_EQ(chunks, 10u);
}

TEST(SchedulerTest, PrefillOfAHigherClassGoesBesideDecoding) {
  Requests requests;
  requests.AddDecoding(Priority::kEval);
  requests.Add(Priority::kInline, 500);
  const auto rows = Rows(Scheduler().Plan(requests.entries, kLimits));
  EXPECT_EQ(rows, (std::map<size_t, uint32_t>{{0, 1}, {1, 128}}));
}

TEST(SchedulerTest, DraftRowsAreSharedWhileFewDecode) {
  const auto drafts = [](int decoding) {
    Requests requests;
    for (int i = 0; i < decoding; ++i) requests.AddDecoding(Priority::kInteractive);
    uint32_t most = 0, total = 0;
    for (const RowGrant& grant : Scheduler().Plan(requests.entries, kLimits)) {
      most = std::max(most, grant.drafts);
      total += grant.tokens + grant.drafts;
    }
    EXPECT_LE(total, kLimits.batch_rows);
    return most;
  };
  EXPECT_EQ(drafts(1), 15u);
  EXPECT_EQ(drafts(2), 7u);
  EXPECT_EQ(drafts(4), 3u);
  EXPECT_EQ(drafts(9), 0u);
  EXPECT_EQ(drafts(16), 0u);
}

TEST(SchedulerTest, DecodersTakeTurnsWhenThereAreMoreThanRows) {
  Requests requests;
  for (int i = 0; i < 10; ++i) requests.AddDecoding(Priority::kEval);
  Scheduler scheduler;
  std::map<size_t, int> turns;
  for (uint64_t step = 1; step <= 20; ++step) {
    for (const RowGrant& grant : scheduler.Plan(requests.entries, {4, 128, 256, true})) {
      requests.entries[grant.entry].last_step = step;
      ++turns[grant.entry];
    }
  }
  for (const auto& [entry, count] : turns) EXPECT_GE(count, 6) << entry;
}

TEST(SchedulerTest, APrefixIsComputedOnce) {
  std::vector<TokenId> prompt(300);
  std::iota(prompt.begin(), prompt.end(), 0);
  std::vector<TokenId> fork = prompt;
  fork[200] = -5;
  Requests requests;
  for (int i = 0; i < 8; ++i) requests.AddWith(Priority::kEval, prompt);
  requests.AddWith(Priority::kEval, fork);
  EXPECT_EQ(Rows(Scheduler().Plan(requests.entries, kLimits)).size(), 1u);
  // Without a prefix cache nobody can take over another's pages.
  EXPECT_GT(Rows(Scheduler().Plan(requests.entries, {16, 128, 4000, false})).size(), 8u);
}

TEST(SchedulerTest, DifferentPromptsShareAChunk) {
  Requests requests;
  for (int i = 0; i < 4; ++i) requests.Add(Priority::kEval, 50);
  EXPECT_EQ(Rows(Scheduler().Plan(requests.entries, kLimits)).size(), 4u);
}

}  // namespace
}  // namespace espalier
