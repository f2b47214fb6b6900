// A model from a Hugging Face directory: config.json, tokenizer.json and *.safetensors.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "model/model_file.h"

namespace espalier {

/// Errors: kNotFound (one of the files), kCorrupt, kUnsupported, kIo.
Result<ModelFile> ReadHfModel(const std::filesystem::path& directory);

}  // namespace espalier
