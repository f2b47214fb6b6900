#include "evals/harness/selection.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

/// Writes the tests that it was made with, whatever it is asked.
class FixedAuthor final : public CodeAuthor {
 public:
  explicit FixedAuthor(std::vector<std::string> texts) : texts_(std::move(texts)) {}
  Result<std::vector<WrittenCode>> Write(const CodeQuestion& question, const CancelToken&,
                                         const AuthorProgress&) override {
    asked.push_back(question);
    std::vector<WrittenCode> answers;
    for (const std::string& text : texts_) answers.push_back({text, FinishReason::kEndToken, false, 10});
    return answers;
  }
  std::vector<CodeQuestion> asked;

 private:
  const std::vector<std::string> texts_;
};

class SelectionTest : public testing::Test {
 protected:
  void SetUp() override {
    const Status here = workshop_.Check(Language::kPython);
    if (!here) GTEST_SKIP() << here.error().message;
    suite_.name = "own";
    SuiteTask task;
    task.id = "own/0";
    task.entry = "add";
    task.prefix = "def add(a, b):\n    \"\"\"The sum.\n    >>> add(1, 2)\n    3\n    \"\"\"\n";
    task.tests = "this is not to be looked at";
    suite_.tasks = {task};
    run_.settings.suite = "own";
    run_.id = *store_->Begin(run_);
  }

  void AddSample(const std::string& answer, bool passes) {
    EvalSample sample;
    sample.task = "own/0";
    sample.index = samples_++;
    sample.answer = answer;
    sample.error = passes ? "passed" : "wrong";
    sample.tokens = 5;
    ASSERT_TRUE(store_->Add(run_.id, sample, 0));
  }

  uint32_t Select(FixedAuthor& author) {
    const auto done = SelectSamples({author, workshop_}, suite_, run_, *store_, {});
    EXPECT_TRUE(done && *done) << (done ? "" : done.error().message);
    const auto selections = store_->Selections(run_.id);
    EXPECT_EQ(selections->size(), 1u);
    return selections->empty() ? 99 : selections->front().sample;
  }

  SelectionSummary Summary() {
    return SummariseSelection(*store_->Samples(run_.id), *store_->Selections(run_.id),
                              *store_->TestAnswers(run_.id));
  }

  TemporaryFolder folder_;
  std::unique_ptr<RunStore> store_ = std::move(*RunStore::Open(folder_.path() / "runs.sqlite"));
  Workshop workshop_{{}};
  Suite suite_;
  EvalRun run_;
  uint32_t samples_ = 0;
};

constexpr const char* kRight = "def add(a, b):\n    return a + b\n";
constexpr const char* kFitsTheExample = "def add(a, b):\n    return 3\n";

TEST_F(SelectionTest, TestsThatAgreeWithProgramsDecide) {
  AddSample("def add(a, b):\n    return a * b\n", false);
  AddSample(kFitsTheExample, false);
  AddSample(kRight, true);
  FixedAuthor author({"assert add(1, 1) == 2\nassert add(2, 2) == 4\n", "assert add(5, 5) == 11\n"});
  EXPECT_EQ(Select(author), 2u);
  ASSERT_EQ(author.asked.size(), 1u);
  EXPECT_EQ(author.asked[0].opening, "assert add(");
  const SelectionSummary summary = Summary();
  EXPECT_EQ(summary.tasks, 1u);
  EXPECT_NEAR(summary.mean, 1.0 / 3, 1e-9);
  EXPECT_EQ(summary.selected, 1);
  EXPECT_EQ(summary.oracle, 1);
  EXPECT_EQ(summary.test_tokens, 20u);
  EXPECT_EQ(summary.sample_tokens, 15u);
}

TEST_F(SelectionTest, ExamplesOfTheTaskComeBeforeTests) {
  AddSample("def add(a, b):\n    return a * b\n", false);
  AddSample(kRight, true);
  FixedAuthor author({"assert add(2, 2) == 4\nassert add(3, 3) == 9\nassert add(0, 0) == 0\n"});
  EXPECT_EQ(Select(author), 1u);
}

TEST_F(SelectionTest, WhatIsStoredIsNotAskedForAgain) {
  AddSample(kRight, true);
  FixedAuthor author({"assert add(1, 1) == 2\n"});
  Select(author);
  Select(author);
  EXPECT_EQ(author.asked.size(), 1u);
  ASSERT_TRUE(store_->DropSelections(run_.id));
  EXPECT_EQ(Select(author), 0u);
  EXPECT_EQ(author.asked.size(), 1u) << "the tests are still there";
}

TEST_F(SelectionTest, BrokenProgramsAndTestsAreNoFailures) {
  AddSample("def add(a, b:\n", false);
  AddSample("def add(a, b):\n    while True: pass\n", false);
  AddSample(kRight, true);
  FixedAuthor author({"", "assert add(\n", "assert add(1, undefined) == 2\nassert add(2, 3) == 5\n"});
  EXPECT_EQ(Select(author), 2u);
}

}  // namespace
}  // namespace espalier
