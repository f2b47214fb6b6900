#include "model/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <thread>

#include "base/utf8.h"
#include "tests/model/tokenizer_support.h"

namespace espalier {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tokenizer MustCreate(const Result<TokenizerData>& data) {
  if (!data) throw std::runtime_error(data.error().message);
  auto tokenizer = Tokenizer::Create(*data);
  if (!tokenizer) throw std::runtime_error(tokenizer.error().message);
  return std::move(*tokenizer);
}

/// Bytes of every kind: words, UTF-8 whole and cut, texts of special tokens and parts of them.
std::string RandomBytes(std::mt19937& rng, size_t length) {
  static const std::string kPieces[] = {
      " ",          "\n",       "return",   "    ",   "\u00E9", "\u4F60",   "\U0001F600", "\xC3",
      "\xE2\x82",   "\xF0\x9F", "\xED\xA0", "\xFF",   "\x80",   "'s",       "<|",         "<|im_start|>",
      "fim_middle", "|>",       "0",        "\u3000", "\u0301", "\xF4\x90", "\xC0\x80"};
  std::string text;
  while (text.size() < length) {
    text += rng() % 4 == 0 ? std::string(1, static_cast<char>(rng())) : kPieces[rng() % std::size(kPieces)];
  }
  return text;
}

std::string RandomUnicode(std::mt19937& rng, size_t code_points) {
  std::string text;
  for (size_t i = 0; i < code_points; ++i) {
    std::string piece;
    while (!IsValidUtf8(piece) || piece.empty()) piece = RandomBytes(rng, 1);
    text += piece;
  }
  return text;
}

/// All proper beginnings of UTF-8 sequences, by encoding every code point.
const std::set<std::string>& UnfinishedSequences() {
  static const std::set<std::string> sequences = [] {
    std::set<std::string> all;
    for (uint32_t c = 0x80; c < 0x110000; ++c) {
      if (c >= 0xD800 && c < 0xE000) continue;
      const int extra = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
      std::string bytes(1, static_cast<char>((0xFF << (7 - extra) & 0xFF) | c >> (6 * extra)));
      for (int k = extra - 1; k >= 0; --k) {
        all.insert(bytes);
        bytes += static_cast<char>(0x80 | (c >> (6 * k) & 0x3F));
      }
      EXPECT_TRUE(IsValidUtf8(bytes));
    }
    return all;
  }();
  return sequences;
}

/// What a StreamDecoder must give in all for `bytes`.
std::string WithReplacements(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const size_t length = Utf8SequenceLength(bytes);
    if (length == 0 && UnfinishedSequences().contains(std::string(bytes))) return text + "\uFFFD";
    text += length == 0 ? std::string_view("\uFFFD") : bytes.substr(0, length);
    bytes.remove_prefix(std::max<size_t>(length, 1));
  }
  return text;
}

/// With the first merges of Qwen2 and its special tokens.
class TokenizerTest : public testing::Test {
 protected:
  TokenizerTest() : tokenizer_(MustCreate(TinyTokenizer("qwen2-legacy.gguf"))) {}

  TokenId IdOf(std::string_view name) const {
    for (TokenId id = 0; id < static_cast<TokenId>(tokenizer_.vocab_size()); ++id) {
      if (tokenizer_.TokenName(id) == name) return id;
    }
    ADD_FAILURE() << "no token " << name;
    return kNoToken;
  }

  /// The names of the tokens of `text`.
  std::vector<std::string> Names(std::string_view text, SpecialText special = SpecialText::kAsText) const {
    std::vector<std::string> names;
    for (TokenId id : tokenizer_.Encode(text, special)) names.emplace_back(tokenizer_.TokenName(id));
    return names;
  }

  /// All that a StreamDecoder gives, after checking that each part is valid UTF-8.
  std::string Stream(std::span<const TokenId> ids) const {
    StreamDecoder decoder(tokenizer_);
    std::string text;
    for (TokenId id : ids) {
      const std::string part = decoder.Push(id);
      EXPECT_TRUE(IsValidUtf8(part));
      text += part;
    }
    return text + decoder.Flush();
  }

  Tokenizer tokenizer_;
};

TEST_F(TokenizerTest, DecodeGivesBackAnyBytes) {
  std::mt19937 rng(1);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = RandomBytes(rng, rng() % 120);
    ASSERT_EQ(tokenizer_.Decode(tokenizer_.Encode(text)), text) << testing::PrintToString(text);
  }
}

TEST_F(TokenizerTest, StreamingGivesTheWholeText) {
  std::mt19937 rng(2);
  for (int round = 0; round < 2000; ++round) {
    const std::string text = RandomUnicode(rng, rng() % 40);
    ASSERT_EQ(Stream(tokenizer_.Encode(text)), text) << testing::PrintToString(text);
  }
}

