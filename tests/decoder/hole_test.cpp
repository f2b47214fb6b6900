#include "decoder/hole.h"

#include <gtest/gtest.h>

#include "decoder/cursor_context.h"

namespace espalier {
namespace {

Hole HoleAt(const std::string& document, size_t cursor) {
  return MakeHole(document, static_cast<uint32_t>(cursor), AdapterFor(Language::kPython),
                  document.substr(cursor));
}

TEST(HoleTest, DescribesTheCursorsLine) {
  const std::string document = "a = 1\n    b = g(x)\nc = 3\n";
  const Hole hole = HoleAt(document, document.find("x)"));
  EXPECT_EQ(hole.line_before, "    b = g(");
  EXPECT_EQ(hole.line_after, "x)");
  EXPECT_EQ(hole.depth_below, 0u);
  EXPECT_FALSE(hole.blank_before());
  EXPECT_FALSE(hole.blank_after());
  EXPECT_FALSE(hole.before_a_line());
  EXPECT_FALSE(hole.crlf);
}

TEST(HoleTest, ACursorAtALinesStartStandsBeforeThatLine) {
  const std::string document = "def f():\n        return 1\n";
  const Hole hole = HoleAt(document, 9);
  EXPECT_TRUE(hole.before_a_line());
  EXPECT_EQ(hole.depth_below, 8u);
}

TEST(HoleTest, EmptyDocumentAndEnd) {
  const std::string empty;
  const Hole hole = HoleAt(empty, 0);
  EXPECT_TRUE(hole.blank_before());
  EXPECT_TRUE(hole.blank_after());
  const std::string document = "x";
  EXPECT_EQ(HoleAt(document, 1).line_before, "x");
}

TEST(HoleTest, CrlfIsNotPartOfTheLine) {
  const std::string document = "a\r\nb = \r\nc\r\n";
  const Hole hole = HoleAt(document, 7);
  EXPECT_TRUE(hole.crlf);
  EXPECT_EQ(hole.line_before, "b = ");
  EXPECT_EQ(hole.line_after, "");
}

TEST(HoleTest, CursorsMoveOutOfCodePointsAndLineEnds) {
  EXPECT_EQ(NormalizeCursor("aé", 2), 1u);
  EXPECT_EQ(NormalizeCursor("😀", 3), 0u);
  EXPECT_EQ(NormalizeCursor("a\r\n", 2), 1u);
  EXPECT_EQ(NormalizeCursor("a\r\n", 3), 3u);
  EXPECT_EQ(NormalizeCursor("a\n", 1), 1u);
  EXPECT_EQ(NormalizeCursor("", 0), 0u);
}

TEST(HoleTest, TheTopLevelConstructAroundThePosition) {
  const std::string document = "int a;\nint f() {\n  b();\n\n  c();\n}\nint d;\n";
  const auto at = static_cast<uint32_t>(document.find("b()"));
  const TopLevelRange range = TopLevelAround(document, at, at);
  EXPECT_EQ(document.substr(range.begin, range.end - range.begin), "int f() {\n  b();\n\n  c();\n}\n");
  const TopLevelRange last = TopLevelAround(document, 40, 40);
  EXPECT_EQ(last.end, document.size());
  const TopLevelRange none = TopLevelAround("", 0, 0);
  EXPECT_EQ(none.begin, 0u);
  EXPECT_EQ(none.end, 0u);
}

TEST(HoleTest, IndentationCountsTabs) {
  EXPECT_EQ(IndentationOf("  x"), 2u);
  EXPECT_EQ(IndentationOf("\tx"), 4u);
  EXPECT_EQ(IndentationOf("  \tx"), 4u);
  EXPECT_EQ(IndentationOf("x"), 0u);
}

TEST(CursorContextTest, ALineCommentGoesOnAtItsEnd) {
  const std::string text = "int a; // note\nint b; /* c */\n/* d */";
  const auto tree = SyntaxTree::Parse(Language::kC, text);
  const auto in_comment = [&](size_t at) { return CursorInComment(*tree, text, static_cast<uint32_t>(at)); };
  EXPECT_TRUE(in_comment(text.find("note")));
  EXPECT_TRUE(in_comment(text.find("\nint b")));
  EXPECT_TRUE(in_comment(text.find("c */")));
  EXPECT_FALSE(in_comment(text.find(" /* c")));
  EXPECT_FALSE(in_comment(text.find("\n/* d")));
  EXPECT_FALSE(in_comment(text.size()));
  EXPECT_FALSE(in_comment(0));
}

TEST(CursorContextTest, ADocCommentOfRust) {
  const std::string text = "/// Adds.\nfn f() {}\n";
  const auto tree = SyntaxTree::Parse(Language::kRust, text);
  EXPECT_TRUE(CursorInComment(*tree, text, 9));
  EXPECT_FALSE(CursorInComment(*tree, text, 10));
}

}  // namespace
}  // namespace espalier
