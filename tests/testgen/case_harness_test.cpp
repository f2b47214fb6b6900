#include "testgen/case_harness.h"

#include <gtest/gtest.h>

#include <ostream>

namespace espalier {
namespace {

/// A small library in each language with the same functions: add, half (a real number), name (a string),
/// reversed (a list), fails, endless, dies (ends the process, where a language can), talks (prints what looks
/// like a verdict).
struct Library {
  const char* name;
  Language language;
  const char* source;
  const char* add;       ///< an expression that gives 5
  const char* add_text;  ///< as text
  const char* half[2];   ///< an expression that gives 1/3, as a literal
  const char* text[2];
  const char* list[2];
  const char* condition;
  const char* fails;
  const char* endless;
  const char* dies;
  const char* talks;
  const char* invalid;  ///< does not compile, or is an error
};

void PrintTo(const Library& library, std::ostream* out) { *out << library.name; }

const std::vector<Library>& Libraries() {
  static const std::vector<Library> libraries = {
      {"Python",
       Language::kPython,
       "import os\ndef add(a, b): return a + b\ndef third(x): return x / 3\ndef name(s): return 'a' + s\n"
       "def reversed_(x): return x[::-1]\ndef fails(): raise KeyError('no')\n"
       "def endless():\n    while True:\n        try:\n            while True: pass\n        except: pass\n"
       "def dies(): os._exit(0)\n"
       "def talks(): print('word 0 failed', flush=True); os.write(1, b'x'); return 1\n",
       "add(2, 3)",
       "5",
       {"third(1)", "0.333333333"},
       {"name('b')", "\"ab\""},
       {"reversed_([1, 2])", "[2, 1]"},
       "add(1, 1) > 1",
       "fails()",
       "endless()",
       "dies()",
       "talks()",
       "nothing(1)"},
      {"C",
       Language::kC,
       "#include <stdio.h>\n#include <stdlib.h>\nint add(int a, int b) { return a + b; }\n"
       "double third(double x) { return x / 3; }\nconst char* name(void) { return \"ab\"; }\n"
       "int fails(void) { abort(); }\nint endless(void) { for (volatile int i = 0;; ++i) {} }\n"
       "int dies(void) { exit(0); }\nint talks(void) { printf(\"0 failed\\n\"); fflush(stdout); return 1; }\n"
       "int main(void) { return 7; }\n",
       "add(2, 3)",
       "5",
       {"third(1)", "0.333333333"},
       {"name()", "\"ab\""},
       {"add(1, 2)", "3"},
       "add(1, 1) > 1",
       "fails()",
       "endless()",
       "dies()",
       "talks()",
       "nothing(1)"},
      {"Cpp",
       Language::kCpp,
       "#include <iostream>\n#include <stdexcept>\n#include <string>\n#include <vector>\nusing namespace "
       "std;\n"
       "int add(int a, int b) { return a + b; }\ndouble third(double x) { return x / 3; }\n"
       "string name(string s) { return \"a\" + s; }\n"
       "vector<int> reversed(vector<int> x) { return {x.rbegin(), x.rend()}; }\n"
       "int fails() { throw std::runtime_error(\"no\"); }\n"
       "int endless() { for (volatile int i = 0;; ++i) {} }\nint dies() { exit(0); }\n"
       "int talks() { cout << \"0 failed\" << endl; return 1; }\nint main() { return 7; }\n",
       "add(2, 3)",
       "5",
       {"third(1)", "0.333333333"},
       {"name(\"b\")", "\"ab\""},
       {"reversed({1, 2})", "{2, 1}"},
       "add(1, 1) > 1",
       "fails()",
       "endless()",
       "dies()",
       "talks()",
       "nothing(1)"},
      {"Java",
       Language::kJava,
       "import java.util.*;\nclass Solution {\n  static int add(int a, int b) { return a + b; }\n"
       "  static double third(double x) { return x / 3; }\n  String name(String s) { return \"a\" + s; }\n"
       "  static List<Integer> reversed(List<Integer> x) { List<Integer> y = new ArrayList<>(x); "
       "Collections.reverse(y); return y; }\n"
       "  static int fails() { throw new IllegalStateException(\"no\"); }\n"
       "  static int endless() { for (int i = 0;; ++i) { if (i < -5) return 1; i = 0; } }\n"
       "  static int dies() { System.exit(0); return 1; }\n"
       "  static int talks() { System.out.println(\"0 failed\"); return 1; }\n}\n",
       "Solution.add(2, 3)",
       "5",
       {"Solution.third(1)", "0.333333333"},
       {"new Solution().name(\"b\")", "\"ab\""},
       {"Solution.reversed(Arrays.asList(1, 2))", "Arrays.asList(2, 1)"},
       "Solution.add(1, 1) > 1",
       "Solution.fails()",
       "Solution.endless()",
       "Solution.dies()",
       "Solution.talks()",
       "Solution.nothing(1)"},
      {"JavaScript",
       Language::kJavaScript,
       "const add = (a, b) => a + b;\nfunction third(x) { return x / 3 }\nfunction name(s) { return 'a' + s "
       "}\n"
       "const reversed = x => [...x].reverse();\nfunction fails() { throw new Error('no') }\n"
       "function endless() { for (;;) {} }\nfunction dies() { process.exit(0) }\n"
       "function talks() { console.log('0 failed'); return 1 }\n",
       "add(2, 3)",
       "5",
       {"third(1)", "0.333333333"},
       {"name('b')", "'ab'"},
       {"reversed([1, 2])", "[2, 1]"},
       "add(1, 1) > 1",
       "fails()",
       "endless()",
       "dies()",
       "talks()",
       "nothing(1)"},
      {"TypeScript",
       Language::kTypeScript,
       "function add(a: number, b: number): number { return a + b; }\n"
       "function third(x: number): number { return x / 3 }\nfunction name(s: string) { return 'a' + s }\n"
       "const reversed = (x: number[]) => [...x].reverse();\nfunction fails(): number { throw new "
       "Error('no') }\n"
       "function endless(): number { for (;;) {} }\nfunction dies(): any { process.exit(0) }\n"
       "function talks() { console.log('0 failed'); return 1 }\n",
       "add(2, 3)",
       "5",
       {"third(1)", "0.333333333"},
       {"name('b')", "'ab'"},
       {"reversed([1, 2])", "[2, 1]"},
       "add(1, 1) > 1",
       "fails()",
       "endless()",
       "dies()",
       "talks()",
       "nothing(1)"},
      {"Go",
       Language::kGo,
       "package stats\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc add(a, b int) int { return a + b }\n"
       "func third(x float64) float64 { return x / 3 }\nfunc name(s string) string { return \"a\" + s }\n"
       "func reversed(x []int) []int { return []int{x[1], x[0]} }\nfunc fails() int { panic(\"no\") }\n"
       "func endless() int { for { } }\nfunc dies() int { os.Exit(0); return 1 }\n"
       "func talks() int { fmt.Println(\"0 failed\"); return 1 }\nfunc main() { }\n",
       "add(2, 3)",
       "5",
       {"third(1)", "0.333333333"},
       {"name(\"b\")", "\"ab\""},
       {"reversed([]int{1, 2})", "[]int{2, 1}"},
       "add(1, 1) > 1",
       "fails()",
       "endless()",
       "dies()",
       "talks()",
       "nothing(1)"},
      {"Rust",
       Language::kRust,
       "use std::collections::HashMap;\nfn add(a: i32, b: i32) -> i32 { a + b }\n"
       "fn third(x: f64) -> f64 { x / 3.0 }\nfn name(s: &str) -> String { format!(\"a{}\", s) }\n"
       "fn reversed(x: Vec<i32>) -> Vec<i32> { x.into_iter().rev().collect() }\nfn fails() -> i32 { "
       "panic!(\"no\") }\n"
       "fn endless() -> i32 { loop { std::hint::spin_loop(); } }\n"
       "fn dies() -> i32 { std::process::exit(0) }\nfn talks() -> i32 { println!(\"0 failed\"); 1 }\nfn "
       "main() {}\n",
       "add(2, 3)",
       "5",
       {"third(1.0)", "0.333333333"},
       {"name(\"b\")", "\"ab\""},
       {"reversed(vec![1, 2])", "vec![2, 1]"},
       "add(1, 1) > 1",
       "fails()",
       "endless()",
       "dies()",
       "talks()",
       "nothing(1)"}};
  return libraries;
}

TestCase Case(std::string call, std::string expected) {
  TestCase test;
  test.call = std::move(call);
  test.expected = std::move(expected);
  return test;
}

TestCase Condition(std::string call) {
  TestCase test = Case(std::move(call), "");
  test.check = TestCase::Check::kTrue;
  return test;
}

class CaseHarnessTest : public testing::TestWithParam<Library> {
 protected:
  void SetUp() override {
    const Status here = TheWorkshop().Check(GetParam().language);
    if (!here) GTEST_SKIP() << here.error().message;
  }
  static Workshop& TheWorkshop() {
    static Workshop workshop({});
    return workshop;
  }
  HarnessRun Run(const std::vector<TestCase>& cases, const std::string& source = GetParam().source) {
    HarnessOptions options;
    options.case_limit = std::chrono::milliseconds(1500);
    options.most_processes = 8;
    auto run = RunCases(TheWorkshop(), GetParam().language, source, cases, options);
    EXPECT_TRUE(run.has_value()) << run.error().message;
    return run ? *run : HarnessRun();
  }
  static std::string Words(const HarnessRun& run) {
    std::string words;
    for (const CaseOutcome& outcome : run.cases) {
      words += std::string(words.empty() ? "" : " ") + std::string(CaseVerdictName(outcome.verdict));
      if (outcome.verdict == CaseVerdict::kInvalid) words += "(" + outcome.detail + ")";
    }
    for (const Diagnostic& one : run.diagnostics) words += "; " + one.message;
    return words;
  }
};

TEST_P(CaseHarnessTest, ValuesAreCompared) {
  const Library& l = GetParam();
  const HarnessRun run = Run({Case(l.add, "5"), Case(l.add, "6"), Case(l.half[0], l.half[1]),
                              Case(l.text[0], l.text[1]), Case(l.list[0], l.list[1]), Condition(l.condition),
                              Condition(std::string("!(") + l.condition + ")")});
  if (l.language == Language::kPython) {
    EXPECT_EQ(Words(run), "passed failed passed passed passed passed error");
  } else {
    EXPECT_EQ(Words(run), "passed failed passed passed passed passed failed");
  }
  EXPECT_EQ(run.cases[0].value, l.add_text);
  EXPECT_EQ(run.cases[1].value, l.add_text);
}

TEST_P(CaseHarnessTest, WhateverACaseDoesTheOthersHaveTheirVerdicts) {
  const Library& l = GetParam();
  const HarnessRun run = Run({Case(l.add, "5"), Case(l.fails, "1"), Case(l.endless, "1"), Case(l.dies, "1"),
                              Case(l.talks, "1"), Case(l.invalid, "1"), Case(l.add, "5")});
  std::string invalid;
  if (l.language == Language::kPython || l.language == Language::kJavaScript) {
    EXPECT_EQ(Words(run), "passed error timeout error passed error passed");
    return;
  }
  ASSERT_EQ(run.cases.size(), 7u);
  EXPECT_EQ(run.cases[5].verdict, CaseVerdict::kInvalid);
  EXPECT_FALSE(run.cases[5].detail.empty());
  EXPECT_EQ(run.cases[0].verdict, CaseVerdict::kPassed) << Words(run);
  EXPECT_EQ(run.cases[1].verdict, CaseVerdict::kError) << Words(run);
  EXPECT_EQ(run.cases[2].verdict, CaseVerdict::kTimedOut) << Words(run);
  EXPECT_EQ(run.cases[3].verdict, CaseVerdict::kError) << Words(run);
  EXPECT_EQ(run.cases[4].verdict, CaseVerdict::kPassed) << Words(run);
  EXPECT_EQ(run.cases[6].verdict, CaseVerdict::kPassed) << Words(run);
}

TEST_P(CaseHarnessTest, AProgramThatDoesNotBuildIsNoFaultOfTheCases) {
  const HarnessRun run = Run({Case(GetParam().add, "5")}, std::string(GetParam().source) + "\n)(\n");
  EXPECT_NE(run.built, Verdict::kOk);
  ASSERT_EQ(run.cases.size(), 1u);
  EXPECT_EQ(run.cases[0].verdict, CaseVerdict::kNotRun);
  EXPECT_FALSE(run.diagnostics.empty());
}

TEST_P(CaseHarnessTest, FailuresThatAreWanted) {
  const Library& l = GetParam();
  if (l.language == Language::kC) GTEST_SKIP() << "C has no exceptions";
  std::vector<TestCase> cases = {Case(l.fails, ""), Case(l.add, "")};
  for (TestCase& test : cases) test.check = TestCase::Check::kThrows;
  if (l.language == Language::kGo) cases[1].call = "_ = " + cases[1].call;
  if (l.language == Language::kGo) cases[0].call = "_ = " + cases[0].call;
  EXPECT_EQ(Words(Run(cases)), "passed failed");
}

INSTANTIATE_TEST_SUITE_P(All, CaseHarnessTest, testing::ValuesIn(Libraries()),
                         [](const auto& library) { return std::string(library.param.name); });

}  // namespace
}  // namespace espalier
