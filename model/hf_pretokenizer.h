// What the pipeline members of a tokenizer.json mean in terms of the pre-tokenizers that this program
// has. Internal to the reader.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "model/file_errors.h"

namespace espalier {

/// The GGUF name ("qwen2", "llama-bpe", "gpt-2", "starcoder") of the file's "pre_tokenizer", recognised
/// by its steps and regular expression. Errors: kUnsupported.
Result<std::string> RecognizeHfPretokenizer(const nlohmann::json& file, const FileErrors& errors);

/// Text is not normalised here: no normalizer, or NFC, which leaves nearly all code as it is, is accepted.
/// Errors: kUnsupported.
Status CheckHfNormalizer(const nlohmann::json& file, const FileErrors& errors);

/// True when the "post_processor" puts a special token before a text.
bool HfPostProcessorAddsBos(const nlohmann::json& file);

}  // namespace espalier
