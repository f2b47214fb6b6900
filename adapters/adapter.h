// Facts about one programming language that the rest of Espalier asks for. One folder a language; the
// list is written out in AllAdapters(). Adapters are static and immutable.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/recipe.h"
#include "adapters/symbol_kinds.h"
#include "adapters/test_recipe.h"
#include "grammar/syntax.h"

namespace espalier {

struct Adapter {
  Language language;
  std::string_view display_name;                 ///< "C++"
  std::span<const std::string_view> extensions;  ///< with the dot: ".cpp", ".hpp"
  std::span<const std::string_view> aliases;     ///< further names people use: "c++", "golang"
  std::string_view line_comment;                 ///< "//" or "#"
  bool indentation_is_syntax = false;            ///< Python
  /// Kinds of nodes that end an inline completion when their end is reached (a whole statement, a
  /// function, a class ...), from small to large.
  std::span<const std::string_view> statement_kinds;
  std::span<const std::string_view> block_kinds;  ///< bodies: block, statement_block, ...
  std::span<const std::string_view> function_kinds;
  const SymbolKinds* symbols = nullptr;   ///< where names and parameters are; never null
  const Recipe* recipe = nullptr;         ///< how programs are built and run; never null
  const TestRecipe* framework = nullptr;  ///< how tests in its usual framework are run; never null
};

/// Every adapter, in a fixed order.
std::span<const Adapter* const> AllAdapters();
const Adapter& AdapterFor(Language language);
/// By file extension (case-sensitive, then not); nullptr when no adapter knows it.
const Adapter* AdapterForPath(const std::filesystem::path& path);
/// By LSP language id or a common name ("py", "c++", "js"); nullptr when unknown.
const Adapter* AdapterForName(std::string_view name);

}  // namespace espalier
