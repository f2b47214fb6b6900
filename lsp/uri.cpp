#include "lsp/uri.h"

#include <cctype>
#include <charconv>
#include <string>

namespace espalier::lsp {
namespace {

std::string PercentDecoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const bool escaped = text[i] == '%' && i + 2 < text.size() &&
                         std::from_chars(&text[i + 1], &text[i + 1] + 2, value, 16).ptr == &text[i + 1] + 2;
    out.push_back(escaped ? static_cast<char>(value) : text[i]);
    if (escaped) i += 2;
  }
  return out;
}

std::string_view WithoutScheme(std::string_view uri) {
  const size_t colon = uri.find(':');
  const bool has_scheme =
      colon != std::string_view::npos && uri.substr(0, colon).find('/') == std::string_view::npos;
  return has_scheme ? uri.substr(colon + 1) : uri;
}

}  // namespace

std::filesystem::path PathOfUri(std::string_view uri) {
  std::string_view path = WithoutScheme(uri);
  if (path.starts_with("//")) {
    const size_t slash = path.find('/', 2);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
  }
  return PercentDecoded(path.substr(0, path.find_first_of("?#")));
}

std::string SiblingUri(std::string_view uri, std::string_view name) {
  constexpr std::string_view kUnreserved = "-._~";
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string sibling(uri.substr(0, uri.rfind('/') + 1));
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        byte < 0x80 && (std::isalnum(byte) != 0 || kUnreserved.find(c) != std::string_view::npos);
    if (plain) {
      sibling += c;
    } else {
      sibling += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return sibling;
}

}  // namespace espalier::lsp
