// Whole runs: a random tiny model, a suite of our own, the sandbox and the database.
#include "evals/harness/eval_run.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/utf8.h"
#include "evals/engines/answer_source.h"
#include "grammar/recogniser.h"
#include "model/model.h"
#include "tests/evals/checker_kit.h"
#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

std::unique_ptr<Engine> TinyEngine() {
  ModelOptions options;
  options.backend = BackendKind::kScalar;  // whose batches do not change results
  auto model = Model::Load(ESPALIER_SOURCE_DIR "/tests/data/tiny/qwen2-k.gguf", options);
  EXPECT_TRUE(model) << model.error().message;
  return std::move(*Engine::Create(std::move(*model), EvalEngineOptions(TaskKind::kWrite)));
}

EvalSettings SomeSettings() {
  EvalSettings settings;
  settings.suite = "humaneval";
  settings.samples = 3;
  settings.temperature = 1;
  settings.seed = 5;
  settings.max_tokens = 16;
  return settings;
}

/// Answers by task and number.
using Answers = std::map<std::pair<std::string, uint32_t>, std::string>;

Answers Take(const Suite& suite, const EvalSettings& settings, const std::vector<EvalSample>& known = {}) {
  const auto engine = TinyEngine();
  Answers answers;
  SamplingHooks hooks;
  hooks.taken = [&](const SampleJob& job, const EvalSample& sample) {
    EXPECT_EQ(job.task->id, sample.task);
    answers[{sample.task, sample.index}] = sample.answer;
  };
  const Status taken =
      LocalAnswers(*engine)->TakeSamples(suite, settings, JobsOf(suite, settings, known), hooks);
  EXPECT_TRUE(taken) << taken.error().message;
  return answers;
}

class Sampling : public testing::Test {
 protected:
  const Suite suite_ = *LoadSuite("humaneval", OwnTasks());
};

TEST_F(Sampling, TheSeedDecides) {
  EvalSettings settings = SomeSettings();
  const Answers first = Take(suite_, settings);
  EXPECT_EQ(first.size(), 15);
  EXPECT_EQ(first, Take(suite_, settings));
  settings.seed = 6;
  EXPECT_NE(first, Take(suite_, settings));
}

TEST_F(Sampling, SamplesOfATaskDiffer) {
  Answers answers = Take(suite_, SomeSettings());
  EXPECT_NE((answers[{"Small/0", 0}]), (answers[{"Small/0", 1}]));
}

TEST_F(Sampling, WhatIsKnownIsNotTakenAgainAndTheRestIsTheSame) {
  EvalSettings settings = SomeSettings();
  Answers all = Take(suite_, settings);
  std::vector<EvalSample> known(4);
  for (uint32_t i = 0; i < 4; ++i) {
    known[i].task = "Small/" + std::to_string(i);
    known[i].index = i % 3;
    all.erase({known[i].task, known[i].index});
  }
  EXPECT_EQ(Take(suite_, settings, known), all);
}

TEST_F(Sampling, TheLimitIsOfTasks) {
  EvalSettings settings = SomeSettings();
  settings.limit = 2;
  EXPECT_EQ(JobsOf(suite_, settings, {}).size(), 6);
  EXPECT_EQ(TasksOf(suite_, settings).size(), 2);
  settings.limit = 100;
  EXPECT_EQ(TasksOf(suite_, settings).size(), 5);
}

TEST_F(Sampling, AnswersInsideOfTheGrammarParse) {
  EvalSettings settings = SomeSettings();
  for (const auto constraint : {EvalConstraint::kExact, EvalConstraint::kCheck, EvalConstraint::kOff}) {
    settings.constraint = constraint;
    size_t clean = 0;
    for (const auto& [id, answer] : Take(suite_, settings)) {
      const auto tree = SyntaxTree::Parse(Language::kPython, answer);
      clean += tree && tree->clean();
    }
    EXPECT_EQ(clean == 15, constraint != EvalConstraint::kOff) << clean;  // a random model writes no Python
  }
}

// What the model wanted and might not write is kept, with the place where it would have stood.
TEST_F(Sampling, RefusedTokensAreKept) {
  const auto engine = TinyEngine();
  size_t refused = 0;
  SamplingHooks hooks;
  hooks.taken = [&](const SampleJob&, const EvalSample& sample) {
    uint32_t last = 0;
    for (const Refusal& one : sample.refusals) {
      EXPECT_LE(last, one.offset);
      EXPECT_LE(one.offset, sample.answer.size());
      last = one.offset;
      // Marks, fences and bytes that are no characters have other reasons.
      const std::string text = sample.answer.substr(0, one.offset) + one.text;
      if (one.text.empty() || !IsValidUtf8(text) || one.text.find_first_of("<`") != std::string::npos)
        continue;
      Recogniser recogniser(Grammar::For(Language::kPython));
      EXPECT_FALSE(recogniser.Advance(text) && recogniser.Viable())
          << testing::PrintToString(sample.answer) << " " << one.offset << " "
          << testing::PrintToString(one.text);
      ++refused;
    }
  };
  const EvalSettings settings = SomeSettings();
  ASSERT_TRUE(LocalAnswers(*engine)->TakeSamples(suite_, settings, JobsOf(suite_, settings, {}), hooks));
  EXPECT_GT(refused, 20);
}

TEST_F(Sampling, ShardsAreThePartsOfTheWhole) {
  EvalSettings settings = SomeSettings();
  settings.limit = 4;
  settings.shards = 2;
  std::multiset<std::string> tasks;
  for (settings.shard = 0; settings.shard < 2; ++settings.shard) {
    for (const SuiteTask* task : TasksOf(suite_, settings)) tasks.insert(task->id);
    EXPECT_EQ(TasksOf(suite_, settings).size(), 2);
  }
  EXPECT_EQ(tasks, (std::multiset<std::string>{"Small/0", "Small/1", "Small/2", "Small/3"}));
}

TEST_F(Sampling, RunsAreTestedAndStored) {
  if (const std::string reason = ReasonNotToCheck(); !reason.empty()) GTEST_SKIP() << reason;
  const TemporaryFolder folder;
  const auto store = RunStore::Open(folder.path() / "runs");
  ASSERT_TRUE(store);
  EvalRun run;
  run.settings = SomeSettings();
  run.settings.samples = 1;
  run.id = (*store)->Begin(run).value();

  // Ended after two answers.
  CancelSource cancel;
  EvalHooks hooks;
  hooks.cancel = cancel.token();
  hooks.progress = [&](size_t done, size_t total) {
    EXPECT_EQ(total, 5);
    if (done == 2) cancel.Cancel();
  };
  const auto engine = TinyEngine();
  ASSERT_TRUE(RunEval(*LocalAnswers(*engine), suite_, run, **store, hooks));
  EXPECT_GE((*store)->Samples(run.id)->size(), 2);

  size_t first_seen = 0;
  EvalHooks rest;
  rest.progress = [&](size_t done, size_t) { first_seen = first_seen == 0 ? done : first_seen; };
  const auto finished = RunEval(*LocalAnswers(*engine), suite_, run, **store, rest);
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_TRUE(*finished);
  EXPECT_GE(first_seen, 2);
  const auto samples = (*store)->Samples(run.id).value();
  ASSERT_EQ(samples.size(), 5);
  for (const EvalSample& sample : samples) {
    EXPECT_NE(sample.error, "passed") << sample.program;  // a random model solves nothing
    EXPECT_NE(sample.error, "");
    EXPECT_GT(sample.tokens, 0);
  }
  EXPECT_TRUE((*store)->Run(run.id)->finished);
}

}  // namespace
}  // namespace espalier
