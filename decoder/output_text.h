// From a request's output tokens to its text: whole code points, stop strings watched for in what lies
// beyond the forced text. Not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/stop_strings.h"
#include "model/tokenizer.h"

namespace espalier {

class OutputText {
 public:
  /// Stop strings are not looked for in the first `forced_bytes` bytes, which the caller asked for.
  OutputText(const Tokenizer& tokenizer, std::vector<std::string> stop_strings, size_t forced_bytes);

  /// Adds a token; returns the text that became certain.
  std::string Push(TokenId token);
  /// Ends the text; returns what had been held back. A code point that is not finished comes out as U+FFFD,
  /// or is left out.
  std::string Finish(bool with_unfinished = true);
  bool stopped() const { return stops_.matched(); }
  const std::string& text() const { return text_; }

 private:
  std::string Release(std::string_view decoded);

  StreamDecoder decoder_;
  StopStrings stops_;
  size_t unchecked_bytes_;
  std::string text_;
};

}  // namespace espalier
