#include "lsp/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/lsp/position_oracle.h"
#include "tests/lsp/random_text.h"

namespace espalier::lsp {
namespace {

using testing::HasSubstr;

Document Open(std::string uri, std::string language_id, std::string text) {
  auto document = Document::Open({std::move(uri), std::move(language_id), 1, std::move(text)});
  EXPECT_TRUE(document.has_value());
  return std::move(*document);
}

Document Python(std::string text) { return Open("file:///a.py", "python", std::move(text)); }

TextDocumentContentChangeEvent Replace(Position start, Position end, std::string text) {
  return {Range{start, end}, std::move(text)};
}

TEST(DocumentTest, AppliesFullAndIncrementalChanges) {
  Document document = Python("ab\ncd\n");
  ASSERT_TRUE(document.Apply(Replace({0, 1}, {1, 1}, "X\r\nY"), PositionEncoding::kUtf16));
  EXPECT_EQ(*document.text(), "aX\r\nYd\n");
  EXPECT_EQ(document.OffsetAt({1, 1}, PositionEncoding::kUtf16), 5u);
  ASSERT_TRUE(document.Apply({std::nullopt, "new"}, PositionEncoding::kUtf16));
  EXPECT_EQ(*document.text(), "new");
}

TEST(DocumentTest, RangesAreInTheNegotiatedEncoding) {
  for (const auto& [encoding, character] :
       {std::pair{PositionEncoding::kUtf8, 4u}, std::pair{PositionEncoding::kUtf16, 2u},
        std::pair{PositionEncoding::kUtf32, 1u}}) {
    Document document = Python("😀b");
    ASSERT_TRUE(document.Apply(Replace({0, character}, {0, character + 1}, "c"), encoding));
    EXPECT_EQ(*document.text(), "😀c");
  }
}

TEST(DocumentTest, ARangeThatEndsBeforeItStartsIsTurnedRound) {
  Document document = Python("abcd");
  ASSERT_TRUE(document.Apply(Replace({0, 3}, {0, 1}, "-"), PositionEncoding::kUtf16));
  EXPECT_EQ(*document.text(), "a-d");
}

TEST(DocumentTest, RangesOutsideTheTextAreClamped) {
  Document document = Python("ab");
  ASSERT_TRUE(document.Apply(Replace({7, 0}, {9, 9}, "\nc"), PositionEncoding::kUtf16));
  EXPECT_EQ(*document.text(), "ab\nc");
}

TEST(DocumentTest, OldTextsStayForThoseWhoHoldThem) {
  Document document = Python("one");
  const SharedText before = document.text();
  ASSERT_TRUE(document.Apply({std::nullopt, "two"}, PositionEncoding::kUtf16));
  EXPECT_EQ(*before, "one");
}

TEST(DocumentTest, KnowsTheLanguageByIdOrExtension) {
  EXPECT_EQ(Open("file:///a.txt", "rust", "").adapter()->language, Language::kRust);
  EXPECT_EQ(Open("file:///a.go", "plaintext", "").adapter()->language, Language::kGo);
  EXPECT_EQ(Open("file:///x%2Etsx", "", "").adapter()->language, Language::kTsx);
  EXPECT_EQ(Open("file:///a.cpp", "typescriptreact", "").adapter()->language, Language::kTsx);
  EXPECT_EQ(Open("untitled:Untitled-1", "plaintext", "").adapter(), nullptr);
  EXPECT_EQ(Open("untitled:Untitled-1", "plaintext", "").tree(), nullptr);
}

TEST(DocumentTest, HasALimit) {
  const auto large = Document::Open({"file:///a.py", "python", 1, std::string(kMaxDocumentBytes + 1, ' ')});
  ASSERT_FALSE(large.has_value());
  EXPECT_THAT(large.error().message, HasSubstr("at most"));
  Document document = Python(std::string(kMaxDocumentBytes - 1, ' '));
  EXPECT_TRUE(document.Apply(Replace({0, 0}, {0, 0}, "x"), PositionEncoding::kUtf16));
  EXPECT_FALSE(document.Apply(Replace({0, 0}, {0, 0}, "x"), PositionEncoding::kUtf16));
  EXPECT_EQ(document.text()->size(), kMaxDocumentBytes);
}

// --- Random edits ------------------------------------------------------------------------------------

class DocumentEditTest : public testing::TestWithParam<PositionEncoding> {};

TEST_P(DocumentEditTest, FollowsAReferenceString) {
  Random random(static_cast<uint64_t>(GetParam()) + 11);
  for (int session = 0; session < 300; ++session) {
    std::string reference = RandomText(random, 30, false);
    Document document = Python(reference);
    for (int edit = 0; edit < 20; ++edit) {
      const PositionOracle oracle(reference);
      const auto position = [&] {
        return Position{Below(random, oracle.line_count() + 1), Below(random, 12)};
      };
      const Position start = position(), end = position();
      const std::string inserted = RandomText(random, 4, false);
      ASSERT_TRUE(document.Apply(Replace(start, end, inserted), GetParam()));
      const std::pair<uint32_t, uint32_t> bytes =
          std::minmax({oracle.OffsetAt(start, GetParam()), oracle.OffsetAt(end, GetParam())});
      reference.replace(bytes.first, bytes.second - bytes.first, inserted);
      ASSERT_EQ(*document.text(), reference) << "session " << session << ", edit " << edit;
    }
    ASSERT_EQ(document.OffsetAt({1, 1}, GetParam()), PositionOracle(reference).OffsetAt({1, 1}, GetParam()));
  }
}

INSTANTIATE_TEST_SUITE_P(Encodings, DocumentEditTest,
                         testing::Values(PositionEncoding::kUtf8, PositionEncoding::kUtf16,
                                         PositionEncoding::kUtf32));

// --- The incremental tree ----------------------------------------------------------------------------

SharedText Share(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

TEST(DifferenceTest, IsTheSmallestReplacementOnWholeCharacters) {
  const auto difference = [](std::string_view before, std::string_view after) {
    const ByteEdit edit = Difference(before, after);
    return std::to_string(edit.begin) + "-" + std::to_string(edit.end) + ":" + std::string(edit.text);
  };
  EXPECT_EQ(difference("abc", "abXc"), "2-2:X");
  EXPECT_EQ(difference("abXc", "abc"), "2-3:");
  EXPECT_EQ(difference("aaa", "aa"), "2-3:");
  EXPECT_EQ(difference("aé", "aè"), "1-3:è");    // the two share their first byte
  EXPECT_EQ(difference("x😀y", "x😁y"), "1-5:😁");  // and their first three
  EXPECT_EQ(difference("é", "ũ"), "0-2:ũ");      // and their last one
  EXPECT_EQ(difference("same", "same"), "4-4:");
}

TEST(DifferenceTest, TurnsOneTextIntoTheOther) {
  Random random(5);
  for (int i = 0; i < 20'000; ++i) {
    const std::string before = RandomText(random, 8, false), after = RandomText(random, 8, false);
    const ByteEdit edit = Difference(before, after);
    std::string edited = before;
    edited.replace(edit.begin, edit.end - edit.begin, edit.text);
    ASSERT_EQ(edited, after) << testing::PrintToString(before);
    ASSERT_EQ(CountUnits(before.substr(0, edit.begin), PositionEncoding::kUtf32) +
                  CountUnits(before.substr(edit.begin), PositionEncoding::kUtf32),
              CountUnits(before, PositionEncoding::kUtf32));
  }
}

TEST(IncrementalTreeTest, EqualsAFreshParseAfterEveryEdit) {
  const std::string pieces[] = {"def f(x):\n", "    return x\n", "if a:\n", "  b = 'é😀'\n", "(",      ")",
                                "# c\n",       "\"\"\"",         "x",       "\n",           "[1, 2]", " "};
  Random random(6);
  for (int session = 0; session < 60; ++session) {
    IncrementalTree incremental(Language::kPython);
    std::string text;
    for (int edit = 0; edit < 25; ++edit) {
      const PositionOracle oracle(text);
      const uint32_t begin =
          oracle.OffsetAt({Below(random, oracle.line_count()), Below(random, 9)}, PositionEncoding::kUtf32);
      const uint32_t end = std::max(
          begin,
          oracle.OffsetAt({Below(random, oracle.line_count()), Below(random, 9)}, PositionEncoding::kUtf32));
      text.replace(begin, Below(random, 3) == 0 ? end - begin : 0, pieces[Below(random, std::size(pieces))]);
      const auto tree = incremental.TreeOf(Share(text));
      const auto fresh = SyntaxTree::Parse(Language::kPython, text);
      ASSERT_TRUE(tree.has_value() && fresh.has_value());
      ASSERT_EQ((*tree)->ToSexp(), fresh->ToSexp()) << "session " << session << ", edit " << edit << "\n"
                                                    << text;
    }
  }
}

TEST(IncrementalTreeTest, TheSameTextGivesTheSameTree) {
  IncrementalTree incremental(Language::kGo);
  const auto first = incremental.TreeOf(Share("package a\n"));
  const auto second = incremental.TreeOf(Share("package a\n"));
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(*first, *second);
}

}  // namespace
}  // namespace espalier::lsp
