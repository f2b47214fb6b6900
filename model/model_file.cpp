#include "model/model_file.h"

#include "model/gguf_model.h"
#include "model/hf_model.h"

namespace espalier {
namespace {

Result<ModelFile> OpenGgufFile(const std::filesystem::path& path) {
  ESPALIER_ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::Open(path));
  auto file = std::make_shared<MappedFile>(std::move(mapped));
  ESPALIER_ASSIGN_OR_RETURN(ModelFile model, ReadGgufModel(file->bytes(), path));
  model.files.push_back(std::move(file));
  return model;
}

}  // namespace

Result<ModelFile> OpenModelFile(const std::filesystem::path& path) {
  std::error_code ignored;  // what cannot be examined cannot be opened either, and opening says why
  return std::filesystem::is_directory(path, ignored) ? ReadHfModel(path) : OpenGgufFile(path);
}

}  // namespace espalier
