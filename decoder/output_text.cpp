#include "decoder/output_text.h"

#include <algorithm>
#include <utility>

namespace espalier {

OutputText::OutputText(const Tokenizer& tokenizer, std::vector<std::string> stop_strings, size_t forced_bytes)
    : decoder_(tokenizer), stops_(std::move(stop_strings)), unchecked_bytes_(forced_bytes) {}

std::string OutputText::Release(std::string_view decoded) {
  const size_t unchecked = std::min(unchecked_bytes_, decoded.size());
  unchecked_bytes_ -= unchecked;
  return std::string(decoded.substr(0, unchecked)) + stops_.Push(decoded.substr(unchecked));
}

std::string OutputText::Push(TokenId token) {
  std::string released = Release(decoder_.Push(token));
  text_ += released;
  return released;
}

std::string OutputText::Finish(bool with_unfinished) {
  const std::string unfinished = decoder_.Flush();
  std::string released;
  if (!stops_.matched() && with_unfinished) released = Release(unfinished);
  released += stops_.Flush();
  text_ += released;
  return released;
}

}  // namespace espalier
