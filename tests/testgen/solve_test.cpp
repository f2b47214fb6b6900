#include "testgen/solve.h"

#include <gtest/gtest.h>

#include <deque>

namespace espalier {
namespace {

/// Answers questions about programs, then those about tests, from lists.
class ScriptedAuthor final : public CodeAuthor {
 public:
  Result<std::vector<WrittenCode>> Write(const CodeQuestion& question, const CancelToken& cancel,
                                         const AuthorProgress&) override {
    asked.push_back(question);
    ESPALIER_RETURN_IF_ERROR(cancel.Check());
    const bool for_tests = !question.opening.empty();
    std::vector<WrittenCode> answers;
    if (for_tests) {
      answers.push_back({tests, FinishReason::kEndToken, false, 7});
    } else if (!programs.empty()) {
      for (const std::string& code : programs.front())
        answers.push_back({code, FinishReason::kEndToken, false, 5});
      programs.pop_front();
    }
    return answers;
  }

  std::deque<std::vector<std::string>> programs;  ///< for each question
  std::string tests;
  std::vector<CodeQuestion> asked;
};

class SolveTest : public testing::Test {
 protected:
  Result<Solution> Run(const std::string& text, Language language = Language::kPython,
                       SolveOptions options = {}, const CancelToken& cancel = {}) {
    const auto problem = ParseProblem(text, language);
    if (!problem) return Fail(problem.error());
    return Solve(*problem, author_, workshop_, options, {}, cancel);
  }

  ScriptedAuthor author_;
  Workshop workshop_{{}};
};

#define NEEDS(language)                                                 \
  if (const Status here = workshop_.Check(Language::language); !here) { \
    GTEST_SKIP() << here.error().message;                               \
  }

TEST_F(SolveTest, WhatAgreesWithExamplesAndTestsIsTheAnswer) {
  NEEDS(kPython);
  author_.programs = {{"def add(a, b):\n    return a * b\n", "def add(a, b):\n    return a + b\n",
                       "def add(a, b):\n    return a + b  # the same\n", "def add(a, b):\n    return 4\n"}};
  author_.tests = "assert add(3, 4) == 7\nassert add(0, 1) == 1\nassert add(1, 1) == 5\n";
  const auto solution = Run("Add two numbers: add(2, 2) -> 4\n");
  ASSERT_TRUE(solution) << solution.error().message;
  EXPECT_EQ(solution->code, "def add(a, b):\n    return a + b\n");
  EXPECT_EQ(solution->written, 4u);
  EXPECT_EQ(solution->candidates.size(), 3u);
  EXPECT_EQ(solution->candidates[0].copies, 2u);
  ASSERT_EQ(solution->examples.size(), 1u);
  EXPECT_EQ(solution->best().examples_passed, 1u);
  EXPECT_EQ(solution->best().tests_passed, 2u);
  EXPECT_EQ(solution->best().group, 2u);
  EXPECT_EQ(solution->repair_rounds, 0u);
  EXPECT_EQ(solution->tokens, 27u);
}

TEST_F(SolveTest, WhatFailsIsRepairedWithWhatWentWrong) {
  NEEDS(kPython);
  author_.programs = {{"def half(x):\n    return x // 2\n"}, {"def half(x):\n    return x / 2\n"}};
  const auto solution = Run("def half(x):\n    \"\"\"Half.\n    >>> half(3)\n    1.5\n    \"\"\"\n");
  ASSERT_TRUE(solution) << solution.error().message;
  EXPECT_EQ(solution->code, "def half(x):\n    return x / 2\n");
  EXPECT_EQ(solution->repair_rounds, 1u);
  ASSERT_EQ(author_.asked.size(), 3u);
  const std::string complaint = author_.asked[2].messages.back().text;
  EXPECT_NE(complaint.find("half(3) must give 1.5, but gives 1"), std::string::npos) << complaint;
}

TEST_F(SolveTest, CompilerErrorsAreRepaired) {
  NEEDS(kCpp);
  author_.programs = {{"int twice(int x) { return y; }\n"}, {"int twice(int x) { return 2 * x; }\n"}};
  const auto solution = Run("```cpp\nint twice(int x) {\n```\ntwice(4) -> 8\n", Language::kCpp);
  ASSERT_TRUE(solution) << solution.error().message;
  EXPECT_EQ(solution->code, "int twice(int x) { return 2 * x; }\n");
  EXPECT_NE(author_.asked.back().messages.back().text.find("line 1: "), std::string::npos);
  EXPECT_EQ(solution->best().examples_passed, 1u);
}

TEST_F(SolveTest, ProgramsAreRunOnTheirInputs) {
  NEEDS(kPython);
  author_.programs = {{"print(int(input()) + 1)\n", "print(int(input()) * 2)\n"}};
  const auto solution = Run("Double the number.\n\nInput: 3\nOutput: 6\n\nInput: 5\nOutput: 10\n");
  ASSERT_TRUE(solution) << solution.error().message;
  EXPECT_EQ(solution->code, "print(int(input()) * 2)\n");
  EXPECT_EQ(solution->best().examples_passed, 2u);
  EXPECT_EQ(author_.asked.size(), 1u) << "no assertions about programs, nothing to repair";
}

TEST_F(SolveTest, ContestSkeletonsInJava) {
  NEEDS(kJava);
  author_.programs = {
      {"class Solution {\n    public int[] twoSum(int[] nums, int target) {\n"
       "        return new int[]{0, 1};\n    }\n}\n"}};
  const auto solution = Run(R"({"statement": "Two sum.",
      "starter_code": "class Solution {\n    public int[] twoSum(int[] nums, int target) {\n        \n    }\n}",
      "examples": [{"input": "nums = [2,7], target = 9", "output": "[0,1]"}]})",
                            Language::kJava);
  ASSERT_TRUE(solution) << solution.error().message;
  ASSERT_EQ(solution->examples.size(), 1u);
  EXPECT_EQ(solution->examples[0].call, "new Solution().twoSum(new int[]{2, 7}, 9)");
  EXPECT_EQ(solution->best().examples_passed, 1u) << solution->candidates[0].examples[0].detail;
}

TEST_F(SolveTest, NothingWrittenIsSaid) {
  NEEDS(kPython);
  const auto solution = Run("Something.");
  ASSERT_FALSE(solution);
  EXPECT_EQ(solution.error().code, ErrorCode::kNotFound);
}

TEST_F(SolveTest, WithoutTimeThereIsNoAnswer) {
  NEEDS(kPython);
  CancelSource source;
  source.Cancel();
  author_.programs = {{"x = 1\n"}};
  const auto solution = Run("Something.", Language::kPython, {}, source.token());
  ASSERT_FALSE(solution);
  EXPECT_EQ(solution.error().code, ErrorCode::kCancelled);
}

TEST_F(SolveTest, EndlessCandidatesAreNoAnswerButNoFailure) {
  NEEDS(kPython);
  author_.programs = {{"def f(x):\n    while True: pass\n", "def f(x):\n    return x\n"}};
  const auto solution = Run("f(1) -> 1\nf(2) -> 2\n");
  ASSERT_TRUE(solution) << solution.error().message;
  EXPECT_EQ(solution->code, "def f(x):\n    return x\n");
}

}  // namespace
}  // namespace espalier
