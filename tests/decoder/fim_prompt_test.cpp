#include "decoder/fim_prompt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/utf8.h"
#include "tests/decoder/engine_kit.h"
#include "tests/support/sample_sources.h"

namespace espalier {
namespace {

class FimPromptTest : public ::testing::Test {
 protected:
  FimPrompt Build(std::string_view document, size_t cursor, const FimBudget& budget = {}) {
    window_ = ChooseFimWindow(document, static_cast<uint32_t>(cursor), tokenizer(), budget);
    return BuildFimPrompt(document, window_, tokenizer(), budget);
  }
  const Tokenizer& tokenizer() const { return model_->tokenizer(); }
  std::vector<TokenId> Expected(std::string_view prefix, std::string_view suffix) const {
    const SpecialTokenIds& marks = tokenizer().special();
    std::vector<TokenId> tokens = {marks.fim_prefix};
    for (TokenId id : tokenizer().Encode(prefix)) tokens.push_back(id);
    tokens.push_back(marks.fim_suffix);
    for (TokenId id : tokenizer().Encode(suffix)) tokens.push_back(id);
    tokens.push_back(marks.fim_middle);
    return tokens;
  }

  std::unique_ptr<Model> model_ = TinyModel();
  FimWindow window_;
};

TEST_F(FimPromptTest, AnchorsAtTheLineAbove) {
  const std::string document = "a = 1\nb = 2\nc = \nd = 4\n";
  const FimPrompt prompt = Build(document, 16);
  EXPECT_EQ(prompt.tokens, Expected("a = 1\n", "\nd = 4\n"));
  EXPECT_EQ(prompt.forced_text, "b = 2\nc = ");
  EXPECT_EQ(prompt.suffix, "\nd = 4\n");
}

TEST_F(FimPromptTest, TheFirstLinesHaveNothingBeforeTheAnchor) {
  EXPECT_EQ(Build("x = \n", 4).tokens, Expected("", "\n"));
  EXPECT_EQ(Build("x = \n", 4).forced_text, "x = ");
  EXPECT_EQ(Build("", 0).tokens, Expected("", ""));
  EXPECT_EQ(Build("", 0).forced_text, "");
}

TEST_F(FimPromptTest, MarksInTheDocumentStayText) {
  const std::string document = "# <|fim_middle|><|fim_suffix|>\nx = 1\n\n";
  const FimPrompt prompt = Build(document, document.size());
  const TokenId middle = tokenizer().special().fim_middle;
  EXPECT_EQ(std::count(prompt.tokens.begin(), prompt.tokens.end(), middle), 1);
  EXPECT_EQ(prompt.tokens.back(), middle);
}

TEST_F(FimPromptTest, CrlfBecomesLf) {
  const FimPrompt prompt = Build("a\r\nb\r\nc\r\n", 7);
  EXPECT_EQ(prompt.forced_text, "b\nc");
  EXPECT_EQ(prompt.suffix, "\n");
  EXPECT_EQ(WithLfLineEnds("a\rb\r\n\r"), "a\rb\n\r");
}

// The point of the anchor: every keystroke on a line leaves the prompt as it was.
TEST_F(FimPromptTest, TypingOnALineKeepsThePrompt) {
  for (const SampleSource& source : SampleSources()) {
    const size_t line = source.text.find('\n', source.text.size() / 2) + 1;
    const size_t end = source.text.find('\n', line);
    const std::string head = source.text.substr(0, line), tail = source.text.substr(end);
    const FimBudget budget = {64, 32};
    const std::vector<TokenId> first = Build(head + tail, line, budget).tokens;
    for (size_t typed = 1; typed <= end - line; ++typed) {
      const std::string text = source.text.substr(line, typed);
      if (!IsValidUtf8(text)) continue;
      const FimPrompt prompt = Build(head + text + tail, line + typed, budget);
      EXPECT_EQ(prompt.tokens, first) << source.name << " after typing '" << text << "'";
      EXPECT_TRUE(prompt.forced_text.ends_with("\n" + text));
    }
  }
}

TEST_F(FimPromptTest, BudgetsHoldForAnyDocument) {
  std::mt19937 random(21);
  const std::string pieces[] = {
      "x = 1\n", "\n", "été", "😀", "    return value\n", "(", std::string(3000, 'y')};
  for (int i = 0; i < 150; ++i) {
    std::string document;
    for (size_t k = random() % 60; k > 0; --k) document += pieces[random() % (i % 10 == 0 ? 7 : 6)];
    size_t cursor = random() % (document.size() + 1);
    while (cursor < document.size() && (document[cursor] & 0xC0) == 0x80) ++cursor;
    const FimBudget budget = {static_cast<uint32_t>(8 + random() % 100),
                              static_cast<uint32_t>(4 + random() % 50)};
    const FimPrompt prompt = Build(document, cursor, budget);
    EXPECT_LE(prompt.tokens.size(), budget.prefix_tokens + budget.suffix_tokens + 3);
    EXPECT_LE(window_.begin, window_.anchor);
    EXPECT_LE(window_.anchor, window_.cursor);
    EXPECT_LE(window_.cursor, window_.end);
    EXPECT_LE(window_.end, document.size());
    EXPECT_EQ(prompt.forced_text, document.substr(window_.anchor, cursor - window_.anchor));
    EXPECT_TRUE(IsValidUtf8(prompt.forced_text));
    EXPECT_LE(prompt.forced_text.size(), 2u * 2048 + 8);
  }
}

// Moving down line by line, the window's beginning rarely moves, so that cached keys and values stay of use.
TEST_F(FimPromptTest, TheWindowMovesInStrides) {
  std::string document;
  for (int i = 0; i < 400; ++i) document += "value" + std::to_string(i) + " = f(" + std::to_string(i) + ")\n";
  const FimBudget budget = {1000, 16};
  uint32_t last = 0;
  int moves = 0, lines = 0;
  for (size_t at = document.size() / 2; at < document.size(); at = document.find('\n', at) + 1) {
    Build(document, at, budget);
    moves += lines > 0 && window_.begin != last ? 1 : 0;
    last = window_.begin;
    ++lines;
    EXPECT_EQ(document[window_.begin - 1], '\n');
  }
  EXPECT_GT(lines, 100);
  EXPECT_LT(moves, lines / 3);
}

TEST_F(FimPromptTest, AModelWithoutTheMarksIsRefused) {
  auto file = OpenModelFile(model_->file().path);
  ASSERT_TRUE(file) << file.error().message;
  TokenizerData& data = file->tokenizer;
  data.special.fim_middle = kNoToken;
  const auto plain = Tokenizer::Create(data);
  ASSERT_TRUE(plain) << plain.error().message;
  const Status status = SupportsFim(*plain);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(SupportsFim(tokenizer()));
}

}  // namespace
}  // namespace espalier
