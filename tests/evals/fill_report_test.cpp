// What is counted of answers that fill holes.
#include "evals/harness/fill_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace espalier {
namespace {

EvalSample Filled(const std::string& group, const FillFacts& facts, double seconds) {
  EvalSample sample;
  sample.error = !facts.answered ? "no-answer" : facts.parses ? "passed" : "syntax";
  sample.fill = FillOutcome{0, 0, group, facts};
  sample.generate_seconds = seconds;
  return sample;
}

std::vector<EvalSample> Some() {
  return {
      Filled("go/line", {.answered = true, .parses = true, .clean = true, .exact = true, .similarity = 1}, 1),
      Filled("go/block", {.answered = true, .duplicates = true, .similarity = 0.5}, 2),
      Filled("python/line", {.answered = true, .parses = true, .misindented = true, .compiles = false}, 3),
      Filled("python/line", {}, 4)};
}

TEST(FillReport, CountsAnswersAndWhatTheyDid) {
  const auto summary = SummariseFills(Some());
  ASSERT_TRUE(summary);
  const auto json = FillJson(*summary);
  EXPECT_EQ(json["n"], 4);
  EXPECT_EQ(json["answered"], 3);
  EXPECT_DOUBLE_EQ(json["accept_parse"], 2.0 / 3);
  EXPECT_EQ(json["duplications"], 1);
  EXPECT_EQ(json["misindented"], 1);
  EXPECT_DOUBLE_EQ(json["exact"], 0.25);
  EXPECT_DOUBLE_EQ(json["passed"], 0.5);
  EXPECT_DOUBLE_EQ(json["similarity"], 0.5);
  EXPECT_DOUBLE_EQ(json["compiles"], 0);
  EXPECT_DOUBLE_EQ(json["p50_ms"], 3000);
  EXPECT_DOUBLE_EQ(json["p95_ms"], 4000);
  EXPECT_EQ(json["languages"]["go"]["n"], 2);
  EXPECT_EQ(json["kinds"]["line"]["answered"], 2);
  EXPECT_FALSE(json["languages"]["go"].contains("compiles"));
}

TEST(FillReport, TheTableHasARowForEachLanguageAndKind) {
  const auto rows = FillRows(*SummariseFills(Some()));
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row[0]);
  EXPECT_THAT(names, testing::ElementsAre("holes", "go", "python", "block", "line", "all"));
  EXPECT_EQ(rows.back()[3], "66.7 %");
  EXPECT_EQ(FillRows(*SummariseFills({Some()[0]})).size(), 2);  // one of each: no need of rows
}

TEST(FillReport, NothingWithoutHoles) { EXPECT_FALSE(SummariseFills({EvalSample()})); }

}  // namespace
}  // namespace espalier
