#include "testgen/problem.h"

#include <gtest/gtest.h>

#include "testgen/literal.h"

namespace espalier {
namespace {

Problem Parse(std::string_view text, Language language = Language::kPython) {
  auto problem = ParseProblem(text, language);
  EXPECT_TRUE(problem) << problem.error().message;
  return problem ? *problem : Problem();
}

std::string Examples(const Problem& problem) {
  std::string text;
  for (const TestCase& test : problem.examples) text += test.call + " => " + test.expected + "\n";
  return text;
}

TEST(ProblemTest, CodeThatEndsInTheFunction) {
  const Problem problem =
      Parse("import math\n\ndef area(r):\n    \"\"\"Of a circle.\n    >>> area(0)\n    0\n    \"\"\"\n");
  ASSERT_TRUE(problem.function);
  EXPECT_EQ(problem.function->name, "area");
  EXPECT_EQ(problem.skeleton, problem.statement);
  EXPECT_EQ(Examples(problem), "area(0) => 0\n");
}

TEST(ProblemTest, AStatementWithASkeleton) {
  const Problem problem = Parse(
      "Given nums and target.\n\nExample 1:\n\nInput: nums = [2,7,11,15], target = 9\nOutput: [0,1]\n"
      "Explanation: why\n\nConstraints:\n\n```python\nclass Solution:\n    def twoSum(self, nums: List[int], "
      "target: int) "
      "-> List[int]:\n        \n```\n");
  ASSERT_TRUE(problem.function);
  EXPECT_EQ(CalleeOf(Language::kPython, *problem.function), "Solution().twoSum");
  EXPECT_EQ(Examples(problem), "Solution().twoSum([2, 7, 11, 15], 9) => [0, 1]\n");
  EXPECT_FALSE(problem.is_program());
}

TEST(ProblemTest, ProseThatLooksLikeCode) {
  EXPECT_EQ(
      Examples(Parse("int gcd_all(const std::vector<int>& v): of all; gcd_all({4, 6}) -> 2", Language::kCpp)),
      "gcd_all({4, 6}) => 2\n");
  EXPECT_EQ(Examples(Parse("/* Twice.\n>>> f(1)\n2\n*/\n#include <vector>\nint f(int x){\n", Language::kCpp)),
            "f(1) => 2\n");
}

TEST(ProblemTest, Programs) {
  const Problem problem = Parse("Sum.\n\nInput: 1 2\nOutput: 3\n");
  EXPECT_TRUE(problem.is_program());
  EXPECT_EQ(Examples(problem), "1 2 => 3\n");
  EXPECT_EQ(problem.examples[0].check, TestCase::Check::kPrints);
}

TEST(ProblemTest, BadOnesAreSaidToBe) {
  for (const char* text : {"", " \n\t", "\xff\xfe", "{\"x\": 1}"}) {
    const auto problem = ParseProblem(text, Language::kPython);
    ASSERT_FALSE(problem) << text;
    EXPECT_EQ(problem.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(Parse("{ not JSON").statement, "{ not JSON");
}

std::string Literal(Language language, std::string_view json, std::string_view type) {
  return LiteralOf(language, json, type).value_or("none");
}

TEST(LiteralTest, ValuesInEachLanguage) {
  EXPECT_EQ(Literal(Language::kPython, "[true, null, \"a\"]", ""), "[True, None, \"a\"]");
  EXPECT_EQ(Literal(Language::kCpp, "[[1,2],[3]]", "vector<vector<int>>"), "{{1, 2}, {3}}");
  EXPECT_EQ(Literal(Language::kCpp, "[\"a\"]", "vector<char>"), "{'a'}");
  EXPECT_EQ(Literal(Language::kJava, "[[1],[2]]", "int[][]"), "new int[][]{new int[]{1}, new int[]{2}}");
  EXPECT_EQ(Literal(Language::kJava, "[1,2]", "List<Integer>"), "new ArrayList<>(Arrays.asList(1, 2))");
  EXPECT_EQ(Literal(Language::kJava, "5", "long"), "5L");
  EXPECT_EQ(Literal(Language::kGo, "[[1]]", "[][]int"), "[][]int{[]int{1}}");
  EXPECT_EQ(Literal(Language::kRust, "[\"a\"]", "Vec<String>"), "vec![\"a\".to_string()]");
  EXPECT_EQ(Literal(Language::kRust, "[1]", "&Vec<f64>"), "&vec![1.0]");
  EXPECT_EQ(Literal(Language::kTypeScript, "[1, null]", "number[]"), "[1, null]");
  EXPECT_EQ(Literal(Language::kPython, "[1", ""), "none");
  EXPECT_EQ(Literal(Language::kC, "[1]", "int*"), "none");
}

TEST(LiteralTest, ArgumentsWithAndWithoutNames) {
  std::vector<Parameter> two(2);
  two[0].type = "vector<int>&";
  two[1].type = "string";
  const std::vector<std::string> expected = {"{1, 2}", "\"a, b = 1\""};
  EXPECT_EQ(ArgumentsOf(Language::kCpp, "nums = [1,2], s = \"a, b = 1\"", two), expected);
  EXPECT_EQ(ArgumentsOf(Language::kCpp, "[1,2]\n\"a, b = 1\"\n", two), expected);
  EXPECT_EQ(ArgumentsOf(Language::kCpp, "nums = [1,2]", two), std::nullopt);
  EXPECT_EQ(ArgumentsOf(Language::kCpp, "1, 2, 3", two), std::nullopt);
}

}  // namespace
}  // namespace espalier