TEST_F(TokenizerTest, StreamingReplacesWhatIsNoCodePoint) {
  std::mt19937 rng(3);
  for (int round = 0; round < 2000; ++round) {
    const std::string text = RandomBytes(rng, rng() % 40);
    ASSERT_EQ(Stream(tokenizer_.Encode(text)), WithReplacements(text)) << testing::PrintToString(text);
  }
}

TEST_F(TokenizerTest, StreamingOfAnyIdsIsValid) {
  std::mt19937 rng(4);
  for (int round = 0; round < 500; ++round) {
    std::vector<TokenId> ids;
    for (size_t i = 0; i < 50; ++i)
      ids.push_back(static_cast<TokenId>(rng() % (tokenizer_.vocab_size() + 20)) - 10);
    ASSERT_EQ(Stream(ids), WithReplacements(tokenizer_.Decode(ids)));
  }
}

TEST_F(TokenizerTest, ACodePointComesOutWithItsLastByte) {
  const std::vector<TokenId> ids = tokenizer_.Encode("\U0001F600");
  ASSERT_EQ(ids.size(), 4u);
  StreamDecoder decoder(tokenizer_);
  EXPECT_EQ(decoder.Push(ids[0]), "");
  EXPECT_EQ(decoder.Push(ids[1]), "");
  EXPECT_EQ(decoder.Push(ids[2]), "");
  EXPECT_EQ(decoder.Push(ids[3]), "\U0001F600");
  EXPECT_EQ(decoder.Push(ids[0]), "");
  EXPECT_EQ(decoder.Flush(), "\uFFFD");
  EXPECT_EQ(decoder.Flush(), "");
}

TEST_F(TokenizerTest, TextThatLooksSpecialStaysTextUnlessAsked) {
  const std::string text = "a<|fim_middle|>b<tool_call>";
  const std::vector<TokenId> ids = tokenizer_.Encode(text);
  EXPECT_EQ(tokenizer_.Decode(ids), text);
  for (TokenId id : ids) EXPECT_FALSE(tokenizer_.IsControl(id)) << tokenizer_.TokenName(id);
  EXPECT_THAT(Names(text, SpecialText::kParse), ElementsAre("a", "<|fim_middle|>", "b", "<tool_call>"));
}

TEST_F(TokenizerTest, WordsEndAtSpecialTokens) {
  EXPECT_THAT(Names(" <|im_start|> return<|im_end|><|im_end|>", SpecialText::kParse),
              ElementsAre("Ġ", "<|im_start|>", "Ġreturn", "<|im_end|>", "<|im_end|>"));
}

TEST_F(TokenizerTest, ParsingWithoutSpecialTextsChangesNothing) {
  for (std::string_view text : {"", "return x", "<|fim_middle|", "<| fim_middle |>", "\xFF<|\xFF"})
    EXPECT_EQ(tokenizer_.Encode(text, SpecialText::kParse), tokenizer_.Encode(text)) << text;
}

TEST_F(TokenizerTest, InvalidBytesAreByteTokensBetweenTextsOfTheirOwn) {
  EXPECT_THAT(Names(" return\xFF\xFE return"), ElementsAre("Ġreturn", "ÿ", "þ", "Ġreturn"));
  EXPECT_THAT(Names(" \xC3  return"), ElementsAre("Ġ", "Ã", "Ġ", "Ġreturn"));
  EXPECT_THAT(Names("\xED\xA0\x80"), ElementsAre("í", "ł", "Ģ"));
}

TEST_F(TokenizerTest, EmptyTextHasNoTokens) {
  EXPECT_TRUE(tokenizer_.Encode("").empty());
  EXPECT_TRUE(tokenizer_.Encode("", SpecialText::kParse).empty());
  EXPECT_EQ(tokenizer_.Decode({}), "");
}

TEST_F(TokenizerTest, IdsOutOfRangeStandForNothing) {
  const auto size = static_cast<TokenId>(tokenizer_.vocab_size());
  for (TokenId id : {kNoToken, TokenId{-1000}, size, size + 1, INT32_MAX, INT32_MIN}) {
    EXPECT_EQ(tokenizer_.TokenBytes(id), "");
    EXPECT_EQ(tokenizer_.TokenName(id), "");
    EXPECT_FALSE(tokenizer_.IsControl(id));
    EXPECT_FALSE(tokenizer_.IsEndOfGeneration(id));
  }
}

