#include "evals/harness/selection.h"

#include <gtest/gtest.h>

#include "evals/harness/selection_report.h"
#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

/// Writes the tests that it was made with, and the repairs when it is shown what does not work.
class FixedAuthor final : public CodeAuthor {
 public:
  explicit FixedAuthor(std::vector<std::string> tests, std::vector<std::string> repairs = {})
      : tests_(std::move(tests)), repairs_(std::move(repairs)) {}
  Result<std::vector<WrittenCode>> Write(const CodeQuestion& question, const CancelToken&,
                                         const AuthorProgress&) override {
    asked.push_back(question);
    std::vector<WrittenCode> answers;
    const bool repair = question.messages.back().text.starts_with("This code does not work");
    for (const std::string& text : repair ? repairs_ : tests_)
      answers.push_back({text, FinishReason::kEndToken, false, 10});
    return answers;
  }
  std::vector<CodeQuestion> asked;

 private:
  const std::vector<std::string> tests_, repairs_;
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
    task.reference = "def add(a, b):\n    return a + b\n";
    task.tests = "def check(add):\n    assert add(20, 22) == 42\n";
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

  uint32_t Select(FixedAuthor& author, uint32_t repair_rounds = 0) {
    const SelectionTools tools = {author, workshop_, {.repair_rounds = repair_rounds}};
    const auto done = SelectSamples(tools, suite_, run_, *store_, {});
    EXPECT_TRUE(done && *done) << (done ? "" : done.error().message);
    const auto selections = store_->Selections(run_.id);
    EXPECT_EQ(selections->size(), 1u);
    return selections->empty() ? 99 : selections->front().sample;
  }

  SelectionSummary Summary() {
    return SummariseSelection(*store_->Samples(run_.id), *store_->Selections(run_.id),
                              *store_->TestAnswers(run_.id), *store_->Repairs(run_.id));
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
  EXPECT_EQ(summary.all.tasks, 1u);
  EXPECT_NEAR(summary.all.mean, 1.0 / 3, 1e-9);
  EXPECT_EQ(summary.all.selected, 1);
  EXPECT_EQ(summary.all.oracle, 1);
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

constexpr const char* kWrong = "def add(a, b):\n    return a * b\n";

TEST_F(SelectionTest, WhatFailsAnExampleIsRepaired) {
  AddSample(kWrong, false);
  FixedAuthor author({"assert add(1, 1) == 2\n"}, {"def add(a, b:\n", kRight});
  EXPECT_EQ(Select(author, 2), 0u);
  ASSERT_EQ(author.asked.size(), 2u) << "one round was enough";
  const auto& turns = author.asked[1].messages;
  ASSERT_EQ(turns.size(), 4u);
  EXPECT_EQ(turns[2].text, std::string("```python\n") + kWrong + "```");
  EXPECT_NE(turns[3].text.find("add(1, 2) must give 3, but gives 2"), std::string::npos) << turns[3].text;
  const auto repairs = *store_->Repairs(run_.id);
  ASSERT_EQ(repairs.size(), 1u);
  EXPECT_EQ(repairs[0].error, "passed") << repairs[0].detail;
  EXPECT_EQ(repairs[0].rounds, 1u);
  const SelectionSummary summary = Summary();
  EXPECT_EQ(summary.all.selected, 0);
  EXPECT_EQ(summary.all.repaired, 1);
  EXPECT_EQ(summary.repairs, 1u);
  EXPECT_EQ(summary.repair_tokens, 20u);
  EXPECT_NE(SelectionText(summary).find("selected and repaired   100.0 %"), std::string::npos);
}

TEST_F(SelectionTest, RepairEndsAndTellsWhatIsLeft) {
  AddSample(kWrong, false);
  FixedAuthor author({}, {"def add(a, b):\n    return 1 / 0\n"});
  Select(author, 2);
  EXPECT_EQ(author.asked.size(), 3u);
  const auto repairs = *store_->Repairs(run_.id);
  ASSERT_EQ(repairs.size(), 1u);
  EXPECT_EQ(repairs[0].rounds, 2u);
  EXPECT_NE(repairs[0].error, "passed");
  Select(author, 2);
  EXPECT_EQ(author.asked.size(), 3u) << "it is known by now";
}

TEST_F(SelectionTest, RepairsCanComeAfterASelection) {
  AddSample(kWrong, false);
  FixedAuthor author({}, {kRight});
  Select(author);
  EXPECT_TRUE(store_->Repairs(run_.id)->empty());
  Select(author, 1);
  EXPECT_EQ(store_->Repairs(run_.id)->size(), 1u);
}

TEST_F(SelectionTest, WhatIsRightNeedsNoRepair) {
  AddSample(kRight, true);
  FixedAuthor author({}, {kWrong});
  EXPECT_EQ(Select(author, 2), 0u);
  EXPECT_EQ(author.asked.size(), 1u);
  EXPECT_TRUE(store_->Repairs(run_.id)->empty());
}

TEST(SelectionReport, TasksAreGroupedByWhatTheirIdsBeginWith) {
  std::vector<EvalSample> samples(3);
  std::vector<TaskSelection> selections(3);
  const char* const tasks[] = {"Easy/a", "Hard/b", "Easy/c"};
  for (size_t i = 0; i < 3; ++i) {
    samples[i].task = selections[i].task = tasks[i];
    samples[i].error = i == 0 ? "passed" : "compile";
  }
  const SelectionSummary summary =
      SummariseSelection(samples, selections, {}, {{"Hard/b", 1, "", "passed", "", 7, 2.0}});
  ASSERT_EQ(summary.groups.size(), 2u);
  EXPECT_EQ(summary.groups[0].group, "Easy");
  EXPECT_EQ(summary.groups[0].tasks, 2u);
  EXPECT_EQ(summary.groups[0].selected, 0.5);
  EXPECT_EQ(summary.groups[1].selected, 0);
  EXPECT_EQ(summary.groups[1].repaired, 1);
  EXPECT_NEAR(summary.all.selected_compile_errors, 2.0 / 3, 1e-9);
  EXPECT_NEAR(summary.all.repaired_compile_errors, 1.0 / 3, 1e-9);
  EXPECT_EQ(SelectionJson(summary)["groups"]["Hard"]["repaired_pass@1"], 1);
}

}  // namespace
}  // namespace espalier
