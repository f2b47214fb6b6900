// What the tests of the recogniser share: its verdict and tree-sitter's on the same text, and bytes as
// readable text.
#pragma once

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "grammar/recogniser.h"
#include "grammar/syntax.h"

namespace espalier {

/// tree-sitter's own verdict on a whole text.
inline bool TreeSitterAccepts(Language language, std::string_view text) {
  return SyntaxTree::Parse(language, text)->clean();
}

/// One recogniser's verdicts on many texts: it goes back to the beginning for each.
class TextJudge {
 public:
  explicit TextJudge(const Grammar& grammar) : recogniser_(grammar), start_(recogniser_.place()) {}
  explicit TextJudge(Language language) : TextJudge(Grammar::For(language)) {}

  bool Accepts(std::string_view text) {
    recogniser_.ReturnTo(start_);
    return recogniser_.Advance(text) && recogniser_.Complete();
  }
  /// Whether the last text was too ambiguous.
  bool gave_up() const { return recogniser_.gave_up(); }
  /// Stands at the end of the last text.
  Recogniser& recogniser() { return recogniser_; }

  /// The first byte with which the text is no longer viable; text.size() if it is to its end.
  size_t FirstRefused(std::string_view text) {
    recogniser_.ReturnTo(start_);
    for (size_t at = 0; at < text.size(); ++at) {
      if (!recogniser_.Advance(text.substr(at, 1)) || !recogniser_.Viable()) return at;
    }
    return text.size();
  }

 private:
  Recogniser recogniser_;
  Recogniser::Place start_;
};

/// The language with this LSP id.
inline std::optional<Language> LanguageOfId(std::string_view id) {
  for (size_t i = 0; i < kLanguageCount; ++i) {
    if (LanguageId(static_cast<Language>(i)) == id) return static_cast<Language>(i);
  }
  return std::nullopt;
}

/// \xHH becomes a byte; everything else stays as it is.
inline std::string Unescaped(std::string_view text) {
  const auto is_digit = [&](size_t i) {
    return i < text.size() && std::isxdigit(static_cast<uint8_t>(text[i])) != 0;
  };
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\\x" && is_digit(i + 2) && is_digit(i + 3)) {
      bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
      i += 3;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

/// For messages of failure: line breaks and ASCII as they are, other bytes as \xHH, long texts cut.
inline std::string Readable(std::string_view bytes, size_t most = 4000) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text;
  for (const char byte : bytes.substr(0, most)) {
    const auto value = static_cast<uint8_t>(byte);
    const bool is_plain = (value >= ' ' && value < 0x7F) || byte == '\n' || byte == '\t';
    text += is_plain ? std::string{byte} : std::string{'\\', 'x', kHex[value >> 4], kHex[value & 15]};
  }
  return bytes.size() > most ? text + "..." : text;
}

}  // namespace espalier
