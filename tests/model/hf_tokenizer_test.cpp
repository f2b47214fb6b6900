#include "model/hf_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace espalier {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr char kQwen2Regex[] =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr char kLlama3Regex[] =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

json Split(const std::string& regex) {
  return {{"type", "Split"}, {"pattern", {{"Regex", regex}}}, {"behavior", "Isolated"}, {"invert", false}};
}

json ByteLevel(bool use_regex) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", use_regex}};
}

json Sequence(std::vector<json> steps) { return {{"type", "Sequence"}, {"pretokenizers", steps}}; }

json Added(int id, const std::string& text, bool special) {
  return {{"id", id}, {"content", text}, {"special", special}};
}

/// A small tokenizer.json of the Qwen2 kind.
json Small() {
  return {
      {"model",
       {{"type", "BPE"},
        {"vocab", {{"a", 0}, {"b", 1}, {"ab", 2}}},
        {"merges", {"a b"}},
        {"byte_fallback", false}}},
      {"normalizer", {{"type", "NFC"}}},
      {"pre_tokenizer", Sequence({Split(kQwen2Regex), ByteLevel(false)})},
      {"added_tokens",
       {Added(3, "<|endoftext|>", true), Added(4, "<|fim_prefix|>", false), Added(5, "<tool_call>", false)}}};
}

Result<TokenizerData> Parse(const json& file) {
  return ParseHfTokenizer(file.dump(), FileErrors("tokenizer.json"));
}

TEST(HfTokenizerTest, ReadsTokensTypesAndMerges) {
  const Result<TokenizerData> data = Parse(Small());
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_THAT(data->tokens, ElementsAre("a", "b", "ab", "<|endoftext|>", "<|fim_prefix|>", "<tool_call>"));
  EXPECT_THAT(data->types, ElementsAre(TokenType::kNormal, TokenType::kNormal, TokenType::kNormal,
                                       TokenType::kControl, TokenType::kControl, TokenType::kUserDefined));
  EXPECT_THAT(data->merges, ElementsAre(Pair("a", "b")));
  EXPECT_EQ(data->pre_tokenizer, "qwen2");
  EXPECT_FALSE(data->add_bos);
}

TEST(HfTokenizerTest, ReadsMergesAsPairs) {
  json file = Small();
  file["model"]["merges"] = json::array({json::array({"a", "b"}), json::array({"\u0120", "ab"})});
  const Result<TokenizerData> data = Parse(file);
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_THAT(data->merges, ElementsAre(Pair("a", "b"), Pair("\u0120", "ab")));
}

TEST(HfTokenizerTest, IdsLeftOutAreUnused) {
  json file = Small();
  file["added_tokens"].push_back(Added(8, "<x>", false));
  const Result<TokenizerData> data = Parse(file);
  ASSERT_TRUE(data) << data.error().message;
  ASSERT_EQ(data->tokens.size(), 9u);
  EXPECT_EQ(data->tokens[7], "[PAD7]");
  EXPECT_EQ(data->types[7], TokenType::kUnused);
  EXPECT_EQ(data->types[8], TokenType::kUserDefined);
}

struct PretokenizerCase {
  json steps;
  std::string name;
};

TEST(HfTokenizerTest, RecognisesPretokenizers) {
  const PretokenizerCase cases[] = {
      {Sequence({Split(kQwen2Regex), ByteLevel(false)}), "qwen2"},
      {Sequence({Split(kLlama3Regex), ByteLevel(false)}), "llama-bpe"},
      {ByteLevel(true), "gpt-2"},
      {{{"type", "ByteLevel"}, {"add_prefix_space", false}}, "gpt-2"},
      {Sequence({{{"type", "Digits"}, {"individual_digits", true}}, ByteLevel(true)}), "starcoder"},
  };
  for (const PretokenizerCase& expected : cases) {
    json file = Small();
    file["pre_tokenizer"] = expected.steps;
    const Result<TokenizerData> data = Parse(file);
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_EQ(data->pre_tokenizer, expected.name);
  }
}

TEST(HfTokenizerTest, ATemplateThatBeginsWithATokenAddsBos) {
  json file = Small();
  const json special = {{"SpecialToken", {{"id", "<|endoftext|>"}, {"type_id", 0}}}};
  const json text = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const json processor = {{"type", "TemplateProcessing"}, {"single", {special, text}}};
  file["post_processor"] = {{"type", "Sequence"}, {"processors", {ByteLevel(true), processor}}};
  EXPECT_TRUE(Parse(file)->add_bos);
  file["post_processor"] = {{"type", "TemplateProcessing"}, {"single", {text, special}}};
  EXPECT_FALSE(Parse(file)->add_bos);
}

struct MalformedCase {
  std::string name;
  std::function<void(json&)> damage;
  std::vector<std::string> message;
  ErrorCode code = ErrorCode::kCorrupt;
};

void PrintTo(const MalformedCase& malformed, std::ostream* out) { *out << malformed.name; }

class MalformedHfTokenizerTest : public testing::TestWithParam<MalformedCase> {};

TEST_P(MalformedHfTokenizerTest, GivesOneClearLine) {
  json file = Small();
  GetParam().damage(file);
  const Result<TokenizerData> data = Parse(file);
  ASSERT_FALSE(data);
  const std::string& message = data.error().message;
  EXPECT_EQ(data.error().code, GetParam().code) << message;
  EXPECT_THAT(message, testing::StartsWith("'tokenizer.json': "));
  EXPECT_THAT(message, testing::Not(HasSubstr("\n")));
  for (const std::string& part : GetParam().message) EXPECT_THAT(message, HasSubstr(part));
}

