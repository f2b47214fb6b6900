#include "model/hf_model.h"

#include <list>
#include <set>
#include <string>

#include "model/file_errors.h"
#include "model/hf_config.h"
#include "model/hf_tokenizer.h"
#include "model/json_fields.h"
#include "model/safetensors.h"
#include "model/special_tokens.h"
#include "model/weight_binder.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxJsonBytes = 256 << 20;  // the largest published tokenizer.json has about 30 MB

/// A small text file, mapped.
class TextFile {
 public:
  static Result<TextFile> Open(const fs::path& path) {
    TextFile file(path);
    ESPALIER_ASSIGN_OR_RETURN(file.mapped_, MappedFile::Open(path));
    if (file.mapped_.bytes().size() > kMaxJsonBytes) {
      return file.errors().Corrupt("has " + std::to_string(file.mapped_.bytes().size()) +
                                   " bytes; expected at most " + std::to_string(kMaxJsonBytes));
    }
    return file;
  }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(mapped_.bytes().data()), mapped_.bytes().size()};
  }
  const FileErrors& errors() const { return errors_; }

 private:
  explicit TextFile(const fs::path& path) : errors_(path) {}

  FileErrors errors_;
  MappedFile mapped_;
};

class DirectoryReader {
 public:
  explicit DirectoryReader(const fs::path& directory) : directory_(directory), errors_(directory) {}

  Result<ModelFile> Read();

 private:
  Status ReadConfig();
  Status ReadTokenizer();
  Status ReadWeights();
  Result<std::set<std::string>> ShardNames() const;
  Status ReadShard(const std::string& name);

  const fs::path& directory_;
  FileErrors errors_;
  HfConfig config_;
  ModelFile model_;
  std::list<std::vector<SafeTensor>> shards_;  // owns the names in tensors_
  NamedTensors tensors_;
};

Result<ModelFile> DirectoryReader::Read() {
  model_.path = directory_;
  ESPALIER_RETURN_IF_ERROR(ReadConfig());
  ESPALIER_RETURN_IF_ERROR(ReadWeights());
  ESPALIER_RETURN_IF_ERROR(ReadTokenizer());
  return std::move(model_);
}

Status DirectoryReader::ReadConfig() {
  ESPALIER_ASSIGN_OR_RETURN(const TextFile file, TextFile::Open(directory_ / "config.json"));
  ESPALIER_ASSIGN_OR_RETURN(config_, ParseHfConfig(file.text(), file.errors()));
  model_.hparams = config_.hparams;
  model_.hparams.name = fs::absolute(directory_).lexically_normal().filename().string();
  return {};
}

/// Files that hold the weights: one, or those that the index names.
Result<std::set<std::string>> DirectoryReader::ShardNames() const {
  const fs::path index_path = directory_ / "model.safetensors.index.json";
  std::error_code ignored;
  if (!fs::exists(index_path, ignored)) return std::set<std::string>{"model.safetensors"};
  ESPALIER_ASSIGN_OR_RETURN(const TextFile file, TextFile::Open(index_path));
  ESPALIER_ASSIGN_OR_RETURN(const nlohmann::json index, ParseJsonObject(file.text(), file.errors()));
  const nlohmann::json* map = FindMember(index, "weight_map");
  if (map == nullptr || !map->is_object()) return file.errors().Corrupt("the member 'weight_map' is missing");
  std::set<std::string> names;
  for (const auto& [tensor, shard] : map->items()) {
    const std::string name = shard.is_string() ? shard.get<std::string>() : "";
    if (!name.ends_with(".safetensors") || fs::path(name).filename() != name) {
      return file.errors().Corrupt("'weight_map' puts tensor " + Quoted(tensor) + " into " + Quoted(name) +
                                   ", which is not the name of a safetensors file");
    }
    names.insert(name);
  }
  return names;
}

Status DirectoryReader::ReadShard(const std::string& name) {
  const FileErrors errors(directory_ / name);
  ESPALIER_ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::Open(directory_ / name));
  model_.files.push_back(std::make_shared<MappedFile>(std::move(mapped)));
  ESPALIER_ASSIGN_OR_RETURN(auto tensors, ParseSafetensors(model_.files.back()->bytes(), errors));
  shards_.push_back(std::move(tensors));
  for (const SafeTensor& tensor : shards_.back()) {
    if (!tensors_.emplace(tensor.name, tensor.view).second) {
      return errors.Corrupt("tensor " + Quoted(tensor.name) + " is in another file of the model too");
    }
  }
  return {};
}

Status DirectoryReader::ReadWeights() {
  ESPALIER_ASSIGN_OR_RETURN(const std::set<std::string> shards, ShardNames());
  for (const std::string& shard : shards) ESPALIER_RETURN_IF_ERROR(ReadShard(shard));
  constexpr std::string_view kOutput = "lm_head.weight";
  if (config_.tied_output) {
    tensors_.erase(kOutput);
  } else if (!tensors_.contains(kOutput)) {
    return errors_.Corrupt("tensor " + Quoted(kOutput) +
                           " is missing, and 'tie_word_embeddings' is not true");
  }
  ESPALIER_RETURN_IF_ERROR(BindWeights(tensors_, TensorNaming::kHuggingFace, errors_, model_));
  if (model_.hparams.vocab_size == config_.hparams.vocab_size) return {};
  return errors_.Corrupt("'vocab_size' is " + std::to_string(config_.hparams.vocab_size) +
                         ", but the embedding has " + std::to_string(model_.hparams.vocab_size) + " rows");
}

Status DirectoryReader::ReadTokenizer() {
  ESPALIER_ASSIGN_OR_RETURN(const TextFile file, TextFile::Open(directory_ / "tokenizer.json"));
  ESPALIER_ASSIGN_OR_RETURN(model_.tokenizer, ParseHfTokenizer(file.text(), file.errors()));
  TokenizerData& data = model_.tokenizer;
  if (data.tokens.size() > model_.hparams.vocab_size) {
    return file.errors().Corrupt("the vocabulary has " + std::to_string(data.tokens.size()) +
                                 " tokens, but the embedding has " +
                                 std::to_string(model_.hparams.vocab_size) + " rows");
  }
  // Embeddings are often padded to a round number of rows.
  for (size_t id = data.tokens.size(); id < model_.hparams.vocab_size; ++id) {
    data.tokens.push_back("[PAD" + std::to_string(id) + "]");
    data.types.push_back(TokenType::kUnused);
  }
  data.special.bos = config_.bos;
  data.special.eos = config_.eos;
  data.special.pad = config_.pad;
  const fs::path config_path = directory_ / "tokenizer_config.json";
  std::error_code ignored;
  if (fs::exists(config_path, ignored)) {
    ESPALIER_ASSIGN_OR_RETURN(const TextFile config, TextFile::Open(config_path));
    ESPALIER_RETURN_IF_ERROR(ApplyHfTokenizerConfig(config.text(), config.errors(), data));
  }
  FindSpecialTokens(data);
  return {};
}

}  // namespace

Result<ModelFile> ReadHfModel(const fs::path& directory) { return DirectoryReader(directory).Read(); }

}  // namespace espalier
