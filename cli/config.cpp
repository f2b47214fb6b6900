#include "cli/config.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace espalier {
namespace {

namespace fs = std::filesystem;
using SettingValue = std::variant<std::string, bool, int64_t, double>;

std::optional<SettingValue> ValueOf(const toml::node& node) {
  if (const auto* text = node.as_string()) return SettingValue(text->get());
  if (const auto* flag = node.as_boolean()) return SettingValue(flag->get());
  if (const auto* number = node.as_integer()) return SettingValue(number->get());
  if (const auto* number = node.as_floating_point()) return SettingValue(number->get());
  return std::nullopt;
}

/// Reads one file into `loaded`.
class ConfigFile {
 public:
  ConfigFile(const fs::path& path, LoadedSettings& loaded) : path_(path), loaded_(loaded) {}

  Status Read() {
    std::ifstream stream(path_, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    if (!stream) return Fail(ErrorCode::kIo, "cannot read '" + path_.string() + "'; check its permissions");
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
      const toml::parse_error& error = parsed.error();
      return At(error.source().begin.line, std::string(error.description()));
    }
    ESPALIER_RETURN_IF_ERROR(ReadTable(parsed.table(), ""));
    loaded_.files.push_back(path_);
    return {};
  }

 private:
  Status ReadTable(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      if (const toml::table* inner = node.as_table(); inner != nullptr && prefix.empty() && IsSection(key)) {
        ESPALIER_RETURN_IF_ERROR(ReadTable(*inner, key + "."));
      } else {
        ESPALIER_RETURN_IF_ERROR(ReadValue(key, node));
      }
    }
    return {};
  }

  Status ReadValue(const std::string& key, const toml::node& node) {
    const auto line = node.source().begin.line;
    const SettingInfo* info = FindSetting(key);
    if (info == nullptr) return At(line, UnknownSettingMessage(key));
    const auto value = ValueOf(node);
    if (!value) return At(line, key + " must be a single value");
    if (const Status status = AssignSetting(*info, loaded_.values, *value); !status) {
      return At(line, status.error().message);
    }
    loaded_.origins[key] = fmt::format("{}:{}", path_.string(), line);
    return {};
  }

  static bool IsSection(const std::string& name) {
    for (const SettingInfo& info : AllSettings()) {
      if (info.key.starts_with(name + ".")) return true;
    }
    return false;
  }

  Status At(toml::source_index line, const std::string& what) const {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}:{}: {}", path_.string(), line, what));
  }

  const fs::path& path_;
  LoadedSettings& loaded_;
};

bool IsFile(const fs::path& path) {
  std::error_code ignored;
  return !path.empty() && fs::exists(path, ignored);
}

Status ReadEnvironment(const ConfigSources& sources, LoadedSettings& loaded) {
  for (const SettingInfo& info : AllSettings()) {
    const std::string name = EnvironmentName(info);
    const char* text = sources.environment(name.c_str());
    if (text == nullptr || *text == '\0') continue;
    if (const Status status = AssignSettingText(info, loaded.values, text); !status) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("environment variable {}: {}", name, status.error().message));
    }
    loaded.origins[std::string(info.key)] = "$" + name;
  }
  return {};
}

}  // namespace

ConfigSources ConfigSources::OfProcess() {
  ConfigSources sources;
  const char* config_home = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  if (config_home != nullptr && *config_home != '\0') {
    sources.user_file = fs::path(config_home) / "espalier" / "config.toml";
  } else if (home != nullptr) {
    sources.user_file = fs::path(home) / ".config" / "espalier" / "config.toml";
  }
  std::error_code ignored;
  sources.start_folder = fs::current_path(ignored);
  sources.environment = [](const char* name) -> const char* { return std::getenv(name); };
  return sources;
}

fs::path FindProjectFile(const fs::path& folder) {
  for (fs::path at = folder; !at.empty(); at = at.parent_path()) {
    if (IsFile(at / kProjectFileName)) return at / kProjectFileName;
    if (at == at.parent_path()) break;
  }
  return {};
}

Result<LoadedSettings> LoadSettings(const ConfigSources& sources) {
  LoadedSettings loaded;
  for (const fs::path& file : {sources.user_file, FindProjectFile(sources.start_folder)}) {
    if (IsFile(file)) ESPALIER_RETURN_IF_ERROR(ConfigFile(file, loaded).Read());
  }
  ESPALIER_RETURN_IF_ERROR(ReadEnvironment(sources, loaded));
  return loaded;
}

}  // namespace espalier
