#include "lsp/inline_item.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/lsp/random_text.h"
#include "tests/lsp/test_kit.h"

namespace espalier::lsp {
namespace {

constexpr auto kUtf16 = PositionEncoding::kUtf16;

/// A document whose cursor is marked with '|'.
struct Marked {
  explicit Marked(std::string text) : cursor(static_cast<uint32_t>(text.find('|'))), plain(std::move(text)) {
    plain.erase(cursor, 1);
  }
  Document Open() const { return *Document::Open({"file:///a.py", "python", 1, plain}); }
  uint32_t cursor;
  std::string plain;
};

Completion Replacement(uint32_t begin, uint32_t end, std::string text) {
  Completion completion;
  completion.reason = CompletionReason::kOk;
  completion.begin = begin;
  completion.end = end;
  completion.text = std::move(text);
  return completion;
}

// The query for a cursor without a selected item.
InlineQuery Query(const Marked& marked, PositionEncoding encoding = kUtf16) {
  const Document document = marked.Open();
  InlineCompletionParams params;
  params.position = document.PositionAt(marked.cursor, encoding);
  return *MakeQuery(document, params, encoding);
}

// "insertText @ line:begin-end [filterText]", or "none".
std::string Show(const std::optional<InlineCompletionItem>& item) {
  if (!item) return "none";
  EXPECT_EQ(item->range.start.line, item->range.end.line);
  std::string out = item->insert_text + " @ " + std::to_string(item->range.start.line) + ":" +
                    std::to_string(item->range.start.character) + "-" +
                    std::to_string(item->range.end.character);
  if (item->filter_text) out += " [" + *item->filter_text + "]";
  return out;
}

// The item for a completion that replaces `before` bytes before the cursor and `behind` after it.
std::string Item(const std::string& text, uint32_t before, uint32_t behind, std::string insert,
                 PositionEncoding encoding = kUtf16) {
  const Marked marked(text);
  return Show(MakeItem(Query(marked, encoding),
                       Replacement(marked.cursor - before, marked.cursor + behind, std::move(insert))));
}

TEST(InlineItemTest, AnInsertionHasAnEmptyRangeAtTheCursor) {
  EXPECT_EQ(Item("x = |\n", 0, 0, "1\ny = 2"), "1\ny = 2 @ 0:4-4");
}

TEST(InlineItemTest, TheRangeIsInTheNegotiatedEncoding) {
  EXPECT_EQ(Item("\n'😀' + re|", 2, 0, "return", PositionEncoding::kUtf8), "return @ 1:9-11");
  EXPECT_EQ(Item("\n'😀' + re|", 2, 0, "return", PositionEncoding::kUtf16), "return @ 1:7-9");
  EXPECT_EQ(Item("\n'😀' + re|", 2, 0, "return", PositionEncoding::kUtf32), "return @ 1:6-8");
}

TEST(InlineItemTest, TextBehindTheCursorIsSparedWhereItStays) {
  EXPECT_EQ(Item("f(|)\n", 0, 1, "a, b)"), "a, b @ 0:2-2");
  EXPECT_EQ(Item("f(a|)\n", 1, 1, "ab)"), "ab @ 0:2-3");
}

TEST(InlineItemTest, AFilterIsAddedWhereTheReplacedTextIsNoPrefix) {
  EXPECT_EQ(Item("f(|)\n", 0, 1, "a):"), "a): @ 0:2-3 [)]");
  EXPECT_EQ(Item("rtn|\n", 3, 0, "return"), "return @ 0:0-3 [rtn]");
}

TEST(InlineItemTest, NothingNewIsNoItem) {
  EXPECT_EQ(Item("x = |\n", 0, 0, ""), "none");
  EXPECT_EQ(Item("ab|\n", 2, 0, "ab"), "none");
  EXPECT_EQ(Item("f(|)\n", 0, 1, ")"), "none");
}

TEST(InlineItemTest, ARangeOverLinesIsNoItem) {
  EXPECT_EQ(Item("a|\nb", 0, 2, "c"), "none");
  EXPECT_EQ(Item("a\nb|", 3, 0, "c"), "none");
  EXPECT_EQ(Item("a|\r\n", 0, 1, "c"), "none");
}

// --- With an item selected in the popup menu ---------------------------------------------------------

std::optional<InlineQuery> SelectedQuery(const Marked& marked, const Range& range, const std::string& text) {
  const Document document = marked.Open();
  InlineCompletionParams params;
  params.position = document.PositionAt(marked.cursor, kUtf16);
  params.selected_completion_info = SelectedCompletionInfo{range, text};
  return MakeQuery(document, params, kUtf16);
}

TEST(SelectedItemTest, TheQuestionIsAboutTheDocumentWithTheItemAccepted) {
  const auto query = SelectedQuery(Marked("import o\nos.pa|)\n"), {{1, 3}, {1, 5}}, "path");
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(*query->text, "import o\nos.path)\n");
  EXPECT_EQ(query->cursor, 16u);
}

TEST(SelectedItemTest, TheItemStartsWithTheSelectedTextAndUsesItsRange) {
  const auto query = SelectedQuery(Marked("os.pa|\n"), {{0, 3}, {0, 5}}, "path");
  EXPECT_EQ(Show(MakeItem(*query, Replacement(7, 7, ".join(a)"))), "path.join(a) @ 0:3-5");
  EXPECT_EQ(Show(MakeItem(*query, Replacement(3, 7, "path.join(a)"))), "path.join(a) @ 0:3-5");
}

TEST(SelectedItemTest, AnItemFoundByFuzzySearchGetsAFilter) {
  const auto query = SelectedQuery(Marked("os.pth|\n"), {{0, 3}, {0, 6}}, "path");
  EXPECT_EQ(Show(MakeItem(*query, Replacement(7, 7, "()"))), "path() @ 0:3-6 [pth]");
}

TEST(SelectedItemTest, WhatDoesNotExtendItIsNoItem) {
  const auto query = SelectedQuery(Marked("os.pa|)\n"), {{0, 3}, {0, 5}}, "path");
  EXPECT_EQ(Show(MakeItem(*query, Replacement(3, 7, "other"))), "none");
  EXPECT_EQ(Show(MakeItem(*query, Replacement(7, 8, "):"))), "none");
  EXPECT_EQ(Show(MakeItem(*query, Replacement(7, 7, ""))), "none");
}

TEST(SelectedItemTest, ARangeThatIsNotAroundTheCursorIsRefused) {
  EXPECT_FALSE(SelectedQuery(Marked("ab cd|\n"), {{0, 0}, {0, 2}}, "x").has_value());
  EXPECT_FALSE(SelectedQuery(Marked("ab\ncd|\n"), {{0, 0}, {1, 2}}, "x").has_value());
  EXPECT_FALSE(SelectedQuery(Marked("ab\ncd|\n"), {{0, 0}, {0, 1}}, "x").has_value());
}

// --- For any completion ------------------------------------------------------------------------------

TEST(InlineItemPropertyTest, AcceptingTheItemIsAcceptingTheCompletion) {
  Random random(9);
  int items = 0;
  for (int i = 0; i < 50'000; ++i) {
    const Document document = *Document::Open({"file:///a.py", "python", 1, RandomText(random, 10, false)});
    const std::string& text = *document.text();
    InlineCompletionParams params;
    params.position = {Below(random, 4), Below(random, 10)};
    const InlineQuery query = *MakeQuery(document, params, kUtf16);
    // Replacements on whole characters around the cursor, as the decoder makes them.
    const Position on_line = document.PositionAt(query.cursor, kUtf16);
    const uint32_t begin = document.OffsetAt({on_line.line, Below(random, on_line.character + 1)}, kUtf16);
    const uint32_t end = document.OffsetAt({on_line.line, on_line.character + Below(random, 4)}, kUtf16);
    const std::string insert = RandomText(random, 3, false) + text.substr(query.cursor, end - query.cursor);
    const auto item = MakeItem(query, Replacement(begin, end, insert));
    std::string accepted = text;
    accepted.replace(begin, end - begin, insert);
    if (!item) {
      ASSERT_EQ(accepted, text);
      continue;
    }
    ++items;
    const uint32_t from = document.OffsetAt(item->range.start, kUtf16);
    const uint32_t to = document.OffsetAt(item->range.end, kUtf16);
    const std::string replaced = text.substr(from, to - from);
    ASSERT_TRUE(item->filter_text.value_or(item->insert_text).starts_with(replaced));
    std::string applied = text;
    applied.replace(from, to - from, item->insert_text);
    ASSERT_EQ(applied, accepted);
  }
  EXPECT_GT(items, 10'000);
}

}  // namespace
}  // namespace espalier::lsp
