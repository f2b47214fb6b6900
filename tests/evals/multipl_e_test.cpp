// Tasks in the format of MultiPL-E, one a language, written for this test: right answers pass, wrong ones
// fail, and none passes by ending early or by printing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "evals/suites/suite.h"
#include "tests/evals/checker_kit.h"
#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

struct Sample {
  const char* language;
  std::string prompt, tests;
  std::string right, wrong, quits, cannot;  ///< the last does not compile; empty where there is no such thing
};
void PrintTo(const Sample& sample, std::ostream* stream) { *stream << sample.language; }

const Sample kSamples[] = {
    {"py", "def twice(n: int) -> int:\n    \"\"\"Twice n.\"\"\"\n",
     "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(-1) == -2\n\ndef "
     "test_check():\n"
     "    check(twice)\n\ntest_check()\n",
     "def twice(n):\n    return 2 * n\n", "def twice(n):\n    return n\n", "def twice(n):\n    exit(0)\n",
     "def twice(n:\n"},
    {"cpp", "#include<assert.h>\n#include<bits/stdc++.h>\n// Twice n.\nlong twice(long n) {\n",
     "}\nint main() {\n    auto candidate = twice;\n    assert(candidate((2)) == (4));\n    "
     "assert(candidate((-1)) == "
     "(-2));\n}\n",
     "long twice(long n) { return 2 * n; }\n", "long twice(long n) { return n; }\n",
     "long twice(long n) { exit(0); }\n", "long twice(long n) { return m; }\n"},
    {"java",
     "import java.util.*;\nclass Problem {\n    // Twice n.\n    public static long twice(long n) {\n",
     "    }\n    public static void main(String[] args) {\n    assert(twice((2l)) == (4l));\n    "
     "assert(twice((-1l)) "
     "== (-2l));\n    }\n\n}\n",
     "class Problem {\n  public static long twice(long n) { return 2 * n; }\n}\n",
     "class Problem {\n  public static long twice(long n) { return n; }\n}\n",
     "class Problem {\n  public static long twice(long n) { System.exit(0); return 0; }\n}\n",
     "class Problem {\n  public static long twice(long n) { return m; }\n}\n"},
    {"js", "//Twice n.\nfunction twice(n){\n",
     "const assert = require('node:assert');\n\n\nfunction test() {\n  let candidate = twice;\n  "
     "assert.deepEqual(candidate(2),4);\n  assert.deepEqual(candidate(-1),-2);\n}\n\ntest();\n",
     "function twice(n) { return 2 * n; }\n", "function twice(n) { return n; }\n",
     "function twice(n) { process.exit(0); }\n", ""},
    {"ts", "//Twice n.\nfunction twice(n: number): number {\n",
     "declare var require: any;\nconst assert = require('node:assert');\n\n\nfunction test() {\n  let "
     "candidate = "
     "twice;\n  assert.deepEqual(candidate(2),4);\n  assert.deepEqual(candidate(-1),-2);\n}\n\ntest();\n",
     "function twice(n: number): number { return 2 * n; }\n",
     "function twice(n: number): number { return n; }\n",
     "function twice(n: number): number { process.exit(0); return 0; }\n",
     "function twice(n: number): number { return 'a'; }\n"},
    {"go",
     "package twice_test\n\nimport (\n    \"testing\"\n    \"fmt\"\n)\n\n// Twice n.\nfunc twice(n int) int "
     "{\n",
     "}\n\nfunc TestTwice(t *testing.T) {\n  candidate := twice\n\ttype test struct {\n\t\tactual   "
     "int\n\t\texpected "
     "int\n\t}\n   tests := []test{\n     { actual: candidate(2), expected: 4 },\n     { actual: "
     "candidate(-1), "
     "expected: -2 },\n   }\n\n\tfor i, tc := range tests {\n\t\tt.Run(fmt.Sprintf(\"test num % d\", i), "
     "func(t "
     "*testing.T) {\n\t\t\tif tc.actual != tc.expected {\n\t\t\t\tt.Errorf(\"expected '%d', got '%d'\", "
     "tc.expected, "
     "tc.actual)\n\t\t\t}\n\t\t})\n\t}\n}\n",
     "func twice(n int) int {\n\treturn 2 * n\n}\n", "func twice(n int) int {\n\treturn n\n}\n",
     "func twice(n int) int {\n\tos.Exit(0)\n\treturn 0\n}\n", "func twice(n int) int {\n\treturn m\n}\n"},
    {"rs", "/// Twice n.\nfn twice(n: isize) -> isize {\n",
     "}\n\nfn main() {\n    let candidate = twice;\n    assert_eq!(candidate(2), 4);\n    "
     "assert_eq!(candidate(-1), "
     "-2);\n}\n",
     "fn twice(n: isize) -> isize { 2 * n }\n", "fn twice(n: isize) -> isize { n }\n",
     "fn twice(n: isize) -> isize { std::process::exit(0) }\n", "fn twice(n: isize) -> isize { m }\n"}};

class MultiplE : public testing::TestWithParam<Sample> {
 protected:
  void SetUp() override {
    const nlohmann::json row = {{"name", "Own_0_twice"},
                                {"language", GetParam().language},
                                {"prompt", GetParam().prompt},
                                {"tests", GetParam().tests}};
    suite_ = *LoadSuite("multipl-e", folder_.Write("tasks.jsonl", row.dump() + "\n"));
    ASSERT_EQ(suite_.tasks.size(), 1);
    if (const std::string reason = ReasonNotToCheck(); !reason.empty()) GTEST_SKIP() << reason;
    auto checker = ProgramChecker::For(suite_);
    if (!checker) GTEST_SKIP() << checker.error().message;
    checker_ = std::move(*checker);
  }
  std::string Verdict(const std::string& answer) {
    const SuiteTask& task = suite_.tasks[0];
    const auto result = checker_->Check(task, ProgramOf(task, answer), suite_.time_limit, {});
    EXPECT_TRUE(result) << result.error().message;
    return std::string(ErrorClassName(result->error)) + " " + result->detail;
  }
  const TemporaryFolder folder_;
  Suite suite_;
  std::unique_ptr<ProgramChecker> checker_;
};

TEST_P(MultiplE, TellsRightFromWrong) {
  const Sample& sample = GetParam();
  EXPECT_EQ(Verdict(sample.right), "passed ");
  EXPECT_THAT(Verdict(sample.wrong), testing::StartsWith("wrong"));
  EXPECT_THAT(Verdict(sample.quits), testing::StartsWith("runtime"));
  if (!sample.cannot.empty()) {
    EXPECT_THAT(Verdict(sample.cannot),
                testing::AnyOf(testing::StartsWith("compile"), testing::StartsWith("syntax")));
  }
}

TEST_P(MultiplE, KnowsTheFunction) {
  EXPECT_EQ(suite_.tasks[0].entry, "twice");
  EXPECT_THAT(suite_.tasks[0].chat, testing::HasSubstr("wice n."));
}

INSTANTIATE_TEST_SUITE_P(Languages, MultiplE, testing::ValuesIn(kSamples),
                         [](const auto& one) { return std::string(one.param.language); });

TEST(MultiplEFormat, AnUnknownLanguageIsNamed) {
  const TemporaryFolder folder;
  const auto suite = LoadSuite(
      "multipl-e", folder.Write("t.jsonl", R"({"name":"a","language":"lua","prompt":"p","tests":"t"})"));
  ASSERT_FALSE(suite);
  EXPECT_THAT(suite.error().message, testing::HasSubstr("row 1: field 'language' is none of py, cpp"));
}

}  // namespace
}  // namespace espalier
