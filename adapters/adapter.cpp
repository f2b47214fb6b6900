#include "adapters/adapter.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "adapters/builtin.h"

namespace espalier {
namespace {

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lowered;
}

bool SameName(std::string_view a, std::string_view b) { return Lowered(a) == Lowered(b); }

template <typename Matches>
const Adapter* FindAdapter(Matches matches) {
  const auto all = AllAdapters();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Adapter* adapter) { return matches(*adapter); });
  return found == all.end() ? nullptr : *found;
}

template <typename Matches>
bool AnyOf(std::span<const std::string_view> texts, Matches matches) {
  return std::any_of(texts.begin(), texts.end(), matches);
}

}  // namespace

std::span<const Adapter* const> AllAdapters() {
  static const std::array<const Adapter*, kLanguageCount> kAll = {
      &PythonAdapter(),     &CAdapter(),   &CppAdapter(), &JavaAdapter(), &JavaScriptAdapter(),
      &TypeScriptAdapter(), &TsxAdapter(), &GoAdapter(),  &RustAdapter(),
  };
  return kAll;
}

const Adapter& AdapterFor(Language language) {
  return *FindAdapter([language](const Adapter& adapter) { return adapter.language == language; });
}

const Adapter* AdapterForPath(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension.empty()) return nullptr;
  const Adapter* exact = FindAdapter([&](const Adapter& adapter) {
    return AnyOf(adapter.extensions, [&](std::string_view known) { return known == extension; });
  });
  if (exact != nullptr) return exact;
  return FindAdapter([&](const Adapter& adapter) {
    return AnyOf(adapter.extensions, [&](std::string_view known) { return SameName(known, extension); });
  });
}

const Adapter* AdapterForName(std::string_view name) {
  return FindAdapter([name](const Adapter& adapter) {
    return SameName(name, LanguageId(adapter.language)) || SameName(name, adapter.display_name) ||
           AnyOf(adapter.aliases, [&](std::string_view alias) { return SameName(name, alias); });
  });
}

}  // namespace espalier
