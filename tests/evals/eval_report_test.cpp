#include "evals/harness/eval_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace espalier {
namespace {

using testing::HasSubstr;

EvalSample Sample(const std::string& task, uint32_t index, const std::string& error) {
  EvalSample sample;
  sample.task = task;
  sample.index = index;
  sample.error = error;
  sample.finish = error == "syntax" ? "length" : "stop-string";
  sample.tokens = 10;
  sample.refused = 1;
  return sample;
}

EvalRun RunWith(uint32_t samples) {
  EvalRun run;
  run.id = 4;
  run.settings.suite = "humaneval";
  run.settings.samples = samples;
  run.tasks = 3;
  run.seconds = 125;
  return run;
}

TEST(EvalReport, CountsWhatHappened) {
  const RunSummary s = Summarise(RunWith(2), {Sample("a", 0, "passed"), Sample("a", 1, "wrong"),
                                              Sample("b", 0, "syntax"), Sample("b", 1, "wrong")});
  EXPECT_EQ(s.tasks, 2);
  EXPECT_EQ(s.samples, 4);
  ASSERT_EQ(s.rates.size(), 1);
  EXPECT_DOUBLE_EQ(s.rates[0].rate, 0.25);
  EXPECT_THAT(s.errors, testing::ElementsAre(1, 1, 0, 0, 2, 0, 0, 0, 0));
  EXPECT_EQ(s.cut_off, 1);
  EXPECT_EQ(s.tokens, 40);
  EXPECT_EQ(s.refused, 4);
  const std::string text = ReportText({s}, ReportForm::kText);
  EXPECT_THAT(text, HasSubstr("run 4: humaneval\n"));
  EXPECT_THAT(text, HasSubstr("pass@1          25.0 % (0.0 to 50.0)\n"));
  EXPECT_THAT(text, HasSubstr("tasks           2 of 3\n"));
  EXPECT_THAT(text, HasSubstr("time            2 min 5 s\n"));
  const auto json = ReportJson(s);
  EXPECT_EQ(json["pass"]["1"]["rate"], 0.25);
  EXPECT_EQ(json["outcomes"]["wrong"], 2);
}

TEST(EvalReport, RunsWithOtherKsStandInTheSameRows) {
  std::vector<EvalSample> ten;
  for (uint32_t i = 0; i < 10; ++i) ten.push_back(Sample("a", i, i == 0 ? "passed" : "wrong"));
  const std::string text =
      ReportText({Summarise(RunWith(1), {Sample("a", 0, "passed")}), Summarise(RunWith(10), ten)},
                 ReportForm::kMarkdown);
  EXPECT_THAT(text, HasSubstr("| pass@1 | 100.0 % (100.0 to 100.0) | 10.0 % (10.0 to 10.0) |\n"));
  EXPECT_THAT(text, HasSubstr("| pass@10 |  | 100.0 % (100.0 to 100.0) |\n"));
  EXPECT_THAT(text, HasSubstr("|---|---|---|\n"));
}

TEST(EvalReport, ComparesTasksPairwise) {
  const std::vector<EvalSample> first = {Sample("a", 0, "passed"), Sample("b", 0, "wrong"),
                                         Sample("c", 0, "passed"), Sample("d", 0, "syntax"),
                                         Sample("only", 0, "passed")};
  const std::vector<EvalSample> second = {Sample("d", 0, "passed"), Sample("c", 0, "timeout"),
                                          Sample("b", 0, "wrong"), Sample("a", 0, "passed"),
                                          Sample("a", 1, "wrong")};
  const RunComparison c = Compare(first, second);
  EXPECT_EQ(c.tasks, 4);
  EXPECT_EQ(c.both, 1);
  EXPECT_EQ(c.neither, 1);
  ASSERT_EQ(c.gained.size(), 1);
  EXPECT_EQ(c.gained[0].task, "d");
  ASSERT_EQ(c.lost.size(), 1);
  EXPECT_EQ(c.lost[0].task, "c");
  EXPECT_DOUBLE_EQ(c.p, 1);
  EXPECT_THAT(ComparisonText(c, ReportForm::kText), HasSubstr("  lost c: passed -> timeout\n"));
  EXPECT_EQ(ComparisonJson(c)["gained"][0]["before"], "syntax");
}

}  // namespace
}  // namespace espalier
