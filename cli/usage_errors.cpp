#include "cli/usage_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/suggest.h"

namespace espalier {
namespace {

/// The innermost verb that was named.
struct Deepest {
  const CLI::App* app;
  std::string name;   ///< with the program: "espalier model pull"
  std::string where;  ///< to begin a line with: "model pull: ", or nothing for the program itself
};

Deepest DeepestVerb(const CLI::App& app) {
  Deepest deepest{&app, app.get_name(), ""};
  while (!deepest.app->get_subcommands().empty()) {
    deepest.app = deepest.app->get_subcommands().front();
    deepest.name += " " + deepest.app->get_name();
    deepest.where = deepest.name.substr(app.get_name().size() + 1) + ": ";
  }
  return deepest;
}

std::string SuggestFrom(const std::string& word, const std::vector<std::string>& names,
                        const std::string& verb) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string hint = DidYouMean(word, views);
  return hint.empty() ? fmt::format("; see: {} --help", verb) : hint;
}

std::string UnknownFlagLine(const Deepest& at, const std::string& word) {
  const std::string flag = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const CLI::Option* option : at.app->get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return fmt::format("{}unknown flag '{}'{}", at.where, flag, SuggestFrom(flag, names, at.name));
}

std::string UnknownWordLine(const Deepest& at, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* verb : at.app->get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  if (names.empty()) {
    return fmt::format("{}unexpected argument '{}'; see: {} --help", at.where, word, at.name);
  }
  return fmt::format("{}unknown verb '{}'{}", at.where, word, SuggestFrom(word, names, at.name));
}

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

std::string UsageErrorLine(const CLI::App& app, const CLI::ParseError& error) {
  const Deepest at = DeepestVerb(app);
  std::vector<std::string> rest = app.remaining(true);
  std::erase(rest, "--");  // which is never the mistake
  const auto flag = std::find_if(rest.begin(), rest.end(),
                                 [](const auto& word) { return word.starts_with("-") && word != "-"; });
  if (flag != rest.end()) return UnknownFlagLine(at, *flag);
  if (!rest.empty()) return UnknownWordLine(at, rest.front());
  return fmt::format("{}{}; see: {} --help", at.where, OneLine(error.what()), at.name);
}

}  // namespace espalier
