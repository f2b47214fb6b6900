// Token ids against those of the Hugging Face tokenizers library; scripts/golden/make_tokenizer_golden.py
// makes the data. The full vocabulary needs an installed model, the corpora the shared evaluation data.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "tests/model/tokenizer_support.h"

namespace espalier {
namespace {

using nlohmann::json;

json ReadJson(const std::string& name) { return json::parse(ReadWholeFile(TestData() / "tokenizer" / name)); }

/// FNV-1a over the ids as 32-bit units, continuing from `hash`.
uint64_t HashIds(std::span<const TokenId> ids, uint64_t hash = 0xCBF29CE484222325) {
  for (TokenId id : ids) hash = (hash ^ static_cast<uint32_t>(id)) * 0x100000001B3;
  return hash;
}

std::string Hex(uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

/// As golden.json has the ids of a text: all of them, or their count and hash.
json Entry(const std::vector<TokenId>& ids, const json& like) {
  if (like.is_array()) return ids;
  return {{"count", ids.size()}, {"hash", Hex(HashIds(ids))}};
}

class TokenizerGoldenTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string name = GetParam();
    const bool tiny = name.ends_with(".gguf");
    auto data = tiny ? TinyTokenizer(name) : FullTokenizer();
    if (!data && !tiny) GTEST_SKIP() << "needs an installed model: " << data.error().message;
    ASSERT_TRUE(data) << data.error().message;
    data_ = std::move(*data);
  }

  TokenizerData data_;
};

TEST_P(TokenizerGoldenTest, IdsOfTextsByEveryPreTokenizer) {
  const json texts = ReadJson("texts.json");
  const json golden = ReadJson("golden.json")[GetParam()];
  ASSERT_GE(golden.size(), 5u);
  for (const auto& [mode, entries] : golden.items()) {
    const size_t plus = mode.find("+special");
    data_.pre_tokenizer = mode.substr(0, plus);
    const auto tokenizer = Tokenizer::Create(data_);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    ASSERT_EQ(entries.size(), texts.size());
    for (const auto& [name, expected] : entries.items()) {
      const auto special = plus == std::string::npos ? SpecialText::kAsText : SpecialText::kParse;
      const auto ids = tokenizer->Encode(texts[name].get<std::string>(), special);
      EXPECT_EQ(Entry(ids, expected), expected) << mode << ": " << name;
    }
  }
}

/// The lines of a gzip file, through the system's zcat.
std::vector<std::string> ReadGzipLines(const std::filesystem::path& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(("zcat '" + path.string() + "'").c_str(), "r"),
                                                   ::pclose);
  std::vector<std::string> lines;
  char* line = nullptr;
  size_t capacity = 0;
  while (pipe && ::getline(&line, &capacity, pipe.get()) > 0) lines.emplace_back(line);
  std::free(line);
  return lines;
}

TEST_P(TokenizerGoldenTest, IdsOfWholeCorpora) {
  if (!std::filesystem::is_directory(SharedData())) GTEST_SKIP() << "needs the data in " << SharedData();
  const auto tokenizer = Tokenizer::Create(data_);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const json corpora = ReadJson("corpora.json")[GetParam()];
  ASSERT_FALSE(corpora.empty());
  for (const auto& [path, expected] : corpora.items()) {
    json found = {{"field", expected["field"]}, {"texts", 0}, {"count", 0}};
    uint64_t hash = HashIds({});
    for (const std::string& line : ReadGzipLines(SharedData() / path)) {
      const auto ids =
          tokenizer->Encode(json::parse(line)[expected["field"].get<std::string>()].get<std::string>());
      found["texts"] = found["texts"].get<size_t>() + 1;
      found["count"] = found["count"].get<size_t>() + ids.size();
      hash = HashIds(ids, hash);
    }
    found["hash"] = Hex(hash);
    EXPECT_EQ(found, expected) << path;
  }
}

/// Every token of the vocabulary: encoding its bytes gives tokens of the same bytes.
TEST_P(TokenizerGoldenTest, EveryTokensBytesComeBack) {
  const auto tokenizer = Tokenizer::Create(data_);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  for (TokenId id = 0; id < static_cast<TokenId>(tokenizer->vocab_size()); ++id) {
    const std::string_view bytes = tokenizer->TokenBytes(id);
    ASSERT_EQ(tokenizer->Decode(tokenizer->Encode(bytes)), bytes) << id;
  }
}

INSTANTIATE_TEST_SUITE_P(Vocabularies, TokenizerGoldenTest,
                         testing::Values("qwen2-legacy.gguf", "llama.gguf", "qwen2.5-coder"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::erase_if(name, [](char c) { return std::isalnum(c) == 0; });
                           return name;
                         });

}  // namespace
}  // namespace espalier