TEST_F(TokenizerTest, BytesAndNames) {
  EXPECT_EQ(tokenizer_.TokenBytes(IdOf("Ġreturn")), " return");
  EXPECT_EQ(tokenizer_.TokenBytes(IdOf("<|im_end|>")), "");
  EXPECT_EQ(tokenizer_.TokenBytes(IdOf("<tool_call>")), "<tool_call>");
  EXPECT_FALSE(tokenizer_.IsControl(IdOf("<tool_call>")));
  EXPECT_TRUE(tokenizer_.IsControl(IdOf("<|im_end|>")));
  const auto last = static_cast<TokenId>(tokenizer_.vocab_size() - 1);
  EXPECT_TRUE(tokenizer_.TokenName(last).starts_with("[PAD"));
  EXPECT_EQ(tokenizer_.TokenBytes(last), "");
  EXPECT_TRUE(tokenizer_.IsControl(last));
  EXPECT_FALSE(tokenizer_.IsEndOfGeneration(last));
}

TEST_F(TokenizerTest, EndsOfGeneration) {
  for (const char* name : {"<|endoftext|>", "<|im_end|>", "<|file_sep|>", "<|repo_name|>", "<|fim_prefix|>",
                           "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>"})
    EXPECT_TRUE(tokenizer_.IsEndOfGeneration(IdOf(name))) << name;
  for (const char* name : {"Ġreturn", "<tool_call>", "<|vision_start|>"})
    EXPECT_FALSE(tokenizer_.IsEndOfGeneration(IdOf(name))) << name;
}

TEST_F(TokenizerTest, SpecialTokensByRole) {
  EXPECT_EQ(tokenizer_.special().fim_prefix, IdOf("<|fim_prefix|>"));
  EXPECT_EQ(tokenizer_.special().fim_middle, IdOf("<|fim_middle|>"));
  EXPECT_EQ(tokenizer_.special().eos, IdOf("<|im_end|>"));
  EXPECT_FALSE(tokenizer_.add_bos());
}

TEST_F(TokenizerTest, ManyThreadsGetTheSameIds) {
  std::mt19937 rng(5);
  std::vector<std::string> texts;
  std::vector<std::vector<TokenId>> expected;
  for (int i = 0; i < 200; ++i) {
    texts.push_back(RandomBytes(rng, 400));
    expected.push_back(tokenizer_.Encode(texts.back()));
  }
  const Tokenizer fresh = MustCreate(TinyTokenizer("qwen2-legacy.gguf"));  // remembers no words yet
  std::vector<std::thread> threads;
  std::vector<int> differing(4);
  for (size_t t = 0; t < differing.size(); ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < texts.size(); ++i) differing[t] += fresh.Encode(texts[i]) != expected[i];
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(differing, testing::Each(0));
}

TEST_F(TokenizerTest, AMovedTokenizerWorksOn) {
  const std::vector<TokenId> ids = tokenizer_.Encode("return x");
  Tokenizer moved = std::move(tokenizer_);
  EXPECT_EQ(moved.Encode("return x"), ids);
  tokenizer_ = std::move(moved);
  EXPECT_EQ(tokenizer_.Encode("return x"), ids);
}

TEST(TokenizerCreateTest, AnUnknownPreTokenizerIsUnsupported) {
  TokenizerData data = ByteVocabulary();
  data.pre_tokenizer = "bert-bge";
  const auto tokenizer = Tokenizer::Create(data);
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(tokenizer.error().message, HasSubstr("bert-bge"));
}

TEST(TokenizerCreateTest, ASpecialIdOutsideTheVocabularyIsCorrupt) {
  for (const TokenId id : {256, -2}) {
    TokenizerData data = ByteVocabulary();
    data.special.fim_suffix = id;
    const auto tokenizer = Tokenizer::Create(data);
    ASSERT_FALSE(tokenizer);
    EXPECT_EQ(tokenizer.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(tokenizer.error().message, HasSubstr(std::to_string(id)));
  }
}

TEST(TokenizerCreateTest, ErrorsOfTheTablesComeThrough) {
  TokenizerData no_type = ByteVocabulary(), bad_merge = ByteVocabulary();
  no_type.types.clear();
  bad_merge.merges.emplace_back("x", "nothing");
  EXPECT_EQ(Tokenizer::Create(no_type).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(Tokenizer::Create(bad_merge).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(Tokenizer::Create({}).error().code, ErrorCode::kUnsupported);
}

TEST(TokenizerCreateTest, AVocabularyOfBytesAloneEncodesBytes) {
  const Tokenizer tokenizer = MustCreate(ByteVocabulary());
  EXPECT_THAT(tokenizer.Encode("a\xFF\n"), ElementsAre('a', 0xFF, '\n'));
}

}  // namespace
}  // namespace espalier
