// Tokenizer data from the metadata of a GGUF file. Internal to the reader.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "model/file_errors.h"
#include "model/gguf.h"
#include "model/model_file.h"

namespace espalier {

/// Errors: kCorrupt, also when there are not as many tokens as embedding rows (`vocab_size`);
/// kUnsupported when the vocabulary is not a byte-level BPE ("gpt2").
Result<TokenizerData> ReadGgufTokenizer(const GgufFile& file, uint32_t vocab_size, const FileErrors& errors);

}  // namespace espalier
