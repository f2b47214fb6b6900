#include "model/pretokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace espalier {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;
using Path = PretokenCursor::Path;

constexpr const char* kFamilies[] = {"qwen2", "llama-bpe", "gpt-2", "starcoder"};

Words Cut(const Pretokenizer& pretokenizer, std::string_view text, Path path = Path::kFastest) {
  Words words;
  PretokenCursor cursor(pretokenizer, text, path);
  for (std::string_view word; cursor.Next(&word);) words.emplace_back(word);
  return words;
}

Words Cut(std::string_view family, std::string_view text) {
  const auto pretokenizer = Pretokenizer::Create(family);
  return pretokenizer ? Cut(*pretokenizer, text) : Words{pretokenizer.error().message};
}

TEST(PretokenizerTest, Qwen2) {
  EXPECT_THAT(Cut("qwen2", "int main(void)"), ElementsAre("int", " main", "(void", ")"));
  EXPECT_THAT(Cut("qwen2", "x=123;"), ElementsAre("x", "=", "1", "2", "3", ";"));
  EXPECT_THAT(Cut("qwen2", " 12"), ElementsAre(" ", "1", "2"));
  EXPECT_THAT(Cut("qwen2", "a  b\t\tc"), ElementsAre("a", " ", " b", "\t", "\tc"));
  EXPECT_THAT(Cut("qwen2", "a;\n\n  b \n "), ElementsAre("a", ";\n\n", " ", " b", " \n", " "));
  EXPECT_THAT(Cut("qwen2", "I'M we'll 'x"), ElementsAre("I", "'M", " we", "'ll", " '", "x"));
  EXPECT_THAT(Cut("qwen2", "\r\n  \r\n\tx"), ElementsAre("\r\n  \r\n", "\tx"));
  EXPECT_THAT(Cut("qwen2", "h\u00E9t\u00E9 \u4F60\u597D\uFF0C"),
              ElementsAre("h\u00E9t\u00E9", " \u4F60\u597D", "\uFF0C"));
}

TEST(PretokenizerTest, Llama3GroupsDigits) {
  EXPECT_THAT(Cut("llama-bpe", "x=1234567;"), ElementsAre("x", "=", "123", "456", "7", ";"));
  EXPECT_THAT(Cut("llama-bpe", "12\u0663\u0664"), ElementsAre("12\u0663", "\u0664"));
}

TEST(PretokenizerTest, Gpt2) {
  EXPECT_THAT(Cut("gpt-2", "int main(void) 123"), ElementsAre("int", " main", "(", "void", ")", " 123"));
  EXPECT_THAT(Cut("gpt-2", "a;\n\n  b \n"), ElementsAre("a", ";", "\n\n ", " b", " \n"));
  EXPECT_THAT(Cut("gpt-2", "I'M we'll"), ElementsAre("I", "'", "M", " we", "'ll"));
}

TEST(PretokenizerTest, StarCoderPutsEveryDigitAlone) {
  EXPECT_THAT(Cut("starcoder", "a 12  3"), ElementsAre("a", " ", "1", "2", "  ", "3"));
}

