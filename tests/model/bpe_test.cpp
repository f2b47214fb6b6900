#include "model/bpe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/model/tokenizer_support.h"

namespace espalier {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A table and the Bpe that refers to it.
struct Built {
  std::unique_ptr<TokenTable> tokens;
  std::unique_ptr<Bpe> bpe;

  std::vector<TokenId> Encode(std::string_view word) const {
    std::vector<TokenId> ids;
    bpe->Encode(word, ids);
    return ids;
  }
};

Result<Built> Build(const TokenizerData& data, bool whole_words = false) {
  ESPALIER_ASSIGN_OR_RETURN(TokenTable tokens, TokenTable::Create(data));
  Built built;
  built.tokens = std::make_unique<TokenTable>(std::move(tokens));
  ESPALIER_ASSIGN_OR_RETURN(Bpe bpe, Bpe::Create(*built.tokens, data.merges, whole_words));
  built.bpe = std::make_unique<Bpe>(std::move(bpe));
  return built;
}

/// Byte-pair encoding as the paper has it, with strings and no cleverness.
class PlainBpe {
 public:
  explicit PlainBpe(const TokenizerData& data) {
    for (size_t i = 0; i < data.tokens.size(); ++i) ids_.emplace(data.tokens[i], static_cast<TokenId>(i));
    for (size_t rank = 0; rank < data.merges.size(); ++rank) ranks_.emplace(data.merges[rank], rank);
  }

  std::vector<TokenId> Encode(std::string_view word) const {
    std::vector<std::string> pieces;
    for (char byte : word) pieces.push_back(AlphabetName({&byte, 1}));
    while (MergeOnce(pieces)) {
    }
    std::vector<TokenId> ids;
    for (const std::string& piece : pieces) ids.push_back(ids_.at(piece));
    return ids;
  }

 private:
  bool MergeOnce(std::vector<std::string>& pieces) const {
    size_t best_rank = SIZE_MAX, best = 0;
    for (size_t i = 0; i + 1 < pieces.size(); ++i) {
      const auto found = ranks_.find({pieces[i], pieces[i + 1]});
      if (found != ranks_.end() && found->second < best_rank) {
        best_rank = found->second;
        best = i;
      }
    }
    if (best_rank == SIZE_MAX) return false;
    pieces[best] += pieces[best + 1];
    pieces.erase(pieces.begin() + static_cast<ptrdiff_t>(best) + 1);
    return true;
  }

  std::map<std::string, TokenId> ids_;
  std::map<std::pair<std::string, std::string>, size_t> ranks_;
};

/// Random merges over few letters, in random order: some tokens cannot be reached, some pairs have
/// several ways to the same text, and equal pairs overlap.
TokenizerData RandomVocabulary(std::mt19937& rng, size_t merges) {
  TokenizerData data = ByteVocabulary();
  std::vector<std::string> texts = {"a", "b", "c", "\xE9"};
  for (size_t i = 0; i < merges; ++i) {
    const std::string left = texts[rng() % texts.size()], right = texts[rng() % texts.size()];
    if (left.size() + right.size() > 12) continue;
    AddMerge(data, left, right);
    texts.push_back(left + right);
  }
  std::shuffle(data.merges.begin(), data.merges.end(), rng);
  return data;
}

std::string RandomWord(std::mt19937& rng, size_t length) {
  std::string word;
  while (word.size() < length) word += "aabbc\xE9"[rng() % 6];
  return word;
}

TEST(BpeTest, EqualsThePlainAlgorithmOnRandomVocabularies) {
  std::mt19937 rng(7);
  for (int round = 0; round < 60; ++round) {
    const TokenizerData data = RandomVocabulary(rng, rng() % 80);
    const PlainBpe plain(data);
    const auto built = Build(data);
    ASSERT_TRUE(built) << built.error().message;
    for (int i = 0; i < 120; ++i) {
      const std::string word = RandomWord(rng, 1 + rng() % (i % 4 == 0 ? 200 : 20));
      ASSERT_EQ(built->Encode(word), plain.Encode(word)) << AlphabetName(word);
      ASSERT_EQ(built->Encode(word), plain.Encode(word)) << "the second time: " << AlphabetName(word);
    }
  }
}

TEST(BpeTest, EveryTokenOfAVocabularyEncodesAsThePlainAlgorithmSays) {
  std::mt19937 rng(8);
  for (int round = 0; round < 40; ++round) {
    const TokenizerData data = RandomVocabulary(rng, 80);
    const PlainBpe plain(data);
    const auto built = Build(data);
    ASSERT_TRUE(built);
    for (TokenId id = 0; built->tokens->Contains(id); ++id) {
      const std::string_view bytes = built->tokens->Bytes(id);
      ASSERT_EQ(built->Encode(bytes), plain.Encode(bytes)) << built->tokens->Name(id);
    }
  }
}

TEST(BpeTest, LeftmostOfEqualPairsMergesFirst) {
  TokenizerData data = ByteVocabulary();
  AddMerge(data, "a", "a");
  const auto built = Build(data);
  ASSERT_TRUE(built);
  EXPECT_THAT(built->Encode("aaa"), ElementsAre(256, 'a'));
  std::vector<TokenId> long_run(100, 256);
  long_run.push_back('a');
  EXPECT_EQ(built->Encode(std::string(201, 'a')), long_run);
}

TEST(BpeTest, WholeWordsSkipTheMergesThatWouldSplitThem) {
  TokenizerData data = ByteVocabulary();
  AddMerge(data, "b", "c");
  AddMerge(data, "a", "b");
  AddMerge(data, "ab", "c");  // never reached: "bc" merges first
  const auto split = Build(data, false), whole = Build(data, true);
  ASSERT_TRUE(split && whole);
  EXPECT_THAT(split->Encode("abc"), ElementsAre('a', 256));
  EXPECT_THAT(whole->Encode("abc"), ElementsAre(258));
  EXPECT_THAT(whole->Encode("abcx"), ElementsAre('a', 256, 'x'));
}

TEST(BpeTest, ControlTokensAreNeverMadeFromText) {
  TokenizerData data = ByteVocabulary();
  AddToken(data, "ab", TokenType::kControl);
  const auto built = Build(data, true);
  ASSERT_TRUE(built);
  EXPECT_THAT(built->Encode("ab"), ElementsAre('a', 'b'));
}

TEST(BpeTest, AMergeOfNoTokenIsCorrupt) {
  const std::pair<std::string, std::string> bad[] = {
      {"a", "b"}, {"a", "zz"}, {"zz", "a"}, {"a", " "}, {"", "a"}};
  for (const auto& merge : bad) {
    TokenizerData data = ByteVocabulary();
    data.merges.push_back(merge);
    const auto built = Build(data);
    ASSERT_FALSE(built);
    EXPECT_EQ(built.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(built.error().message, HasSubstr("merge 0"));
  }
}

TEST(BpeTest, AMergeThatMakesAControlTokenIsCorrupt) {
  TokenizerData data = ByteVocabulary();
  AddToken(data, "ab", TokenType::kControl);
  data.merges.emplace_back("a", "b");
  EXPECT_FALSE(Build(data));
}

TEST(BpeTest, AByteWithoutTokenIsCorrupt) {
  TokenizerData data = ByteVocabulary();
  data.types[0xC3] = TokenType::kUnused;
  const auto built = Build(data);
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(built.error().message, HasSubstr("195"));
}

}  // namespace
}  // namespace espalier
