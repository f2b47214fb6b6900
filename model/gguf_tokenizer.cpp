#include "model/gguf_tokenizer.h"

#include <string>

#include "model/gguf_fields.h"
#include "model/special_tokens.h"

namespace espalier {
namespace {

constexpr size_t kMaxTokenBytes = 1 << 16;

struct RoleKey {
  std::string_view key;
  TokenId SpecialTokenIds::*role;
};

/// The newer key of a role comes first.
constexpr RoleKey kRoleKeys[] = {
    {"bos_token_id", &SpecialTokenIds::bos},
    {"eos_token_id", &SpecialTokenIds::eos},
    {"eot_token_id", &SpecialTokenIds::eot},
    {"padding_token_id", &SpecialTokenIds::pad},
    {"fim_pre_token_id", &SpecialTokenIds::fim_prefix},
    {"fim_suf_token_id", &SpecialTokenIds::fim_suffix},
    {"fim_mid_token_id", &SpecialTokenIds::fim_middle},
    {"fim_pad_token_id", &SpecialTokenIds::fim_pad},
    {"fim_rep_token_id", &SpecialTokenIds::repo_name},
    {"fim_sep_token_id", &SpecialTokenIds::file_sep},
    {"prefix_token_id", &SpecialTokenIds::fim_prefix},
    {"suffix_token_id", &SpecialTokenIds::fim_suffix},
    {"middle_token_id", &SpecialTokenIds::fim_middle},
};

Status CheckModel(const GgufFields& fields, const FileErrors& errors) {
  ESPALIER_ASSIGN_OR_RETURN(const auto model, fields.FindString("model"));
  if (!model) return errors.Corrupt("the field 'tokenizer.ggml.model' is missing");
  if (*model == "gpt2") return {};
  const std::string kind = *model == "llama" ? " (SentencePiece)" : "";
  return errors.Unsupported("'tokenizer.ggml.model' is " + Quoted(*model) + kind +
                            "; only byte-level BPE vocabularies ('gpt2') are supported");
}

Status CheckToken(std::string_view text, size_t id, const FileErrors& errors) {
  if (text.size() > kMaxTokenBytes) {
    return errors.Corrupt("token " + std::to_string(id) + " of 'tokenizer.ggml.tokens' has " +
                          std::to_string(text.size()) + " bytes; expected at most " +
                          std::to_string(kMaxTokenBytes));
  }
  if (text.find('\0') == std::string_view::npos) return {};
  return errors.Corrupt("token " + std::to_string(id) + " of 'tokenizer.ggml.tokens' contains a NUL byte");
}

Status ReadTokens(const GgufFields& fields, uint32_t vocab_size, const FileErrors& errors,
                  TokenizerData& data) {
  ESPALIER_ASSIGN_OR_RETURN(const auto tokens, fields.FindStrings("tokens"));
  if (tokens.empty()) return errors.Corrupt("'tokenizer.ggml.tokens' is missing or empty");
  if (tokens.size() != vocab_size) {
    return errors.Corrupt("'tokenizer.ggml.tokens' has " + std::to_string(tokens.size()) +
                          " tokens, but 'token_embd.weight' has " + std::to_string(vocab_size) + " rows");
  }
  data.tokens.reserve(tokens.size());
  for (const std::string_view text : tokens) {
    ESPALIER_RETURN_IF_ERROR(CheckToken(text, data.tokens.size(), errors));
    data.tokens.emplace_back(text);
  }
  return {};
}

Status ReadTypes(const GgufFields& fields, const FileErrors& errors, TokenizerData& data) {
  ESPALIER_ASSIGN_OR_RETURN(const auto types, fields.FindInts("token_type"));
  data.types.assign(data.tokens.size(), TokenType::kNormal);
  if (types.empty()) return {};
  if (types.size() != data.tokens.size()) {
    return errors.Corrupt("'tokenizer.ggml.token_type' has " + std::to_string(types.size()) +
                          " elements; the vocabulary has " + std::to_string(data.tokens.size()) + " tokens");
  }
  for (size_t id = 0; id < types.size(); ++id) {
    if (types[id] < static_cast<int>(TokenType::kNormal) || types[id] > static_cast<int>(TokenType::kByte)) {
      return errors.Corrupt("'tokenizer.ggml.token_type' of token " + std::to_string(id) + " is " +
                            std::to_string(types[id]) + "; expected 1 to 6");
    }
    data.types[id] = static_cast<TokenType>(types[id]);
  }
  return {};
}

/// An empty text can never be produced; such holes in a vocabulary are named and set aside.
void NameEmptyTokens(TokenizerData& data) {
  for (size_t id = 0; id < data.tokens.size(); ++id) {
    if (!data.tokens[id].empty()) continue;
    data.tokens[id] = "[EMPTY" + std::to_string(id) + "]";
    data.types[id] = TokenType::kUnused;
  }
}

Status ReadMerges(const GgufFields& fields, const FileErrors& errors, TokenizerData& data) {
  ESPALIER_ASSIGN_OR_RETURN(const auto merges, fields.FindStrings("merges"));
  if (merges.empty()) return errors.Corrupt("'tokenizer.ggml.merges' is missing or empty");
  data.merges.reserve(merges.size());
  for (const std::string_view merge : merges) {
    const size_t space = merge.find(' ');
    if (space == 0 || space == std::string_view::npos || space + 1 == merge.size()) {
      return errors.Corrupt("merge " + std::to_string(data.merges.size()) +
                            " of 'tokenizer.ggml.merges' is " + Quoted(merge) +
                            "; expected two pieces with a space between");
    }
    data.merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
  }
  return {};
}

Status ReadRoles(const GgufFields& fields, TokenizerData& data) {
  for (const RoleKey& role : kRoleKeys) {
    ESPALIER_ASSIGN_OR_RETURN(const auto id, fields.FindTokenId(role.key, data.tokens.size()));
    if (id && data.special.*role.role == kNoToken) data.special.*role.role = *id;
  }
  FindSpecialTokens(data);
  return {};
}

/// Whether texts begin with BOS where the file does not say: the Llama 3 family was trained so.
bool BeginsWithBos(std::string_view pre_tokenizer) {
  return pre_tokenizer == "llama-bpe" || pre_tokenizer == "llama3" || pre_tokenizer == "llama-v3";
}

}  // namespace

Result<TokenizerData> ReadGgufTokenizer(const GgufFile& file, uint32_t vocab_size, const FileErrors& errors) {
  const GgufFields fields(file, errors, "tokenizer.ggml.");
  TokenizerData data;
  ESPALIER_RETURN_IF_ERROR(CheckModel(fields, errors));
  ESPALIER_RETURN_IF_ERROR(ReadTokens(fields, vocab_size, errors, data));
  ESPALIER_RETURN_IF_ERROR(ReadTypes(fields, errors, data));
  ESPALIER_RETURN_IF_ERROR(fields.CheckArray("scores", GgufType::kFloat32, data.tokens.size()));
  NameEmptyTokens(data);
  ESPALIER_RETURN_IF_ERROR(ReadMerges(fields, errors, data));
  ESPALIER_RETURN_IF_ERROR(ReadRoles(fields, data));
  ESPALIER_ASSIGN_OR_RETURN(const auto pre, fields.FindString("pre"));
  data.pre_tokenizer = pre.value_or("default");
  ESPALIER_ASSIGN_OR_RETURN(const auto add_bos, fields.FindBool("add_bos_token"));
  data.add_bos = data.special.bos != kNoToken && add_bos.value_or(BeginsWithBos(data.pre_tokenizer));
  ESPALIER_ASSIGN_OR_RETURN(const auto chat_template,
                            GgufFields(file, errors).FindString("tokenizer.chat_template"));
  data.chat_template = chat_template.value_or("");
  return data;
}

}  // namespace espalier