TEST(PretokenizerTest, AnUnknownNameIsAnErrorThatNamesTheKnown) {
  const auto pretokenizer = Pretokenizer::Create("sentencepiece");
  ASSERT_FALSE(pretokenizer);
  EXPECT_EQ(pretokenizer.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(pretokenizer.error().message, HasSubstr("'sentencepiece'"));
  EXPECT_THAT(pretokenizer.error().message, HasSubstr("qwen2, llama-bpe, gpt-2, starcoder"));
}

/// Letters and numbers that Unicode got after version 14 count as such with any PCRE2.
TEST(PretokenizerTest, Unicode16WhateverTheLibraryKnows) {
  EXPECT_THAT(Cut("qwen2", "a\U00031350\U0001DF25b"), ElementsAre("a\U00031350\U0001DF25b"));
  EXPECT_THAT(Cut("qwen2", "a\U0001E4F0\U00016D70"), ElementsAre("a", "\U0001E4F0", "\U00016D70"));
}

/// U+180E has not been white space since Unicode 6.3; U+0085 and U+3000 are.
TEST(PretokenizerTest, WhiteSpaceIsUnicodesProperty) {
  EXPECT_THAT(Cut("gpt-2", "a\u180Eb"), ElementsAre("a", "\u180E", "b"));
  EXPECT_THAT(Cut("gpt-2", "a\u0085\u3000b"), ElementsAre("a", "\u0085", "\u3000", "b"));
}

/// Checks that the scanner and the expression cut `text` alike and leave nothing out.
void ExpectSameCuts(const Pretokenizer& pretokenizer, const std::string& text) {
  const Words words = Cut(pretokenizer, text, Path::kRegexOnly);
  ASSERT_EQ(Cut(pretokenizer, text), words) << testing::PrintToString(text);
  std::string joined;
  for (const std::string& word : words) joined += word;
  ASSERT_EQ(joined, text);
}

class ScannerTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto created = Pretokenizer::Create(GetParam());
    ASSERT_TRUE(created) << created.error().message;
    pretokenizer_ = std::make_unique<Pretokenizer>(std::move(*created));
  }

  /// All strings of `length` symbols.
  void Enumerate(const std::vector<std::string>& symbols, size_t length, const std::string& prefix = "") {
    if (HasFatalFailure()) return;
    if (length == 0) return ExpectSameCuts(*pretokenizer_, prefix);
    for (const std::string& symbol : symbols) Enumerate(symbols, length - 1, prefix + symbol);
  }

  std::unique_ptr<Pretokenizer> pretokenizer_;
};

/// One symbol or more of every class that an expression distinguishes, ASCII and not.
const std::vector<std::string> kSymbols = {"a",    "s",      "l",      "R",      "e",      "1",
                                           "'",    ".",      " ",      "\t",     "\n",     "\r",
                                           "\x1F", "\u00E9", "\u0663", "\u3000", "\u0301", "\u017F"};

TEST_P(ScannerTest, EqualsTheExpressionOnAllShortTexts) {
  for (size_t length = 0; length <= 4; ++length) Enumerate(kSymbols, length);
}

TEST_P(ScannerTest, EqualsTheExpressionOnAllLongerTextsOfFewSymbols) {
  Enumerate({"a", "1", " ", "\n", "'", ".", "\u00E9"}, 6);
}

TEST_P(ScannerTest, EqualsTheExpressionOnEveryAsciiPair) {
  for (int code = 0; code < 128 * 128; ++code) {
    const std::string pair = {static_cast<char>(code >> 7), static_cast<char>(code & 127)};
    for (const char* after : {"", "a", " ", "\n", "1", "+", "\u00E9"})
      ASSERT_NO_FATAL_FAILURE(ExpectSameCuts(*pretokenizer_, pair + after));
  }
}

TEST_P(ScannerTest, EqualsTheExpressionOnRandomTexts) {
  std::mt19937 rng(11);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const size_t length = rng() % 60, kinds = 2 + rng() % (kSymbols.size() - 1);
    for (size_t i = 0; i < length; ++i) text += kSymbols[(rng() % kinds + round) % kSymbols.size()];
    ASSERT_NO_FATAL_FAILURE(ExpectSameCuts(*pretokenizer_, text));
  }
}

/// No limit of the regular expression engine is reached, whatever the length of a run.
TEST_P(ScannerTest, LongRunsAreOneWordOrAsTheExpressionSays) {
  for (const char* unit : {"\u00E9", "\u3000", "\u0663", "\u2014", "\u00A0\n"}) {
    std::string run;
    while (run.size() < 1 << 20) run += unit;
    ASSERT_NO_FATAL_FAILURE(ExpectSameCuts(*pretokenizer_, run));
    ASSERT_NO_FATAL_FAILURE(ExpectSameCuts(*pretokenizer_, run + "x"));
  }
  std::string letters;
  while (letters.size() < 1 << 20) letters += "\u00E9";
  EXPECT_THAT(Cut(*pretokenizer_, letters), ElementsAre(letters));
}

INSTANTIATE_TEST_SUITE_P(Families, ScannerTest, testing::ValuesIn(kFamilies), [](const auto& param) {
  std::string name = param.param;
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace espalier
