// tokenizer.json and tokenizer_config.json of a Hugging Face model. Internal to the reader.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/file_errors.h"
#include "model/model_file.h"

namespace espalier {

/// Tokens in order of id; ids that the file leaves out become unused tokens. Roles are found by name.
/// Errors: kCorrupt; kUnsupported (not a byte-level BPE, a pre-tokenizer or normalizer that is not known).
Result<TokenizerData> ParseHfTokenizer(std::string_view text, const FileErrors& errors);

/// Takes the chat template, the BOS rule and the padding token from tokenizer_config.json. Errors: kCorrupt.
Status ApplyHfTokenizerConfig(std::string_view text, const FileErrors& errors, TokenizerData& data);

}  // namespace espalier
