#include "model/special_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/special_text.h"
#include "tests/model/tokenizer_support.h"

namespace espalier {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

TEST(SpecialTokensTest, RolesByTheNamesOfEachFamily) {
  struct Family {
    const char *prefix, *suffix, *middle;
  };
  constexpr Family kFamilies[] = {{"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"},
                                  {"<fim_prefix>", "<fim_suffix>", "<fim_middle>"},
                                  {"<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"},
                                  {"▁<PRE>", "▁<SUF>", "▁<MID>"}};
  for (const Family& family : kFamilies) {
    TokenizerData data = ByteVocabulary();
    const TokenId prefix = AddToken(data, family.prefix, TokenType::kControl);
    const TokenId suffix = AddToken(data, family.suffix, TokenType::kControl);
    const TokenId middle = AddToken(data, family.middle, TokenType::kUserDefined);
    FindSpecialTokens(data);
    EXPECT_EQ(data.special.fim_prefix, prefix);
    EXPECT_EQ(data.special.fim_suffix, suffix);
    EXPECT_EQ(data.special.fim_middle, middle);
    EXPECT_EQ(data.special.repo_name, kNoToken);
    EXPECT_THAT(EndOfGenerationTokens(data), ElementsAre(prefix, suffix, middle));
  }
}

TEST(SpecialTokensTest, WhatTheFileSaysStands) {
  TokenizerData data = ByteVocabulary();
  AddToken(data, "<|fim_prefix|>", TokenType::kControl);
  const TokenId own = AddToken(data, "<my-prefix>", TokenType::kControl);
  data.special.fim_prefix = own;
  FindSpecialTokens(data);
  EXPECT_EQ(data.special.fim_prefix, own);
}

TEST(SpecialTokensTest, AWordOfTheVocabularyTakesNoRole) {
  TokenizerData data = ByteVocabulary();
  const TokenId word = AddToken(data, "</s>", TokenType::kNormal);
  FindSpecialTokens(data);
  EXPECT_EQ(data.special.eos, kNoToken);
  EXPECT_THAT(EndOfGenerationTokens(data), Not(Contains(word)));
}

TEST(SpecialTokensTest, EndMarksBesideTheRoles) {
  TokenizerData data = ByteVocabulary();
  const TokenId end_of_text = AddToken(data, "<|end_of_text|>", TokenType::kControl);
  const TokenId message = AddToken(data, "<|eom_id|>", TokenType::kControl);
  const TokenId turn = AddToken(data, "<|eot_id|>", TokenType::kControl);
  const TokenId other = AddToken(data, "<|reserved_special_token_0|>", TokenType::kControl);
  data.special.eos = turn;
  FindSpecialTokens(data);
  EXPECT_EQ(data.special.eot, turn);
  EXPECT_THAT(EndOfGenerationTokens(data), ElementsAre(end_of_text, message, turn));
  EXPECT_THAT(EndOfGenerationTokens(data), Not(Contains(other)));
}

class SpecialTextTest : public testing::Test {
 protected:
  SpecialTextTest() {
    TokenizerData data = ByteVocabulary();
    short_ = AddToken(data, "<a>", TokenType::kControl);
    long_ = AddToken(data, "<a><b>", TokenType::kUserDefined);
    AddToken(data, "", TokenType::kControl);
    AddToken(data, "<unused>", TokenType::kUnused);
    tokens_ = std::make_unique<TokenTable>(*TokenTable::Create(data));
    finder_ = std::make_unique<SpecialTextFinder>(*tokens_);
  }

  std::unique_ptr<TokenTable> tokens_;
  std::unique_ptr<SpecialTextFinder> finder_;
  TokenId short_, long_;
};

TEST_F(SpecialTextTest, TheFirstAndThereTheLongest) {
  const std::string_view text = "x<a><a><b>";
  const SpecialMatch first = finder_->Find(text, 0);
  EXPECT_EQ(first.begin, 1u);
  EXPECT_EQ(first.id, short_);
  const SpecialMatch second = finder_->Find(text, first.begin + first.length);
  EXPECT_EQ(second.begin, 4u);
  EXPECT_EQ(second.length, 6u);
  EXPECT_EQ(second.id, long_);
  EXPECT_EQ(finder_->Find(text, 10).id, kNoToken);
}

TEST_F(SpecialTextTest, NothingWhereOnlyAPartStands) {
  for (std::string_view text : {"", "<", "<a", "a>", "<A>", "<unused>", "< a>"})
    EXPECT_EQ(finder_->Find(text, 0).begin, std::string_view::npos) << text;
}

}  // namespace
}  // namespace espalier
