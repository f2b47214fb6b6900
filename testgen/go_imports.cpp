#include "testgen/go_imports.h"

#include <cctype>
#include <string>

namespace espalier {

bool UsesGoPackage(std::string_view code, std::string_view package) {
  const std::string name = std::string(package.substr(package.rfind('/') + 1)) + ".";
  for (size_t at = code.find(name); at != std::string_view::npos; at = code.find(name, at + 1)) {
    const char before = at == 0 ? ' ' : code[at - 1];
    const char after = at + name.size() < code.size() ? code[at + name.size()] : ' ';
    const bool begins =
        std::isalnum(static_cast<unsigned char>(before)) == 0 && before != '_' && before != '.';
    if (begins && std::isalpha(static_cast<unsigned char>(after)) != 0) return true;
  }
  return false;
}

}  // namespace espalier
