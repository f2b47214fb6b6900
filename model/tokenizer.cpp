#include "model/tokenizer.h"

#include <algorithm>

#include "base/utf8.h"
#include "model/bpe.h"
#include "model/pretokenizer.h"
#include "model/special_text.h"
#include "model/special_tokens.h"
#include "model/token_table.h"

namespace espalier {
namespace {

/// Every id that `special` names must be a token.
Status CheckSpecialIds(const TokenTable& tokens, const SpecialTokenIds& special) {
  const TokenId ids[] = {special.bos,        special.eos,        special.eot,        special.pad,
                         special.fim_prefix, special.fim_suffix, special.fim_middle, special.fim_pad,
                         special.repo_name,  special.file_sep,   special.im_start,   special.im_end};
  for (TokenId id : ids) {
    if (id != kNoToken && !tokens.Contains(id))
      return Fail(ErrorCode::kCorrupt, "the special token " + std::to_string(id) +
                                           " is outside the vocabulary of " + std::to_string(tokens.size()));
  }
  return {};
}

constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

/// True when `tail`, which is no valid sequence itself, becomes one with more continuation bytes.
bool IsUnfinishedCodePoint(std::string_view tail) {
  for (const char fill : {'\x80', '\xBF'}) {
    for (size_t missing = 1; tail.size() + missing <= 4; ++missing) {
      const std::string filled = std::string(tail) + fill + std::string(missing - 1, '\x80');
      if (Utf8SequenceLength(filled) == filled.size()) return true;
    }
  }
  return false;
}

}  // namespace

struct Tokenizer::Impl {
  Impl(TokenTable table, Pretokenizer cutter)
      : tokens(std::move(table)), pretokenizer(std::move(cutter)), special_texts(tokens) {}

  void EncodeText(std::string_view text, std::vector<TokenId>& out) const;
  void EncodeValidUtf8(std::string_view text, std::vector<TokenId>& out) const;

  TokenTable tokens;
  Pretokenizer pretokenizer;
  SpecialTextFinder special_texts;
  std::unique_ptr<const Bpe> bpe;  ///< never null once created; refers to `tokens`
  SpecialTokenIds special;
  std::vector<TokenId> ends;  ///< sorted
  bool add_bos = false;
};

/// Each stretch of valid UTF-8 is cut into words as if it stood alone; bytes between are byte tokens.
void Tokenizer::Impl::EncodeText(std::string_view text, std::vector<TokenId>& out) const {
  while (!text.empty()) {
    const size_t valid = std::min(FirstInvalidUtf8(text), text.size());
    EncodeValidUtf8(text.substr(0, valid), out);
    text.remove_prefix(valid);
    if (text.empty()) break;
    out.push_back(bpe->ByteToken(text[0]));
    text.remove_prefix(1);
  }
}

void Tokenizer::Impl::EncodeValidUtf8(std::string_view text, std::vector<TokenId>& out) const {
  PretokenCursor words(pretokenizer, text);
  for (std::string_view word; words.Next(&word);) bpe->Encode(word, out);
}

Result<Tokenizer> Tokenizer::Create(const TokenizerData& data) {
  ESPALIER_ASSIGN_OR_RETURN(Pretokenizer pretokenizer, Pretokenizer::Create(data.pre_tokenizer));
  ESPALIER_ASSIGN_OR_RETURN(TokenTable tokens, TokenTable::Create(data));
  ESPALIER_RETURN_IF_ERROR(CheckSpecialIds(tokens, data.special));
  auto impl = std::make_unique<Impl>(std::move(tokens), std::move(pretokenizer));
  ESPALIER_ASSIGN_OR_RETURN(Bpe bpe,
                            Bpe::Create(impl->tokens, data.merges, impl->pretokenizer.whole_words()));
  impl->bpe = std::make_unique<const Bpe>(std::move(bpe));
  impl->special = data.special;
  impl->ends = EndOfGenerationTokens(data);
  impl->add_bos = data.add_bos;
  return Tokenizer(std::move(impl));
}

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

std::vector<TokenId> Tokenizer::Encode(std::string_view text, SpecialText special) const {
  std::vector<TokenId> ids;
  ids.reserve(text.size() / 3 + 8);  // code has three to four bytes a token
  size_t begin = 0;
  while (special == SpecialText::kParse && begin < text.size()) {
    const SpecialMatch match = impl_->special_texts.Find(text, begin);
    if (match.id == kNoToken) break;
    impl_->EncodeText(text.substr(begin, match.begin - begin), ids);
    ids.push_back(match.id);
    begin = match.begin + match.length;
  }
  impl_->EncodeText(text.substr(begin), ids);
  return ids;
}

std::string_view Tokenizer::TokenBytes(TokenId id) const {
  return impl_->tokens.Contains(id) ? impl_->tokens.Bytes(id) : std::string_view();
}

std::string_view Tokenizer::TokenName(TokenId id) const {
  return impl_->tokens.Contains(id) ? impl_->tokens.Name(id) : std::string_view();
}

std::string Tokenizer::Decode(std::span<const TokenId> ids) const {
  std::string text;
  for (TokenId id : ids) text += TokenBytes(id);
  return text;
}

const SpecialTokenIds& Tokenizer::special() const { return impl_->special; }
size_t Tokenizer::vocab_size() const { return impl_->tokens.size(); }
bool Tokenizer::add_bos() const { return impl_->add_bos; }

bool Tokenizer::IsControl(TokenId id) const {
  if (!impl_->tokens.Contains(id)) return false;
  const TokenType type = impl_->tokens.Type(id);
  return type != TokenType::kNormal && type != TokenType::kUserDefined;
}

bool Tokenizer::IsEndOfGeneration(TokenId id) const {
  return std::binary_search(impl_->ends.begin(), impl_->ends.end(), id);
}

std::string StreamDecoder::Push(TokenId id) {
  pending_ += tokenizer_->TokenBytes(id);
  std::string text;
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const size_t length = Utf8SequenceLength(rest);
    if (length == 0 && IsUnfinishedCodePoint(rest)) break;
    text += length > 0 ? rest.substr(0, length) : kReplacementCharacter;
    rest.remove_prefix(std::max<size_t>(length, 1));
  }
  pending_.erase(0, pending_.size() - rest.size());
  return text;
}

std::string StreamDecoder::Flush() {
  const bool unfinished = !pending_.empty();
  pending_.clear();
  return unfinished ? std::string(kReplacementCharacter) : std::string();
}

}  // namespace espalier
