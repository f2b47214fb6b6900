#include "evals/bench/bigram_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "evals/bench/random_model.h"
#include "model/byte_alphabet.h"
#include "model/pretokenizer.h"
#include "model/quant.h"
#include "model/tokenizer.h"

namespace espalier {
namespace {

constexpr const char* kWholeWords = "llama-bpe";  // words that are tokens need no merges
constexpr size_t kBytes = 256;
constexpr float kLogitOfCertainty = 40;

/// The byte alphabet: what each byte is called.
std::array<std::string, kBytes> ByteNames() {
  std::array<std::string, kBytes> names;
  for (unsigned code_point = 0x21; code_point < 0x144; ++code_point) {
    std::string name, byte;
    if (code_point >= 0x80) name += static_cast<char>(0xC0 | code_point >> 6);
    name += static_cast<char>(code_point < 0x80 ? code_point : 0x80 | (code_point & 0x3F));
    if (AppendAlphabetBytes(name, byte)) names[static_cast<uint8_t>(byte[0])] = name;
  }
  return names;
}

/// Words of the text, the most frequent first.
Result<std::vector<std::string>> WordsOf(std::string_view text) {
  ESPALIER_ASSIGN_OR_RETURN(const Pretokenizer pretokenizer, Pretokenizer::Create(kWholeWords));
  std::map<std::string, size_t, std::less<>> counts;
  PretokenCursor cursor(pretokenizer, text);
  for (std::string_view word; cursor.Next(&word);) {
    if (word.size() > 1) ++counts[std::string(word)];
  }
  std::vector<std::string> words;
  for (const auto& [word, count] : counts) words.push_back(word);
  std::ranges::stable_sort(words, std::greater(), [&](const std::string& word) { return counts[word]; });
  return words;
}

/// A name that no text of ours has, for the rest of the vocabulary.
std::string Filler(size_t number) {
  std::string name = "zq";
  for (; number > 0; number /= 26) name += static_cast<char>('a' + number % 26);
  return name;
}

Result<TokenizerData> MakeVocabulary(std::string_view text, size_t size) {
  const std::array<std::string, kBytes> bytes = ByteNames();
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<std::string> words, WordsOf(text));
  TokenizerData data;
  data.pre_tokenizer = kWholeWords;
  data.tokens.assign(bytes.begin(), bytes.end());
  for (size_t i = 0; data.tokens.size() + 1 < size; ++i) {
    std::string name;
    const std::string word = i < words.size() ? words[i] : Filler(i - words.size());
    for (const char c : word) name += bytes[static_cast<uint8_t>(c)];
    data.tokens.push_back(std::move(name));
  }
  data.tokens.emplace_back("<|end|>");
  data.types.assign(size, TokenType::kNormal);
  data.types.back() = TokenType::kControl;
  data.special.eos = static_cast<TokenId>(size - 1);
  return data;
}

/// A matrix of the same shape with these rows by their number; the others are zero.
TensorView MakeMatrix(ModelFile& file, const TensorView& like,
                      const std::map<TokenId, std::vector<float>>& rows = {}) {
  std::byte* data = AddMatrix(file, like.type, like.rows, std::vector<float>(like.cols));
  for (const auto& [row, values] : rows) {
    QuantizeRow(like.type, values, data + static_cast<size_t>(row) * like.row_bytes());
  }
  return {like.type, like.rows, like.cols, data};
}

/// Each token has a code of random signs. Its row of the output is the code; its embedding is the sum of its
/// successors' codes, by the root of their probability, so that its length is always the same.
class Codes {
 public:
  Codes(std::vector<TokenId> text, uint32_t d_model) : text_(std::move(text)), d_model_(d_model) {
    std::mt19937 random(1);
    for (const TokenId token : text_) {
      std::vector<float>& code = codes_[token];
      while (code.size() < d_model_) code.push_back(random() % 2 == 0 ? 1.0f : -1.0f);
    }
  }

  std::map<TokenId, std::vector<float>> Embeddings() const {
    std::map<TokenId, std::map<TokenId, float>> successors;
    for (size_t i = 0; i < text_.size(); ++i) ++successors[text_[i]][text_[(i + 1) % text_.size()]];
    std::map<TokenId, std::vector<float>> rows;
    for (const auto& [token, counts] : successors) {
      float sum = 0;
      for (const auto& [next, count] : counts) sum += count;
      std::vector<float>& row = rows[token];
      row.resize(d_model_);
      for (const auto& [next, count] : counts) Add(codes_.at(next), std::sqrt(count / sum), row);
    }
    return rows;
  }

  std::map<TokenId, std::vector<float>> Outputs() const {
    std::map<TokenId, std::vector<float>> rows = codes_;
    for (auto& [token, row] : rows) {
      for (float& value : row) value *= kLogitOfCertainty / static_cast<float>(d_model_);
    }
    return rows;
  }

 private:
  static void Add(const std::vector<float>& code, float weight, std::vector<float>& row) {
    for (size_t i = 0; i < row.size(); ++i) row[i] += weight * code[i];
  }

  const std::vector<TokenId> text_;
  const uint32_t d_model_;
  std::map<TokenId, std::vector<float>> codes_;
};

}  // namespace

Result<ModelFile> MakeBigramModel(std::string_view shape, std::string_view text) {
  if (text.empty()) return Fail(ErrorCode::kInvalidArgument, "no text to write like");
  ESPALIER_ASSIGN_OR_RETURN(ModelFile file, MakeRandomModel(shape));
  ESPALIER_ASSIGN_OR_RETURN(file.tokenizer, MakeVocabulary(text, file.hparams.vocab_size));
  ESPALIER_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Create(file.tokenizer));
  const Codes codes(tokenizer.Encode(text), file.hparams.d_model);
  Weights& weights = file.weights;
  weights.output = MakeMatrix(file, weights.token_embedding, codes.Outputs());
  weights.token_embedding = MakeMatrix(file, weights.token_embedding, codes.Embeddings());
  // What the layers add is nothing.
  const TensorView wo = MakeMatrix(file, weights.layers.front().wo);
  const TensorView w_down = MakeMatrix(file, weights.layers.front().w_down);
  for (LayerWeights& layer : weights.layers) {
    layer.wo = wo;
    layer.w_down = w_down;
  }
  return file;
}

}  // namespace espalier
