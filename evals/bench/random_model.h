// A model of a known shape with random weights, in memory: what speed depends on, without a file. Its answers
// mean nothing.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"
#include "model/model_file.h"

namespace espalier {

/// Memory for a matrix all of whose rows are `row`; it lives in the file.
std::byte* AddMatrix(ModelFile& file, DataType type, size_t rows, std::span<const float> row);

/// "tiny", "0.5b", "1.5b" or "7b": the shapes of Qwen2.5-Coder, with the types of weights of Q4_K_M files.
/// Errors: kInvalidArgument.
Result<ModelFile> MakeRandomModel(std::string_view shape);

}  // namespace espalier
