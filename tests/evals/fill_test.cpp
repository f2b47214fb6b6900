// What is told of an answer that fills a hole.
#include "evals/suites/fill.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/evals/checker_kit.h"

namespace espalier {
namespace {

/// A file with a hole between the two bars.
SuiteTask Hole(Language language, const std::string& file) {
  SuiteTask task;
  task.language = language;
  const size_t begin = file.find('|'), end = file.find('|', begin + 1);
  task.prefix = file.substr(0, begin);
  task.middle = file.substr(begin + 1, end - begin - 1);
  task.suffix = file.substr(end + 1);
  return task;
}

SuiteTask InC() {
  return Hole(Language::kC,
              "int f(int a) {\n    if (a > |0) {|\n        return 1;\n    }\n    return 2;\n}\n");
}

TEST(Fill, TheOriginalIsExact) {
  const FillFacts facts = JudgeFill(InC(), {"0) {"});
  EXPECT_TRUE(facts.answered && facts.parses && facts.clean && facts.exact);
  EXPECT_FALSE(facts.duplicates || facts.misindented);
  EXPECT_DOUBLE_EQ(facts.similarity, 1);
}

TEST(Fill, NoAnswerDoesNothing) {
  const FillFacts facts = JudgeFill(InC(), {});
  EXPECT_FALSE(facts.answered || facts.parses || facts.clean || facts.exact || facts.duplicates);
}

TEST(Fill, WhiteSpaceAtEndsOfLinesDoesNotCount) {
  EXPECT_TRUE(JudgeFill(InC(), {"0) {  \n\n"}).exact);
  EXPECT_FALSE(JudgeFill(InC(), {" 0) {"}).exact);
}

TEST(Fill, ABrokenFileIsNoticed) {
  const FillFacts facts = JudgeFill(InC(), {"0) {{"});
  EXPECT_TRUE(facts.answered);
  EXPECT_FALSE(facts.parses || facts.clean || facts.duplicates);
}

// The file was broken before, and stays no more broken.
TEST(Fill, WhatWasBrokenBeforeIsNotTheAnswersFault) {
  const SuiteTask task = Hole(Language::kC, "int f() {\n    |return 1;|\n}\n\nint g( {\n");
  const FillFacts facts = JudgeFill(task, {"return 2;"});
  EXPECT_TRUE(facts.parses);
  EXPECT_FALSE(facts.clean);
}

TEST(Fill, ClosingBracketsThatMatchNone) {
  const SuiteTask call = Hole(Language::kPython, "x = f(|1, 2|)\n");
  EXPECT_FALSE(JudgeFill(call, {"3"}).duplicates);
  EXPECT_TRUE(JudgeFill(call, {"3)"}).duplicates);
  // A range that takes the bracket away puts none too many.
  const FillFacts replaced = JudgeFill(call, {"1, 2)", 0, 1});
  EXPECT_TRUE(replaced.exact && replaced.parses);
  EXPECT_FALSE(replaced.duplicates);
  // Brackets in strings and comments are none.
  EXPECT_FALSE(JudgeFill(call, {"')'"}).duplicates);
  const SuiteTask script = Hole(Language::kJavaScript, "const x = |1|;\n");
  EXPECT_FALSE(JudgeFill(script, {"`${a}`"}).duplicates);
}

TEST(Fill, TheNextLineWrittenOnceMore) {
  const SuiteTask task = Hole(Language::kPython, "def f():\n    |a = 1|\n    return a\n");
  EXPECT_TRUE(JudgeFill(task, {"a = 2\n    return a"}).duplicates);
  EXPECT_FALSE(JudgeFill(task, {"a = 2\n    a += 1"}).duplicates);
}

TEST(Fill, Indentation) {
  const SuiteTask spaces = Hole(Language::kC, "void f() {\n    |g();|\n    h();\n}\n");
  EXPECT_FALSE(JudgeFill(spaces, {"g();\n    g();\n        g();"}).misindented);
  EXPECT_TRUE(JudgeFill(spaces, {"g();\n\tg();"}).misindented);
  EXPECT_TRUE(JudgeFill(spaces, {"g();\n      g();"}).misindented);
  const SuiteTask tabs = Hole(Language::kGo, "package a\n\nfunc f() {\n\t|g()|\n\th()\n}\n");
  EXPECT_FALSE(JudgeFill(tabs, {"g()\n\tg()"}).misindented);
  EXPECT_TRUE(JudgeFill(tabs, {"g()\n    g()"}).misindented);
  // A file without indentation allows any.
  EXPECT_FALSE(JudgeFill(Hole(Language::kC, "int a;\n|int b;|\n"), {"int b[] = {\n   1};"}).misindented);
}

TEST(Fill, WhatIsReplacedCounts) {
  const SuiteTask task = Hole(Language::kPython, "value = coun|ter + 1|\n");
  const Fill whole = {"counter + 1", 4, 0};
  EXPECT_EQ(FilledFile(task, whole), "value = counter + 1\n");
  EXPECT_TRUE(JudgeFill(task, whole).exact);
  EXPECT_DOUBLE_EQ(JudgeFill(task, whole).similarity, 1);
  EXPECT_NEAR(JudgeFill(task, {"ter + 2"}).similarity, 6.0 / 7, 1e-9);
}

TEST(Fill, TheProgramHasItsOwnHead) {
  SuiteTask task = Hole(Language::kPython, "\"\"\"Asks.\"\"\"\nvalue = coun|ter|\n");
  task.head = "counter = 1\nvalue = coun";
  EXPECT_EQ(FilledProgram(task, {"counter", 4, 1}), "counter = 1\nvalue = counter");
}

TEST(Fill, SomeFilesCompileAlone) {
  if (const std::string reason = ReasonNotToCheck(); !reason.empty()) GTEST_SKIP() << reason;
  Workshop workshop({});
  const auto compiles = [&](Language language, const std::string& text) {
    const auto result = CompilesAlone(workshop, language, text, {});
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(std::nullopt);
  };
  EXPECT_EQ(compiles(Language::kPython, "import nothing_like_that\nx = 1\n"), true);
  EXPECT_EQ(compiles(Language::kPython, "return 1\n"), false);  // parses, and yet
  EXPECT_EQ(compiles(Language::kRust, "fn f() {}\n"), std::nullopt);
  if (!workshop.Check(Language::kJavaScript)) GTEST_SKIP() << "no Node.js";
  EXPECT_EQ(compiles(Language::kJavaScript, "const a = require('a');\n"), true);
  EXPECT_EQ(compiles(Language::kJavaScript, "import a from 'a';\n"), true);
  EXPECT_EQ(compiles(Language::kJavaScript, "let a; let a;\n"), false);
}

}  // namespace
}  // namespace espalier
