#include "model/hf_tokenizer.h"

#include <algorithm>
#include <string>

#include "model/hf_pretokenizer.h"
#include "model/json_fields.h"
#include "model/special_tokens.h"

namespace espalier {
namespace {

using nlohmann::json;

constexpr size_t kMaxHoles = 1 << 16;  // ids are dense but for a few that a family keeps back

/// Texts that a vocabulary keeps for marks. Files often declare the marks for infilling as plain added
/// text; taken so, a model could write them into a program.
bool LooksLikeMark(std::string_view text) {
  const bool bars = text.starts_with("<|") && text.ends_with("|>");
  const bool wide_bars = text.starts_with("<｜") && text.ends_with("｜>");
  return bars || wide_bars || text.starts_with("<fim_") || text == "<file_sep>" || text == "<repo_name>";
}

class Reader {
 public:
  Reader(const json& file, const FileErrors& errors) : file_(file), errors_(errors) {}

  Result<TokenizerData> Read();

 private:
  Status CheckModel(const json& model) const;
  Status ReadVocabulary(const json& model);
  Status ReadAddedTokens();
  Status ReadMerges(const json& model);
  Status Add(const std::string& text, const json& id, TokenType type);
  void NameHoles();

  const json& file_;
  const FileErrors& errors_;
  size_t max_tokens_ = 0;
  TokenizerData data_;
};

Result<TokenizerData> Reader::Read() {
  const json* model = FindMember(file_, "model");
  if (model == nullptr) return errors_.Corrupt("the member 'model' is missing");
  ESPALIER_RETURN_IF_ERROR(CheckModel(*model));
  ESPALIER_RETURN_IF_ERROR(CheckHfNormalizer(file_, errors_));
  ESPALIER_ASSIGN_OR_RETURN(data_.pre_tokenizer, RecognizeHfPretokenizer(file_, errors_));
  ESPALIER_RETURN_IF_ERROR(ReadVocabulary(*model));
  ESPALIER_RETURN_IF_ERROR(ReadAddedTokens());
  ESPALIER_RETURN_IF_ERROR(ReadMerges(*model));
  NameHoles();
  data_.add_bos = HfPostProcessorAddsBos(file_);
  return std::move(data_);
}

Status Reader::CheckModel(const json& model) const {
  const std::string type = FindText(model, "type").value_or("BPE");
  if (type != "BPE") {
    return errors_.Unsupported("'model.type' is " + Quoted(type) + "; only 'BPE' is supported");
  }
  if (IsTrue(model, "byte_fallback")) {
    return errors_.Unsupported(
        "'model.byte_fallback' is true (SentencePiece); only byte-level BPE is supported");
  }
  return {};
}

Status Reader::Add(const std::string& text, const json& id, TokenType type) {
  if (!id.is_number_unsigned() || id.get<uint64_t>() >= max_tokens_) {
    return errors_.Corrupt("the id of token " + Quoted(text) + " is not 0 to " +
                           std::to_string(max_tokens_ - 1));
  }
  if (text.empty() || text.find('\0') != std::string::npos) {
    return errors_.Corrupt("token " + std::to_string(id.get<uint64_t>()) +
                           " is empty or contains a NUL byte");
  }
  const auto index = id.get<size_t>();
  if (index >= data_.tokens.size()) {
    data_.tokens.resize(index + 1);
    data_.types.resize(index + 1, TokenType::kUnused);
  }
  if (!data_.tokens[index].empty() && data_.tokens[index] != text) {
    return errors_.Corrupt("tokens " + Quoted(data_.tokens[index]) + " and " + Quoted(text) +
                           " share the id " + std::to_string(index));
  }
  data_.tokens[index] = text;
  data_.types[index] = type;
  return {};
}

Status Reader::ReadVocabulary(const json& model) {
  const json* vocabulary = FindMember(model, "vocab");
  if (vocabulary == nullptr || !vocabulary->is_object() || vocabulary->empty()) {
    return errors_.Corrupt("'model.vocab' is missing or empty");
  }
  const json* added = FindMember(file_, "added_tokens");
  max_tokens_ = vocabulary->size() + (added == nullptr ? 0 : added->size()) + kMaxHoles;
  for (const auto& [text, id] : vocabulary->items()) {
    ESPALIER_RETURN_IF_ERROR(Add(text, id, TokenType::kNormal));
  }
  return {};
}

Status Reader::ReadAddedTokens() {
  const json* added = FindMember(file_, "added_tokens");
  if (added == nullptr) return {};
  if (!added->is_array()) return errors_.Corrupt("'added_tokens' is not an array");
  for (const json& token : *added) {
    const std::optional<std::string> text = FindText(token, "content");
    const json* id = FindMember(token, "id");
    if (!text || id == nullptr)
      return errors_.Corrupt("an element of 'added_tokens' has no 'id' or 'content'");
    const bool control = IsTrue(token, "special") || LooksLikeMark(*text);
    ESPALIER_RETURN_IF_ERROR(Add(*text, *id, control ? TokenType::kControl : TokenType::kUserDefined));
  }
  return {};
}

/// "left right", or ["left", "right"] as newer files have it.
bool AddMerge(const json& merge, TokenizerData& data) {
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
    data.merges.emplace_back(merge[0].get<std::string>(), merge[1].get<std::string>());
    return true;
  }
  if (!merge.is_string()) return false;
  const auto& text = merge.get_ref<const std::string&>();
  const size_t space = text.find(' ');
  if (space == 0 || space == std::string::npos || space + 1 == text.size()) return false;
  data.merges.emplace_back(text.substr(0, space), text.substr(space + 1));
  return true;
}

Status Reader::ReadMerges(const json& model) {
  const json* merges = FindMember(model, "merges");
  if (merges == nullptr || !merges->is_array() || merges->empty()) {
    return errors_.Corrupt("'model.merges' is missing or empty");
  }
  data_.merges.reserve(merges->size());
  for (const json& merge : *merges) {
    if (!AddMerge(merge, data_)) {
      return errors_.Corrupt("merge " + std::to_string(data_.merges.size()) +
                             " of 'model.merges' is not a pair of pieces");
    }
  }
  return {};
}

void Reader::NameHoles() {
  for (size_t id = 0; id < data_.tokens.size(); ++id) {
    if (data_.tokens[id].empty()) data_.tokens[id] = "[PAD" + std::to_string(id) + "]";
  }
}

/// The text of a member that is a string, or an object with "content", as token members are.
std::optional<std::string> TokenText(const json& config, std::string_view name) {
  const json* value = FindMember(config, name);
  if (value == nullptr) return std::nullopt;
  return value->is_string() ? value->get<std::string>() : FindText(*value, "content");
}

/// One template, or the one called "default" of several.
std::string ChatTemplate(const json& config) {
  const json* value = FindMember(config, "chat_template");
  if (value == nullptr) return "";
  if (value->is_string()) return value->get<std::string>();
  if (!value->is_array()) return "";
  for (const json& named : *value) {
    if (FindText(named, "name") == "default") return FindText(named, "template").value_or("");
  }
  return "";
}

}  // namespace

Result<TokenizerData> ParseHfTokenizer(std::string_view text, const FileErrors& errors) {
  ESPALIER_ASSIGN_OR_RETURN(const json file, ParseJsonObject(text, errors));
  return Reader(file, errors).Read();
}

Status ApplyHfTokenizerConfig(std::string_view text, const FileErrors& errors, TokenizerData& data) {
  ESPALIER_ASSIGN_OR_RETURN(const json config, ParseJsonObject(text, errors));
  data.chat_template = ChatTemplate(config);
  const json* add_bos = FindMember(config, "add_bos_token");
  if (add_bos != nullptr && add_bos->is_boolean()) data.add_bos = add_bos->get<bool>();
  const std::optional<std::string> pad = TokenText(config, "pad_token");
  if (!pad || data.special.pad != kNoToken) return {};
  const auto found = std::find(data.tokens.begin(), data.tokens.end(), *pad);
  if (found == data.tokens.end())
    return errors.Corrupt("'pad_token' " + Quoted(*pad) + " is not in the vocabulary");
  data.special.pad = static_cast<TokenId>(found - data.tokens.begin());
  return {};
}

}  // namespace espalier
