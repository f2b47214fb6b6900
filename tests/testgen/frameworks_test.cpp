#include "testgen/frameworks.h"

#include <gtest/gtest.h>

#include "adapters/adapter.h"

namespace espalier {
namespace {

using Check = TestCase::Check;

TestCase Case(Check check, std::string call, std::string expected) {
  TestCase test;
  test.check = check;
  test.name = test.call = std::move(call);
  test.expected = std::move(expected);
  return test;
}

struct Sample {
  Language language;
  const char* file;
  const char* source;
  const char* real;
  const char* list;
  const char* path;
};

constexpr Sample kSamples[] = {
    {Language::kPython, "s.py", "def f(x):\n    return x\n", "0.5", "[1, 2]", "test_s.py"},
    {Language::kC, "s.c", "int f(int x) { return x; }\n", "0.5", "3", "s_test.cpp"},
    {Language::kCpp, "s.cpp", "int f(int x) { return x; }\n", "0.5", "{1, 2}", "s_test.cpp"},
    {Language::kJava, "S.java", "package a.b;\nclass S {\n  static int f(int x) { return x; }\n}\n", "0.5",
     "new int[]{1, 2}", "SFTest.java"},
    {Language::kJavaScript, "s.js", "function f(x) { return x }\n", "0.5", "[1, 2]", "s.test.js"},
    {Language::kTypeScript, "s.ts", "export function f(x: number) { return x }\n", "0.5", "[1, 2]",
     "s.test.ts"},
    {Language::kGo, "s.go", "package s\n\nfunc f(x int) int { return x }\n", "0.5", "[]int{1, 2}",
     "s_test.go"},
    {Language::kRust, "s.rs", "fn f(x: i32) -> i32 { x }\n", "0.5", "vec![1, 2]", "s_tests.rs"},
};

TestSuite SuiteFor(const Sample& sample) {
  TestSuite suite;
  suite.language = sample.language;
  suite.file = sample.file;
  suite.source = sample.source;
  suite.function = FindFunctions(AdapterFor(sample.language), sample.source, "f")->front();
  return suite;
}

TEST(FrameworksTest, EveryKindOfCaseParses) {
  for (const Sample& sample : kSamples) {
    TestSuite suite = SuiteFor(sample);
    suite.cases = {Case(Check::kEquals, "f(1)", "1"),
                   Case(Check::kEquals, "f(1)", sample.real),
                   Case(Check::kEquals, "f(-1)", "true"),
                   Case(Check::kEquals, "f(2)", sample.list),
                   Case(Check::kEquals, "f(\"x's\")", "\"it's\""),
                   Case(Check::kTrue, "f(3) > 1", ""),
                   Case(Check::kThrows, "f(4)", "Error"),
                   Case(Check::kThrows, "f(5)", ""),
                   Case(Check::kRuns, "f(6)", ""),
                   Case(Check::kEquals, "f()", "0")};
    const RenderedTests tests = RenderTests(suite);
    EXPECT_EQ(tests.path, sample.path);
    const Language language = sample.language == Language::kC ? Language::kCpp : sample.language;
    EXPECT_TRUE(SyntaxTree::Parse(language, tests.content)->clean()) << tests.content;
  }
}

TEST(FrameworksTest, NamesSayWhatIsTestedAndAreNotUsedTwice) {
  TestSuite suite = SuiteFor(kSamples[0]);
  suite.cases = {Case(Check::kEquals, "f([1, -2])", "1"), Case(Check::kEquals, "f((1, -2))", "1"),
                 Case(Check::kEquals, "f([])", "0"), Case(Check::kThrows, "f(None)", "TypeError")};
  EXPECT_EQ(RenderTests(suite).content,
            "import pytest\n\nfrom s import f\n"
            "\n\ndef test_f_1_minus_2():\n    assert f([1, -2]) == 1\n"
            "\n\ndef test_f_1_minus_2_2():\n    assert f((1, -2)) == 1\n"
            "\n\ndef test_f_empty():\n    assert f([]) == 0\n"
            "\n\ndef test_f_none_fails():\n    with pytest.raises(TypeError):\n        f(None)\n");
}

}  // namespace
}  // namespace espalier
