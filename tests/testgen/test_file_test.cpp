#include "testgen/test_file.h"

#include <gtest/gtest.h>

#include "adapters/signature.h"

namespace espalier {
namespace {

class TestFileTest : public testing::Test {
 protected:
  /// A report about `twice` in Python, with a test for each of the expected values of twice(2).
  static TestReport Report(const std::string& source, const std::vector<std::string>& expected) {
    TestReport report;
    report.suite = {Language::kPython, "double.py", source, {}, {}};
    report.suite.function = FindFunctions(AdapterFor(Language::kPython), source, "twice")->front();
    for (const std::string& value : expected) {
      TestCase test;
      test.name = test.call = "twice(2)";
      test.expected = value;
      report.suite.cases.push_back(test);
      report.kept.emplace_back();
    }
    return report;
  }

  TestFile Make(TestReport& report, uint32_t runs = 1) {
    auto file = MakeTestFile(report, workshop_, runs);
    EXPECT_TRUE(file) << file.error().message;
    return file ? std::move(*file) : TestFile();
  }

  Workshop workshop_{{}};
};

constexpr const char* kTwice = "def twice(x):\n    return 2 * x\n";

TEST_F(TestFileTest, WhatFailsThereIsLeftOut) {
  TestReport report = Report(kTwice, {"4", "5", "4"});
  const TestFile file = Make(report);
  if (!file.run) GTEST_SKIP() << file.not_run;
  EXPECT_EQ(file.left_out, 1u);
  EXPECT_EQ(file.run->passed, 2u);
  EXPECT_TRUE(file.run->failed.empty());
  EXPECT_EQ(report.suite.cases.size(), 2u);
  EXPECT_EQ(report.kept.size(), 2u);
  EXPECT_EQ(file.tests.content.find("== 5"), std::string::npos);
  EXPECT_EQ(file.run->coverage.executed, 1u);
}

TEST_F(TestFileTest, WhereAllFailTheyAreShownWithTheReason) {
  TestReport report = Report(kTwice, {"5"});
  const TestFile file = Make(report);
  if (!file.run) GTEST_SKIP() << file.not_run;
  EXPECT_EQ(file.left_out, 0u);
  EXPECT_EQ(report.suite.cases.size(), 1u);
  EXPECT_EQ(file.run->failed.size(), 1u);
  EXPECT_NE(file.run->log.find("assert 4 == 5"), std::string::npos) << file.run->log;
}

TEST_F(TestFileTest, WhatFailsInOneOfManyRunsIsLeftOut) {
  // 2 * 2, or by chance something else: in 30 runs it is nearly never the same.
  TestReport report =
      Report("import random\ndef twice(x, luck=False):\n    return random.randint(0, 1) if luck else 2 * x\n",
             {"4", "4"});
  report.suite.cases[1].call = "twice(2, True)";
  report.suite.cases[1].expected = "1";
  const TestFile file = Make(report, 30);
  if (!file.run) GTEST_SKIP() << file.not_run;
  EXPECT_EQ(file.left_out, 1u);
  EXPECT_EQ(report.suite.cases[0].call, "twice(2)");
}

TEST_F(TestFileTest, AFunctionThatWasTriedAloneIsRunAlone) {
  TestReport report = Report(std::string("import a_project_that_is_not_here\n") + kTwice, {"4"});
  report.alone = true;
  report.source = kTwice;
  report.function = FindFunctions(AdapterFor(Language::kPython), report.source, "twice")->front();
  const TestFile file = Make(report);
  if (!file.run && file.not_run.find("installed") != std::string::npos) GTEST_SKIP() << file.not_run;
  ASSERT_TRUE(file.run) << file.not_run;
  EXPECT_EQ(file.run->passed, 1u);
}

TEST_F(TestFileTest, SaysHowItWent) {
  GeneratedTests tests;
  tests.report = Report(kTwice, {"4"});
  tests.report.tried = 7;
  tests.file.tests = RenderTests(tests.report.suite);
  tests.file.run.emplace();
  tests.file.run->passed = 1;
  tests.file.run->coverage = {3, 2, {9}};
  EXPECT_EQ(
      SummaryText(tests),
      "1 tests of 7 tried; they notice 0 of 0 mutants (100 %)\npytest: 1 of 1 tests pass; they execute 2 of "
      "the function's 3 lines, not 9");
}

}  // namespace
}  // namespace espalier
