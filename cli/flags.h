// Flags that set settings: the same table, checks and defaults as the configuration files.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/verb.h"

namespace espalier {

/// "--max-tokens 64" for the setting `key`. REQUIRES: `key` is in AllSettings().
void AddSettingFlag(CLI::App& verb, Invocation& invocation, const std::string& flag, const char* key);
/// --threads, --backend, --kv-type and --context-tokens.
void AddModelFlags(CLI::App& verb, Invocation& invocation);

}  // namespace espalier
