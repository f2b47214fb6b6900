#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/recipe.h"
#include "adapters/signature.h"
#include "testgen/harness/render.h"

namespace espalier::harness {

std::string Quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string WithoutMain(Language language, const std::string& source) {
  const auto functions = ListFunctions(AdapterFor(language), source);
  if (!functions) return source;
  std::string kept = source;
  for (auto at = functions->rbegin(); at != functions->rend(); ++at) {
    if (at->name == "main" && at->scopes.empty() && at->has_body) kept.erase(at->begin, at->end - at->begin);
  }
  return kept;
}

Program ProgramOf(Language language, const std::string& source) {
  const Recipe& recipe = *AdapterFor(language).recipe;
  Program program;
  program.language = language;
  program.main = language == Language::kJava ? JavaFileFor(source) : std::string(recipe.main_file);
  program.files = {{program.main, source}};
  return program;
}

}  // namespace espalier::harness
