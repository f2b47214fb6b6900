#include "lsp/uri.h"

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

}  // namespace espalier::lsp
