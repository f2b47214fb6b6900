#include "testgen/framework_run.h"

#include <gtest/gtest.h>

#include "adapters/signature.h"
#include "tests/sandbox/sandbox_kit.h"

namespace espalier {
namespace {

/// A function with a branch that no test enters, and a right and a wrong test of it.
struct Sample {
  Language language;
  const char *file, *source, *symbol;
  const char *right_call, *right, *wrong_call, *wrong;
  std::vector<uint32_t> missed;  ///< lines; empty: not measured in this language
};

const Sample kSamples[] = {
    {Language::kPython,
     "sign.py",
     "def sign(x):\n    \"\"\"Which side of zero.\"\"\"\n    if x < 0:\n        return -1\n    return 1\n",
     "sign",
     "sign(2)",
     "1",
     "sign(3)",
     "7",
     {4}},
    {Language::kC,
     "sign.c",
     "#include <stdlib.h>\nint sign(const int *x)\n{\n  int *new = malloc(4);\n  free(new);\n  if (*x < 0)\n "
     "   "
     "return -1;\n  return 1;\n}\nint main(void) { return 0; }\n",
     "sign",
     "sign(&(const int&)2)",
     "1",
     "sign(&(const int&)3)",
     "7",
     {7}},
    {Language::kCpp,
     "sign.cpp",
     "#include <string>\nnamespace side {\nint sign(int x) {\n  if (x < 0)\n    return -1;\n  return "
     "1;\n}\n}\n"
     "int main() { return 0; }\n",
     "sign",
     "side::sign(2)",
     "1",
     "side::sign(3)",
     "7",
     {5}},
    {Language::kJava,
     "Side.java",
     "package geo.flat;\npublic class Side {\n    public static int sign(int x) {\n        if (x < 0)\n      "
     "     "
     " return -1;\n        return 1;\n    }\n}\n",
     "sign",
     "Side.sign(2)",
     "1",
     "Side.sign(3)",
     "7",
     {5}},
    {Language::kJavaScript,
     "sign.js",
     "function sign(x) {\n  if (x < 0) {\n    return -1;\n  }\n  return 1;\n}\nmodule.exports = { sign };\n",
     "sign",
     "sign(2)",
     "1",
     "sign(3)",
     "7",
     {3}},
    {Language::kTypeScript,
     "sign.ts",
     "export function sign(x: number): number {\n  if (x < 0) {\n    return -1;\n  }\n  return 1;\n}\n",
     "sign",
     "sign(2)",
     "1",
     "sign(3)",
     "7",
     {}},
    {Language::kGo,
     "sign.go",
     "package side\n\nfunc Sign(x int) int {\n\tif x < 0 {\n\t\treturn -1\n\t}\n\treturn 1\n}\n",
     "Sign",
     "Sign(2)",
     "1",
     "Sign(3)",
     "7",
     {5}},
    {Language::kRust,
     "sign.rs",
     "pub fn sign(x: i32) -> i32 {\n    if x < 0 {\n        return -1;\n    }\n    1\n}\nfn main() {}\n",
     "sign",
     "sign(2)",
     "1",
     "sign(3)",
     "7",
     {}},
};

class FrameworkRunTest : public testing::TestWithParam<Sample> {
 protected:
  void SetUp() override {
    const Status here = workshop_.Check(GetParam().language);
    if (!here) GTEST_SKIP() << here.error().message;
  }

  static TestSuite Suite() {
    const Sample& sample = GetParam();
    TestSuite suite{sample.language, sample.file, sample.source, {}, {}};
    suite.function = FindFunctions(AdapterFor(sample.language), sample.source, sample.symbol)->front();
    for (const auto& [call, expected] :
         {std::pair(sample.right_call, sample.right), {sample.wrong_call, sample.wrong}}) {
      TestCase test;
      test.name = test.call = call;
      test.expected = expected;
      if (sample.language == Language::kC) {  // it wants a place in memory
        test.setup = std::string("const int x = ") + (call == sample.right_call ? "2;" : "3;");
        test.call = "sign(&x)";
      }
      suite.cases.push_back(test);
    }
    return suite;
  }

  Workshop workshop_{{}};
};

TEST_P(FrameworkRunTest, TellsWhatPassesWhatFailsAndWhatWasExecuted) {
  const TestSuite suite = Suite();
  const RenderedTests tests = RenderTests(suite);
  ASSERT_EQ(tests.names.size(), 2u);
  const auto run = RunInFramework(workshop_, suite, tests);
  if (!run && run.error().code == ErrorCode::kNotFound) GTEST_SKIP() << run.error().message;
  ASSERT_TRUE(run.has_value()) << run.error().message;
  EXPECT_EQ(run->passed, 1u) << run->log << tests.content;
  ASSERT_EQ(run->failed.size(), 1u) << run->log << tests.content;
  EXPECT_EQ(run->failed[0], tests.names[1]);
  EXPECT_NE(run->log.find('7'), std::string::npos) << run->log;
  if (GetParam().missed.empty()) return;
  EXPECT_EQ(run->coverage.missed, GetParam().missed) << run->log;
  EXPECT_GT(run->coverage.executed, 0u);
  EXPECT_EQ(run->coverage.lines, run->coverage.executed + run->coverage.missed.size());
}

TEST_P(FrameworkRunTest, WhatDoesNotBuildFailsAsAWhole) {
  TestSuite suite = Suite();
  suite.cases[0].call = "no_such_name_at_all(1)";
  const auto run = RunInFramework(workshop_, suite, RenderTests(suite));
  if (!run && run.error().code == ErrorCode::kNotFound) GTEST_SKIP() << run.error().message;
  ASSERT_TRUE(run.has_value()) << run.error().message;
  EXPECT_EQ(run->passed, 0u);
  EXPECT_EQ(run->failed.size(), 2u);
  EXPECT_NE(run->log.find("no_such_name_at_all"), std::string::npos) << run->log;
}

INSTANTIATE_TEST_SUITE_P(All, FrameworkRunTest, testing::ValuesIn(kSamples),
                         [](const auto& one) { return std::string(LanguageId(one.param.language)); });

TEST(CoverageTest, LinesOfTheFunctionOnWhichAStatementBegins) {
  TestSuite suite{
      Language::kPython, "a.py", "x = 1\n\ndef f(a):\n    b = (a +\n         1)\n    return b\n", {}, {}};
  suite.function = FindFunctions(AdapterFor(Language::kPython), suite.source, "f")->front();
  const LineCoverage some = CoverageOf(suite, "1 1\n3 1\n4 5\n5 0\n6 0\n");
  EXPECT_EQ(some.lines, 2u);
  EXPECT_EQ(some.executed, 1u);
  EXPECT_EQ(some.missed, std::vector<uint32_t>{6});
  EXPECT_EQ(CoverageOf(suite, "4 6 0\n6 6 2\n").missed, std::vector<uint32_t>{4});
  EXPECT_EQ(CoverageOf(suite, "").lines, 0u);
  EXPECT_EQ(CoverageOf(suite, "4 99999999999 1\nwhat\n-1 5\n").lines, 0u);
}

}  // namespace
}  // namespace espalier
