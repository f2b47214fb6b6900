// Where settings come from: defaults, then the user's file, then the project's file, then the
// environment; flags come last and are applied by the verbs. Every value remembers its origin, so that
// `espalier config` can say why a setting is what it is.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/settings.h"

namespace espalier {

/// Where to look; the defaults are the process's own surroundings.
struct ConfigSources {
  std::filesystem::path user_file;     ///< empty = none
  std::filesystem::path start_folder;  ///< .espalier.toml is looked for here and upwards; empty = none
  std::function<const char*(const char*)> environment;

  static ConfigSources OfProcess();
};

struct LoadedSettings {
  Settings values;
  std::map<std::string, std::string, std::less<>> origins;  ///< key -> "default" is not listed
  std::vector<std::filesystem::path> files;                 ///< that were read, in order
};

inline constexpr const char* kProjectFileName = ".espalier.toml";

/// Reads all sources in order of precedence; a file that does not exist is no error.
/// Errors: kInvalidArgument (unknown key, wrong kind, out of limits, not TOML; the message begins with
/// file:line or the variable's name), kIo (a file that cannot be read).
Result<LoadedSettings> LoadSettings(const ConfigSources& sources);

/// The nearest .espalier.toml in `folder` or above it; empty when there is none.
std::filesystem::path FindProjectFile(const std::filesystem::path& folder);

}  // namespace espalier
