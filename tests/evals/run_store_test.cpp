#include "evals/runs/run_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

EvalRun SomeRun() {
  EvalRun run;
  run.settings = {"humaneval", "/data",    "abc",  "model", "def", EvalConstraint::kCheck,
                  3,           0.8,        7,      512,     10,    "avx2",
                  "q8",        "http://a", "chat", 1,       2};
  run.tasks = 10;
  run.version = "1.2.3";
  run.machine = "a machine";
  return run;
}

EvalSample SomeSample(const std::string& task, uint32_t index) {
  return {task,       index,       0xffffffffffffffff,
          "answer\n", "program\n", "length",
          true,       "wrong",     "detail",
          11,         22,          33,
          1.5,        2.5,         {},
          {}};
}

TEST(RunStore, KeepsWhatOnlySomeSamplesHave) {
  const TemporaryFolder folder;
  const auto store = RunStore::Open(folder.path() / "runs.sqlite");
  ASSERT_TRUE(store);
  const int64_t id = (*store)->Begin(SomeRun()).value();
  EvalSample sample = SomeSample("a", 0);
  sample.refusals = {{3, ")\n"}, {9, "\xff"}};
  FillFacts facts;
  facts.answered = facts.parses = facts.exact = facts.duplicates = true;
  facts.similarity = 0.25;
  facts.compiles = false;
  sample.fill = FillOutcome{4, 5, "go/line", facts};
  ASSERT_TRUE((*store)->Add(id, sample, 1));
  ASSERT_TRUE((*store)->Add(id, SomeSample("b", 0), 1));
  const auto samples = (*store)->Samples(id).value();
  ASSERT_EQ(samples.size(), 2);
  ASSERT_EQ(samples[0].refusals.size(), 2);
  EXPECT_EQ(samples[0].refusals[0].offset, 3);
  EXPECT_EQ(samples[0].refusals[0].text, ")\n");
  EXPECT_EQ(samples[0].refusals[1].text, "\uFFFD");  // no UTF-8, as a token may be
  ASSERT_TRUE(samples[0].fill);
  EXPECT_EQ(samples[0].fill->before + samples[0].fill->after, 9);
  EXPECT_EQ(samples[0].fill->group, "go/line");
  const FillFacts& read = samples[0].fill->facts;
  EXPECT_TRUE(read.answered && read.parses && read.exact && read.duplicates);
  EXPECT_FALSE(read.clean || read.misindented);
  EXPECT_EQ(read.compiles, false);
  EXPECT_DOUBLE_EQ(read.similarity, 0.25);
  EXPECT_FALSE(samples[1].fill);
  EXPECT_TRUE(samples[1].refusals.empty());
}

TEST(RunStore, KeepsRunsAndSamples) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "deep/er/runs.sqlite";
  int64_t id = 0;
  {
    const auto store = RunStore::Open(path);
    ASSERT_TRUE(store) << store.error().message;
    id = (*store)->Begin(SomeRun()).value();
    ASSERT_TRUE((*store)->Add(id, SomeSample("b", 0), 1.25));
    ASSERT_TRUE((*store)->Add(id, SomeSample("a", 1), 2));
    ASSERT_TRUE((*store)->Add(id, SomeSample("a", 1), 0.5));  // replaces
  }
  const auto store = RunStore::Open(path);
  ASSERT_TRUE(store) << store.error().message;
  EvalRun run = (*store)->Run(id).value();
  EXPECT_EQ(run.settings, SomeRun().settings);
  EXPECT_EQ(run.tasks, 10);
  EXPECT_EQ(run.version, "1.2.3");
  EXPECT_EQ(run.machine, "a machine");
  EXPECT_DOUBLE_EQ(run.seconds, 3.75);
  EXPECT_FALSE(run.finished);
  EXPECT_THAT(run.started, testing::MatchesRegex("20..-..-..T..:..:..Z"));
  const auto samples = (*store)->Samples(id).value();
  ASSERT_EQ(samples.size(), 2);
  EXPECT_EQ(samples[0].task, "b");
  const EvalSample& s = samples[1];
  EXPECT_EQ(s.task, "a");
  EXPECT_EQ(s.index, 1);
  EXPECT_EQ(s.seed, 0xffffffffffffffff);
  EXPECT_EQ(s.answer + s.program + s.finish + s.error + s.detail, "answer\nprogram\nlengthwrongdetail");
  EXPECT_TRUE(s.closed);
  EXPECT_EQ(s.prompt_tokens + s.tokens + s.refused, 66);
  EXPECT_DOUBLE_EQ(s.generate_seconds + s.check_seconds, 4);
  ASSERT_TRUE((*store)->Finish(id));
  EXPECT_TRUE((*store)->Run(id)->finished);
  EXPECT_EQ((*store)->Runs()->size(), 1);
}

TEST(RunStore, WrongFilesAndRunsAreErrors) {
  const TemporaryFolder folder;
  const auto foreign = RunStore::Open(folder.Write("foreign", std::string(5000, 'x')));
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(foreign.error().message, testing::HasSubstr("foreign"));
  const auto folder_itself = RunStore::Open(folder.path());
  ASSERT_FALSE(folder_itself);
  EXPECT_EQ(folder_itself.error().code, ErrorCode::kIo);
  const auto store = RunStore::Open(folder.path() / "new");
  ASSERT_TRUE(store);
  const auto run = (*store)->Run(5);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace espalier
