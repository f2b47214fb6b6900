// Test generation end to end, with real compilers and interpreters in the sandbox.
#include "testgen/testgen.h"

#include <gtest/gtest.h>

#include "adapters/adapter.h"
#include "testgen/inputs.h"

namespace espalier {
namespace {

/// Writes the same tests whatever it is asked.
class FixedAuthor final : public CodeAuthor {
 public:
  explicit FixedAuthor(std::string text) : text_(std::move(text)) {}
  Result<std::vector<WrittenCode>> Write(const CodeQuestion&, const CancelToken&,
                                         const AuthorProgress&) override {
    return std::vector<WrittenCode>{{text_, FinishReason::kEndToken, false, 9}};
  }

 private:
  const std::string text_;
};

class TestgenTest : public testing::Test {
 protected:
  Result<TestReport> Generate(Language language, const std::string& file, const std::string& source,
                              const std::string& name, CodeAuthor* author = nullptr) {
    TestRequest request;
    request.language = language;
    request.file = file;
    request.source = source;
    const auto functions = FindFunctions(AdapterFor(language), source, name);
    if (!functions) return Fail(functions.error());
    request.function = functions->front();
    return GenerateTests(request, author, workshop_);
  }

  Workshop workshop_{{}};
};

#define NEEDS(language)                                                 \
  if (const Status here = workshop_.Check(Language::language); !here) { \
    GTEST_SKIP() << here.error().message;                               \
  }

constexpr const char* kMedian = R"(def median(values):
    """The middle.

    >>> median([3, 1, 2])
    2
    >>> median([1])
    5
    """
    ordered = sorted(values)
    n = len(ordered)
    if n == 0:
        raise ValueError("empty")
    if n % 2 == 1:
        return ordered[n // 2]
    return (ordered[n // 2 - 1] + ordered[n // 2]) / 2
)";

TEST_F(TestgenTest, CasesThatHoldAndNoticeMistakesAreKept) {
  NEEDS(kPython);
  FixedAuthor author("assert median([1, 2]) == 1.5\nassert median([4]) == 3\nassert median([]) == 0\n");
  const auto report = Generate(Language::kPython, "stats.py", kMedian, "median", &author);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->suite.cases[0].call, "median([3, 1, 2])") << "documentation comes first";
  EXPECT_EQ(report->suite.cases.size(), report->kept.size());
  EXPECT_GE(report->score(), 0.8);
  EXPECT_EQ(report->tokens, 9u);
  ASSERT_EQ(report->doubts.size(), 2u);
  EXPECT_EQ(report->doubts[0].test.call, "median([1])");
  EXPECT_EQ(report->doubts[0].outcome.value, "1");
  EXPECT_EQ(report->doubts[1].test.call, "median([4])");
}

TEST_F(TestgenTest, WhatDiffersFromRunToRunIsNoTest) {
  NEEDS(kPython);
  const auto report =
      Generate(Language::kPython, "s.py",
               "import random\ndef f(x: int):\n    return x if x > 1 else random.random()\n", "f");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_GT(report->flaky, 0u);
  for (const TestCase& test : report->suite.cases) EXPECT_EQ(test.call.find("f(0)"), std::string::npos);
}

TEST_F(TestgenTest, HashOrderIsNotRelied) {
  NEEDS(kPython);
  const auto report = Generate(Language::kPython, "s.py",
                               "def f(s: str):\n    return ''.join(set(s)) if len(s) > 2 else s\n", "f");
  ASSERT_TRUE(report) << report.error().message;
  for (const TestCase& test : report->suite.cases) EXPECT_LE(test.expected.size(), 8u) << test.call;
}

TEST_F(TestgenTest, FailuresOnPurposeAreTested) {
  NEEDS(kCpp);
  const auto report = Generate(Language::kCpp, "s.cpp",
                               "#include <stdexcept>\nint root(int x) {\n  if (x < 0) throw "
                               "std::domain_error(\"negative\");\n  int r = 0;\n"
                               "  while ((r + 1) * (r + 1) <= x) ++r;\n  return r;\n}\nint main() {}\n",
                               "root");
  ASSERT_TRUE(report) << report.error().message;
  bool throws = false;
  for (const TestCase& test : report->suite.cases) throws = throws || test.check == TestCase::Check::kThrows;
  EXPECT_TRUE(throws);
  EXPECT_GE(report->score(), 0.7);
}

TEST_F(TestgenTest, InputsThatDoNotCompileAreNoFaultOfTheFile) {
  NEEDS(kCpp);
  const auto report = Generate(Language::kCpp, "s.cpp",
                               "enum class kind_int { one = 1 };\n/// f(kind_int::one) -> 1\n"
                               "int f(kind_int kind) { return static_cast<int>(kind) * 1; }\n",
                               "f");
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->suite.cases.size(), 1u);
  EXPECT_EQ(report->suite.cases[0].call, "f(kind_int::one)");
}

TEST_F(TestgenTest, AFunctionIsTestedAloneWhereItsFileNeedsAProject) {
  NEEDS(kC);
  const auto report = Generate(
      Language::kC, "s.c",
      "#include \"project.h\"\nstatic struct thing *all;\n\nint twice(int x) {\n  return 2 * x;\n}\n",
      "twice");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->alone);
  ASSERT_FALSE(report->mutants.empty());
  EXPECT_EQ(report->mutants[0].line, 5u) << "of the file";
  EXPECT_EQ(report->score(), 1);
}

TEST_F(TestgenTest, NamespacesAndTheWholeLibrary) {
  NEEDS(kCpp);
  const auto report = Generate(
      Language::kCpp, "s.cpp",
      "#include <bits/stdc++.h>\nnamespace a::b {\nint twice(int x) { return 2 * x; }\n}\n", "twice");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(report->alone);
  EXPECT_TRUE(report->suite.cases[0].call.starts_with("a::b::twice(")) << report->suite.cases[0].call;
}

TEST_F(TestgenTest, WhatCannotBeTestedIsSaid) {
  NEEDS(kPython);
  const auto failure = [&](const char* source) {
    const auto report = Generate(Language::kPython, "s.py", source, "f");
    EXPECT_FALSE(report) << source;
    return report ? "" : std::string(ErrorCodeName(report.error().code)) + ": " + report.error().message;
  };
  const std::string_view unbuildable = "cannot be built or loaded by itself";
  EXPECT_NE(failure("def f(x: Gadget): return x\n").find(unbuildable), std::string::npos);
  EXPECT_NE(failure("import nothing_like_it\ndef f(x: int): return nothing_like_it.y\n").find("not-found"),
            std::string::npos);
  EXPECT_NE(failure("def f(x: int):\n    while True: pass\n").find("does not end within"), std::string::npos);
  EXPECT_NE(failure("def f(x: int):\n    return 'x' * 10**7\n").find("not-found"), std::string::npos);
}

TEST(InputsTest, ConstantsOfTheBodyAreTried) {
  const std::string source = "def f(s: str, n: int):\n    return s.startswith('magic') and n > 4711\n";
  const auto functions = FindFunctions(AdapterFor(Language::kPython), source, "f");
  const InputHints hints = HintsIn(Language::kPython, source, functions->front());
  EXPECT_EQ(hints.texts, std::vector<std::string>{"magic"});
  EXPECT_EQ(hints.integers, std::vector<std::string>{"4711"});
  std::string all;
  for (const std::string& call : CallsFor(Language::kPython, functions->front(), 20, 1, hints)) all += call;
  EXPECT_NE(all.find("magic"), std::string::npos);
  EXPECT_NE(all.find("4712"), std::string::npos);
}

TEST(InputsTest, CallsHaveTheTypesOfParameters) {
  const auto calls = [](Language language, const std::string& source) {
    const auto functions = FindFunctions(AdapterFor(language), source, "f");
    return CallsFor(language, functions->front(), 20, 1);
  };
  EXPECT_EQ(calls(Language::kPython, "def f(x: int, s: str, y: list[int]): pass\n").size(), 20u);
  EXPECT_EQ(calls(Language::kGo, "package p\nfunc f(x []string, y bool) {}\n").size(), 20u);
  EXPECT_TRUE(calls(Language::kJava, "class A { static int f(Gadget g) { return 1; } }\n").empty());
  EXPECT_EQ(calls(Language::kC, "int f(void) { return 1; }\n").size(), 1u);
  EXPECT_EQ(calls(Language::kPython, "def f(x: int): pass\n"),
            calls(Language::kPython, "def f(x: int): pass\n"));
}

}  // namespace
}  // namespace espalier
