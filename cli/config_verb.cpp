// espalier config: every setting with its value and where the value comes from.
#include <fmt/format.h>

#include <string>

#include "cli/output.h"
#include "cli/verb.h"

namespace espalier {
namespace {

std::string OriginOf(const LoadedSettings& settings, std::string_view key) {
  const auto found = settings.origins.find(key);
  return found == settings.origins.end() ? "default" : found->second;
}

nlohmann::json SettingsJson(const LoadedSettings& settings) {
  nlohmann::json json = nlohmann::json::object();
  for (const SettingInfo& info : AllSettings()) {
    json[std::string(info.key)] = {{"value", nlohmann::json::parse(SettingText(info, settings.values))},
                                   {"origin", OriginOf(settings, info.key)},
                                   {"environment", EnvironmentName(info)},
                                   {"description", info.description}};
  }
  return json;
}

void PrintSettings(const LoadedSettings& settings) {
  for (const SettingInfo& info : AllSettings()) {
    fmt::print("# {} ({})\n{} = {}\n", info.description, OriginOf(settings, info.key), info.key,
               SettingText(info, settings.values));
  }
}

Result<ExitCode> RunConfig(const Invocation& invocation) {
  ESPALIER_RETURN_IF_ERROR(invocation.settings_status);
  if (invocation.json) {
    PrintJson(SettingsJson(invocation.settings));
  } else {
    PrintSettings(invocation.settings);
  }
  return ExitCode::kOk;
}

constexpr const char* kExamples = R"(  espalier config
  espalier config > ~/.config/espalier/config.toml     the output is a valid configuration file
  ESPALIER_THREADS=4 espalier config --json | jq .threads

Later wins: default, ~/.config/espalier/config.toml, .espalier.toml in this folder or the nearest above
it, environment (ESPALIER_COMPLETE_MAX_TOKENS for complete.max_tokens), flags.)";

}  // namespace

void AddConfigVerb(CLI::App& app, Invocation& invocation) {
  AddVerb(app, invocation, "config", "Show every setting and where it comes from", kExamples,
          [&invocation] { return RunConfig(invocation); });
}

}  // namespace espalier
