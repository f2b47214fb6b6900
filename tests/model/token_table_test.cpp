#include "model/token_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "model/merge_table.h"
#include "tests/model/tokenizer_support.h"

namespace espalier {
namespace {

TEST(TokenTableTest, FindsEveryTextAndNothingElse) {
  TokenizerData data = ByteVocabulary();
  std::mt19937 rng(3);
  std::vector<std::string> texts;
  for (size_t length = 2; length < 70; ++length) {
    for (int i = 0; i < 40; ++i) {
      std::string text;
      while (text.size() < length) text += static_cast<char>(rng() % 3 == 0 ? rng() : 'a');
      texts.push_back(text);
      AddToken(data, AlphabetName(text), TokenType::kNormal);
    }
  }
  const auto table = TokenTable::Create(data);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->longest_findable(), 69u);
  for (const std::string& text : texts) {
    const TokenId id = table->Find(text);
    ASSERT_NE(id, kNoToken);
    EXPECT_EQ(table->Bytes(id), text);
    EXPECT_EQ(table->Find(text + "\x01\x02\x03"), kNoToken);
  }
  EXPECT_EQ(table->Find(""), kNoToken);
  EXPECT_EQ(table->Find(std::string(70, 'a')), kNoToken);
}

TEST(TokenTableTest, TrailingZeroBytesAreNotPadding) {
  TokenizerData data = ByteVocabulary();
  const std::string a0("a\0", 2);
  const TokenId id = AddToken(data, AlphabetName(a0), TokenType::kNormal);
  const auto table = TokenTable::Create(data);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->Find(a0), id);
  EXPECT_EQ(table->Find("a"), 'a');
  EXPECT_EQ(table->Find(std::string("a\0\0", 3)), kNoToken);
}

TEST(TokenTableTest, BytesByKindOfToken) {
  TokenizerData data = ByteVocabulary();
  const TokenId control = AddToken(data, "<|x|>", TokenType::kControl);
  const TokenId user = AddToken(data, "<a b>", TokenType::kUserDefined);
  const TokenId unused = AddToken(data, "[PAD]", TokenType::kUnused);
  const TokenId odd = AddToken(data, "not spelt", TokenType::kNormal);
  const auto table = TokenTable::Create(data);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->Bytes(control), "");
  EXPECT_EQ(table->Name(control), "<|x|>");
  EXPECT_EQ(table->Bytes(user), "<a b>");
  EXPECT_EQ(table->Bytes(unused), "");
  EXPECT_EQ(table->Bytes(odd), "not spelt");
  for (std::string_view text : {"<|x|>", "<a b>", "[PAD]", "not spelt"})
    EXPECT_EQ(table->Find(text), kNoToken);
}

TEST(TokenTableTest, TheFirstOfEqualTextsIsFound) {
  TokenizerData data = ByteVocabulary();
  AddToken(data, "a", TokenType::kNormal);
  const auto table = TokenTable::Create(data);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->Find("a"), 'a');
  EXPECT_EQ(table->Bytes(256), "a");
}

TEST(TokenTableTest, WrongCountsAreCorrupt) {
  TokenizerData data = ByteVocabulary();
  data.types.pop_back();
  const auto table = TokenTable::Create(data);
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(table.error().message, testing::HasSubstr("255 token types"));
  EXPECT_FALSE(TokenTable::Create({}));
}

TEST(MergeTableTest, FindsWhatWasInsertedAndKeepsTheFirst) {
  constexpr TokenId kCount = 300;
  MergeTable table(kCount);
  for (TokenId i = 0; i < kCount; ++i) table.Insert(i % 17, i, {static_cast<uint32_t>(i), 1000 + i});
  MergeTable with_duplicate(2);
  with_duplicate.Insert(1, 2, {5, 50});
  with_duplicate.Insert(1, 2, {6, 60});
  EXPECT_EQ(with_duplicate.Find(1, 2).token, 50);
  for (TokenId i = 0; i < kCount; ++i) {
    EXPECT_EQ(table.Find(i % 17, i).token, 1000 + i);
    EXPECT_EQ(table.Find(i % 17, i).rank, static_cast<uint32_t>(i));
    EXPECT_EQ(table.Find(17, i).rank, Merge::kNone);
  }
  EXPECT_EQ(MergeTable(0).Find(0, 0).rank, Merge::kNone);
}

}  // namespace
}  // namespace espalier
