// What the tokenizer's tests share: vocabularies from files and made up, and the folders of test data.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "model/model_file.h"
#include "model/model_store.h"
#include "model/tokenizer.h"

namespace espalier {

inline std::filesystem::path TestData() { return std::filesystem::path(ESPALIER_SOURCE_DIR) / "tests/data"; }

/// Folder of evaluation data outside the repository; may not exist.
inline std::filesystem::path SharedData() {
  const char* shared = std::getenv("ESPALIER_SHARED");
  const auto beside = std::filesystem::path(ESPALIER_SOURCE_DIR).parent_path() / "shared";
  return (shared != nullptr ? std::filesystem::path(shared) : beside) / "data";
}

inline std::string ReadWholeFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A byte in GPT-2's alphabet, by its definition: printable Latin-1 stands for itself, the others are
/// numbered from U+0100 on in order.
inline std::string AlphabetLetter(unsigned byte) {
  const auto printable = [](unsigned b) {
    return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
  };
  unsigned code_point = byte;
  if (!printable(byte)) {
    code_point = 0x100;
    for (unsigned b = 0; b < byte; ++b) code_point += printable(b) ? 0 : 1;
  }
  if (code_point < 0x80) return std::string(1, static_cast<char>(code_point));
  return {static_cast<char>(0xC0 | code_point >> 6), static_cast<char>(0x80 | (code_point & 0x3F))};
}

inline std::string AlphabetName(std::string_view bytes) {
  std::string name;
  for (char byte : bytes) name += AlphabetLetter(static_cast<unsigned char>(byte));
  return name;
}

/// A vocabulary of the 256 bytes, id = byte, without merges.
inline TokenizerData ByteVocabulary() {
  TokenizerData data;
  data.pre_tokenizer = "qwen2";
  for (unsigned byte = 0; byte < 256; ++byte) data.tokens.push_back(AlphabetLetter(byte));
  data.types.assign(256, TokenType::kNormal);
  return data;
}

inline TokenId AddToken(TokenizerData& data, std::string name, TokenType type) {
  data.tokens.push_back(std::move(name));
  data.types.push_back(type);
  return static_cast<TokenId>(data.tokens.size() - 1);
}

/// Adds the merge of two texts, and the token that it makes unless there is one.
inline void AddMerge(TokenizerData& data, std::string_view left, std::string_view right) {
  const std::string a = AlphabetName(left), b = AlphabetName(right);
  bool known = false;
  for (const std::string& token : data.tokens) known = known || token == a + b;
  if (!known) AddToken(data, a + b, TokenType::kNormal);
  data.merges.emplace_back(a, b);
}

/// The tokenizer data of a tiny model of the repository.
inline Result<TokenizerData> TinyTokenizer(const std::string& file_name) {
  ESPALIER_ASSIGN_OR_RETURN(const ModelFile file, OpenModelFile(TestData() / "tiny" / file_name));
  return file.tokenizer;
}

/// The full Qwen2 vocabulary, from any of its models that is installed.
inline Result<TokenizerData> FullTokenizer() {
  Error error{ErrorCode::kNotFound, "no model of the built-in list"};
  for (const KnownModel& model : KnownModels()) {
    const auto path = ResolveModel(model.name);
    if (path) {
      ESPALIER_ASSIGN_OR_RETURN(const ModelFile file, OpenModelFile(*path));
      return file.tokenizer;
    }
    error = path.error();
  }
  return Fail(error);
}

}  // namespace espalier
