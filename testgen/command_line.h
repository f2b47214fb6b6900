// Internal to testgen/: the commands of a recipe (adapters/recipe.h), with what their places stand for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/adapter.h"
#include "testgen/sandbox.h"

namespace espalier {

/// What the places of a recipe stand for in one program.
struct CommandPlaces {
  std::string main;                  ///< {main}; {stem} comes from it
  std::vector<std::string> sources;  ///< {sources}
  uint64_t heap_bytes = 0;           ///< {heap_mb}
  std::string warm;                  ///< {warm}; empty: words with it are left out
};

std::vector<std::string> ExpandCommand(std::span<const std::string_view> words, const CommandPlaces& places);
/// Of variables with one name, the first that is there.
std::vector<std::string> ExpandEnvironment(std::span<const std::string_view> variables,
                                           const CommandPlaces& places);

/// Has the file one of the language's extensions?
bool IsSourceOf(const Adapter& adapter, const std::string& path);

}  // namespace espalier
