#include "decoder/cuts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "decoder/closers.h"

namespace espalier {
namespace {

/// REQUIRES: `document` outlives the hole.
Hole HoleAt(std::string_view document, size_t cursor, Language language = Language::kC) {
  return MakeHole(document, static_cast<uint32_t>(cursor), AdapterFor(language),
                  std::string(document.substr(cursor)));
}

TEST(UsableOutputTest, EndsWhereNothingUsefulFollows) {
  EXPECT_EQ(UsableOutput("a\nb\n```\nc", true), "a\nb\n");
  EXPECT_EQ(UsableOutput("a\n  ```python\nc", true), "a\n");
  EXPECT_EQ(UsableOutput("a\nb", false), "a");
  EXPECT_EQ(UsableOutput(std::string_view("a\0b", 3), true), "a");
  EXPECT_EQ(UsableOutput("a\xEF\xBF\xBD", true), "a");
  EXPECT_EQ(UsableOutput("", true), "");
}

TEST(UsableOutputTest, LoopsAreCutBehindTheirFirstRound) {
  EXPECT_EQ(UsableOutput("x();\nf();\nf();\nf();\n", true), "x();\nf();\n");
  EXPECT_EQ(UsableOutput("f();\ng();\nf();\ng();\nf();\ng();\n", true), "f();\ng();\n");
  EXPECT_EQ(FindLineLoop("f();\nf();\ng();\n"), std::string::npos);
  EXPECT_EQ(FindLineLoop("}\n}\n}\n}\n"), std::string::npos) << "closing braces are no loop";
  EXPECT_EQ(FindLineLoop("\n\n\n\n"), std::string::npos);
}

TEST(RankCutsTest, CandidatesAreDistinctAndInTheOutput) {
  std::mt19937 random(9);
  const std::string alphabet = "ab(){};= \n\t";
  for (int i = 0; i < 500; ++i) {
    std::string document, text;
    for (int k = 0; k < 30; ++k) document += alphabet[random() % alphabet.size()];
    for (int k = 0; k < 40; ++k) text += alphabet[random() % alphabet.size()];
    const Hole hole = HoleAt(document, random() % 31, i % 2 == 0 ? Language::kC : Language::kPython);
    const ModelOutput output = {text, i % 3 == 0};
    std::set<size_t> lengths;
    for (const Cut& cut : RankCuts(output, output.text, hole)) {
      EXPECT_LE(cut.length, text.size());
      EXPECT_TRUE(lengths.insert(cut.length).second);
    }
    EXPECT_FALSE(lengths.empty());
  }
}

TEST(LeavesScopeTest, ALineFurtherLeftLeavesABody) {
  const Hole hole = HoleAt("int f() {\n", 10);
  EXPECT_FALSE(LeavesScope("  a();\n", hole));
  EXPECT_FALSE(LeavesScope("  a();\n}\n", hole)) << "the closing brace belongs to the body";
  EXPECT_FALSE(LeavesScope("  a();\n}\nint", hole)) << "the line is not complete";
  EXPECT_TRUE(LeavesScope("  a();\n}\nint main() {\n", hole));
}

TEST(LeavesScopeTest, AnotherStatementLeavesTheOneLeftOfTheCursor) {
  const Hole hole = HoleAt("x = ", 4, Language::kPython);
  EXPECT_TRUE(LeavesScope("1\ny = 2\n", hole));
  EXPECT_FALSE(LeavesScope("f(\n    1,\n)\n", hole));
}

std::string Closers(std::string_view before, std::string_view after, Language language = Language::kC) {
  return ClosersFor(before, after, AdapterFor(language)).value_or("none");
}

TEST(ClosersTest, InnermostFirstAndBracesOnTheirOwnLines) {
  EXPECT_EQ(Closers("int f() {\n  g(a[1", ""), "])\n}");
  EXPECT_EQ(Closers("int f() {\n  if (a) {\n    b();\n", ""), "  }\n}");
  EXPECT_EQ(Closers("int f() {\n  if (a) {\n    b();", "\n}\n"), "\n  }");
}

TEST(ClosersTest, NothingToClose) {
  EXPECT_EQ(Closers("f();", ""), "none");
  EXPECT_EQ(Closers("f(a", ");"), "none");
  EXPECT_EQ(Closers("((((((((", ""), "none") << "too many to be what the user wants";
}

TEST(ClosersTest, BalanceNeedsTheSameKinds) {
  const Adapter& c = AdapterFor(Language::kC);
  EXPECT_TRUE(BracketsBalance("f(a[1]) { }", c));
  EXPECT_FALSE(BracketsBalance("f(a[1)]", c));
  EXPECT_FALSE(BracketsBalance("f(", c));
  EXPECT_FALSE(BracketsBalance("}", c));
}

TEST(ClosersTest, StringsAndCommentsAreSkipped) {
  EXPECT_EQ(Closers("f(\"(((\", '(' // (\n /* ( */", ""), ")");
  EXPECT_EQ(Closers("f(\"\\\"(\"", ""), ")");
  EXPECT_EQ(Closers("f(\"\"\"(\n\"(\"\"\"", "", Language::kPython), ")");
  EXPECT_EQ(Closers("f(`(${\n`", "", Language::kJavaScript), ")");
  EXPECT_EQ(Closers("f::<'a>('(', '\\n', ", "", Language::kRust), ")");
  EXPECT_EQ(Closers("f(# (\n", "", Language::kPython), ")");
}

}  // namespace
}  // namespace espalier
