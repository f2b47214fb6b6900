// A model from a GGUF file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "base/result.h"
#include "model/model_file.h"

namespace espalier {

/// Reads the model in `bytes`, which must outlive the result; `path` is for messages.
/// Errors: kCorrupt, kUnsupported.
Result<ModelFile> ReadGgufModel(std::span<const std::byte> bytes, const std::filesystem::path& path);

}  // namespace espalier
