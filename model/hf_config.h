// config.json of a Hugging Face model. Internal to the reader.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/file_errors.h"
#include "model/model_file.h"

namespace espalier {

struct HfConfig {
  HyperParameters hparams;  ///< vocab_size as config.json has it
  bool tied_output = false;
  TokenId bos = kNoToken;
  TokenId eos = kNoToken;  ///< the first, when there are several
  TokenId pad = kNoToken;
};

/// Errors: kCorrupt; kUnsupported (architecture, activation, sliding window, quantized weights).
Result<HfConfig> ParseHfConfig(std::string_view text, const FileErrors& errors);

}  // namespace espalier