const MalformedCase kCases[] = {
    {"NoObject",
     [](json& f) {
       f = {1, 2};
     },
     {"expected a JSON object"}},
    {"ModelMissing", [](json& f) { f.erase("model"); }, {"'model' is missing"}},
    {"ModelUnigram", [](json& f) { f["model"]["type"] = "Unigram"; }, {"'Unigram'"}, ErrorCode::kUnsupported},
    {"ByteFallback",
     [](json& f) { f["model"]["byte_fallback"] = true; },
     {"SentencePiece"},
     ErrorCode::kUnsupported},
    {"VocabularyMissing", [](json& f) { f["model"].erase("vocab"); }, {"'model.vocab'"}},
    {"VocabularyEmpty", [](json& f) { f["model"]["vocab"] = json::object(); }, {"'model.vocab'"}},
    {"VocabularyNoObject", [](json& f) { f["model"]["vocab"] = {"a"}; }, {"'model.vocab'"}},
    {"IdNegative", [](json& f) { f["model"]["vocab"]["b"] = -1; }, {"'b'"}},
    {"IdNoNumber", [](json& f) { f["model"]["vocab"]["b"] = "1"; }, {"'b'"}},
    {"IdHuge", [](json& f) { f["model"]["vocab"]["b"] = 1ull << 40; }, {"'b'", "is not 0 to"}},
    {"IdMax64", [](json& f) { f["model"]["vocab"]["b"] = UINT64_MAX; }, {"'b'", "is not 0 to"}},
    {"IdTwice", [](json& f) { f["model"]["vocab"]["b"] = 0; }, {"'a'", "'b'", "share the id 0"}},
    {"TokenEmpty", [](json& f) { f["model"]["vocab"][""] = 6; }, {"token 6", "empty"}},
    {"TokenWithNul", [](json& f) { f["model"]["vocab"][std::string("\0", 1)] = 6; }, {"token 6", "NUL"}},
    {"AddedNoArray", [](json& f) { f["added_tokens"] = 1; }, {"'added_tokens'"}},
    {"AddedWithoutId", [](json& f) { f["added_tokens"][0].erase("id"); }, {"'added_tokens'", "no 'id'"}},
    {"AddedWithoutText", [](json& f) { f["added_tokens"][0]["content"] = 5; }, {"'added_tokens'"}},
    {"AddedOverAnother", [](json& f) { f["added_tokens"][0]["id"] = 1; }, {"share the id 1"}},
    {"MergesMissing", [](json& f) { f["model"].erase("merges"); }, {"'model.merges'"}},
    {"MergeNoPair",
     [](json& f) {
       f["model"]["merges"] = {{"a", "b", "c"}};
     },
     {"merge 0"}},
    {"MergeOfNumbers",
     [](json& f) {
       f["model"]["merges"] = {"a b", 5};
     },
     {"merge 1"}},
    {"MergeWithoutSpace", [](json& f) { f["model"]["merges"] = {"ab"}; }, {"merge 0"}},
    {"NormalizerLowercase",
     [](json& f) {
       f["normalizer"] = {{"type", "Lowercase"}};
     },
     {"'Lowercase'"},
     ErrorCode::kUnsupported},
    {"PretokenizerMissing", [](json& f) { f["pre_tokenizer"] = nullptr; }, {"none"}, ErrorCode::kUnsupported},
    {"PretokenizerOtherRegex",
     [](json& f) { f["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "x+\n"; },
     {"Split by 'x+\\x0a'"},
     ErrorCode::kUnsupported},
    {"PretokenizerPrefixSpace",
     [](json& f) {
       f["pre_tokenizer"] = {{"type", "ByteLevel"}, {"add_prefix_space", true}};
     },
     {"prefix space"},
     ErrorCode::kUnsupported},
    {"PretokenizerMetaspace",
     [](json& f) {
       f["pre_tokenizer"] = {{"type", "Metaspace"}};
     },
     {"Metaspace"},
     ErrorCode::kUnsupported},
};

INSTANTIATE_TEST_SUITE_P(Cases, MalformedHfTokenizerTest, testing::ValuesIn(kCases),
                         [](const auto& param) { return param.param.name; });

TEST(HfTokenizerConfigTest, TakesTemplateBosAndPad) {
  TokenizerData data = *Parse(Small());
  const json config = {
      {"chat_template", "T"}, {"add_bos_token", true}, {"pad_token", {{"content", "<|endoftext|>"}}}};
  ASSERT_TRUE(ApplyHfTokenizerConfig(config.dump(), FileErrors("c.json"), data));
  EXPECT_EQ(data.chat_template, "T");
  EXPECT_TRUE(data.add_bos);
  EXPECT_EQ(data.special.pad, 3);
}

TEST(HfTokenizerConfigTest, TakesTheDefaultOfSeveralTemplates) {
  TokenizerData data = *Parse(Small());
  const json config = {
      {"chat_template", {{{"name", "tools"}, {"template", "X"}}, {{"name", "default"}, {"template", "D"}}}}};
  ASSERT_TRUE(ApplyHfTokenizerConfig(config.dump(), FileErrors("c.json"), data));
  EXPECT_EQ(data.chat_template, "D");
}

TEST(HfTokenizerConfigTest, APadTokenOutsideTheVocabularyIsAnError) {
  TokenizerData data = *Parse(Small());
  const Status status = ApplyHfTokenizerConfig(R"({"pad_token":"<none>"})", FileErrors("c.json"), data);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("'<none>'"));
}

}  // namespace
}  // namespace espalier
