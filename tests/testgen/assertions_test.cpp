#include "testgen/assertions.h"

#include <gtest/gtest.h>

namespace espalier {
namespace {

std::string Show(const std::vector<TestCase>& cases) {
  std::string text;
  for (const TestCase& test : cases) {
    const bool equals = test.check == TestCase::Check::kEquals;
    text += equals ? test.call + " => " + test.expected : test.call;
    text += "\n";
  }
  return text;
}

std::string Read(Language language, std::string_view name, std::string_view text) {
  return Show(ParseAssertions(language, name, text));
}

TEST(AssertionsTest, Python) {
  EXPECT_EQ(
      Read(Language::kPython, "f", R"(assert f([1, 2], "a, b") == {'x': [1]}  # why
assert f(1) == f(1)
assert 3 == f(2)
assert f(3)
assert not f(4), "message"
assert abs(f(5) - 0.1) < 1e-9
assert f(6) is None
assert g(1) == 2
assert ff(1) == 2
assert f
assert f( 3 )
x = f(9)
assert (f(7) == 1)
assert f(1) == 1 == 1
)"),
      "f([1, 2], \"a, b\") => {'x': [1]}\nf(2) => 3\nf(3)\nnot f(4)\nabs(f(5) - 0.1) < 1e-9\nf(6) is None\n"
      "f(7) => 1\nf(1) == 1 == 1\n");
}

TEST(AssertionsTest, OtherLanguages) {
  EXPECT_EQ(
      Read(Language::kCpp, "f", "assert(f({1, 2}, \"(\") == vector<int>{3});\nassert(!f(1));\nassert(1);\n"),
      "f({1, 2}, \"(\") => vector<int>{3}\n!f(1)\n");
  EXPECT_EQ(Read(Language::kC, "f", "int main(void) {\n  assert(f(1, 'a') == 2);\n}\n"), "f(1, 'a') => 2\n");
  EXPECT_EQ(Read(Language::kJava, "new Solution().f",
                 "assert new Solution().f(Arrays.asList(1, 2)) == 3;\nassert s.f(1).equals(\"a\");\n"
                 "assertEquals(4, s.f(2));\nassertEquals(4, s.g(2));\n"),
            "new Solution().f(Arrays.asList(1, 2)) => 3\ns.f(1).equals(\"a\")\ns.f(2) => 4\n");
  for (const Language language : {Language::kJavaScript, Language::kTypeScript}) {
    EXPECT_EQ(Read(language, "f",
                   "assert.deepStrictEqual(f([1, 2], {a: ','}), [2, 1]);\nassert(f(1) === 2);\n"
                   "console.assert(f(`x,${1}`), 'message');\nassert.ok(g(1));\n"),
              "f([1, 2], {a: ','}) => [2, 1]\nf(1) => 2\nf(`x,${1}`)\n");
  }
  EXPECT_EQ(Read(Language::kGo, "f", "assert.Equal(t, f([]int{1, 2}), \"a,b\")\nassert.Equal(t, 3, f(1))\n"),
            "f([]int{1, 2}) => \"a,b\"\nf(1) => 3\n");
  EXPECT_EQ(
      Read(Language::kRust, "f",
           "assert_eq!(f(&vec![1, 2], 'a'), Some(\"x, y\".to_string()));\nassert!(f(&[], 'b').is_none());\n"
           "assert_eq!(f::<'static>(1), 2);\n"),
      "f(&vec![1, 2], 'a') => Some(\"x, y\".to_string())\nf(&[], 'b').is_none()\n");
}

TEST(AssertionsTest, EachIsTakenOnce) {
  std::vector<TestCase> cases = ParseAssertions(Language::kPython, "f", "assert f(1)==2\nassert f(1) == 2\n");
  EXPECT_EQ(cases.size(), 1u);
  AddNewCases(cases, ParseAssertions(Language::kPython, "f", "assert f( 1 ) == 2\nassert f(1) == 3\n"));
  EXPECT_EQ(Show(cases), "f(1) => 2\nf(1) => 3\n");
}

TEST(AssertionsTest, DamagedTextIsReadAsFarAsItGoes) {
  EXPECT_EQ(Read(Language::kPython, "f", "assert f(1) == 2\nassert f(((\n"), "f(1) => 2\n");
  EXPECT_EQ(Read(Language::kPython, "f", ""), "");
  EXPECT_EQ(Read(Language::kPython, "", "assert f(1)"), "");
}

TEST(AssertionsTest, TheQuestionBeginsTheFirstAssertion) {
  const CodeQuestion question = AssertionsQuestion({Language::kRust, "median", "The median."}, 5);
  EXPECT_EQ(question.opening, "assert_eq!(median(");
  EXPECT_NE(question.messages[1].text.find("The median."), std::string::npos);
}

}  // namespace
}  // namespace espalier
