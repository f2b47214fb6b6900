#include "cli/languages.h"

#include <fmt/format.h>

#include <vector>

#include "base/suggest.h"

namespace espalier {
namespace {

std::vector<std::string_view> LanguageIds() {
  std::vector<std::string_view> ids;
  for (const Adapter* adapter : AllAdapters()) ids.push_back(LanguageId(adapter->language));
  return ids;
}

}  // namespace

Result<const Adapter*> LanguageNamed(std::string_view name) {
  if (const Adapter* adapter = AdapterForName(name)) return adapter;
  const std::vector<std::string_view> ids = LanguageIds();
  const std::string hint = DidYouMean(name, ids);
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("unknown language '{}'{}", name,
                          hint.empty() ? fmt::format("; it is one of: {}", fmt::join(ids, ", ")) : hint));
}

Result<const Adapter*> LanguageOfFile(const std::string& file) {
  if (const Adapter* adapter = AdapterForPath(file)) return adapter;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("cannot tell the language of '{}'; add --language with one of: {}", file,
                          fmt::join(LanguageIds(), ", ")));
}

}  // namespace espalier
