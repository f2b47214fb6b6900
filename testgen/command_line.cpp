#include "testgen/command_line.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace espalier {
namespace {

constexpr std::string_view kWarm = "{warm}";

void ReplaceAll(std::string& text, std::string_view place, std::string_view value) {
  for (size_t at = text.find(place); at != std::string::npos; at = text.find(place, at + value.size()))
    text.replace(at, place.size(), value);
}

std::string Expand(std::string_view word, const CommandPlaces& places) {
  constexpr uint64_t kMebibyte = 1 << 20;
  std::string text(word);
  ReplaceAll(text, "{main}", places.main);
  ReplaceAll(text, "{stem}", std::filesystem::path(places.main).replace_extension().string());
  ReplaceAll(text, "{heap_mb}", std::to_string(std::max<uint64_t>(1, places.heap_bytes / kMebibyte)));
  ReplaceAll(text, kWarm, places.warm);
  return text;
}

bool IsLeftOut(std::string_view word, const CommandPlaces& places) {
  return places.warm.empty() && word.find(kWarm) != std::string_view::npos;
}

}  // namespace

std::vector<std::string> ExpandCommand(std::span<const std::string_view> words, const CommandPlaces& places) {
  std::vector<std::string> command;
  for (std::string_view word : words) {
    if (word == "{sources}") {
      command.insert(command.end(), places.sources.begin(), places.sources.end());
    } else if (!IsLeftOut(word, places)) {
      command.push_back(Expand(word, places));
    }
  }
  return command;
}

std::vector<std::string> ExpandEnvironment(std::span<const std::string_view> variables,
                                           const CommandPlaces& places) {
  std::vector<std::string> environment;
  for (std::string_view variable : variables) {
    const std::string_view name = variable.substr(0, variable.find('=') + 1);
    const bool given = std::any_of(environment.begin(), environment.end(),
                                   [&](const std::string& one) { return one.starts_with(name); });
    if (!given && !IsLeftOut(variable, places)) environment.push_back(Expand(variable, places));
  }
  return environment;
}

bool IsSourceOf(const Adapter& adapter, const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension();
  return std::find(adapter.extensions.begin(), adapter.extensions.end(), extension) !=
         adapter.extensions.end();
}

}  // namespace espalier
