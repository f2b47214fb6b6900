// Every setting of the command line in one struct, and one table that gives each its key, meaning and
// limits. Flags, environment variables and configuration files all go through this table, so a value
// is checked the same way wherever it comes from. Plain data; the functions are pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "decoder/completion.h"
#include "model/model.h"
#include "testgen/validate_completion.h"

namespace espalier {

struct Settings {
  std::string model = "qwen2.5-coder-0.5b";
  int64_t threads = 0;
  std::string backend = "auto";
  std::string kv_type = "f16";
  int64_t context_tokens = 8192;
  int64_t gpus = 1;
  std::string gpu_prefill = "bf16";

  struct Complete {
    int64_t max_tokens = 64;
    bool multi_line = true;
    double temperature = 0;
    int64_t seed = 0;
    int64_t deadline_ms = 0;
    int64_t prefix_tokens = 1024;
    int64_t suffix_tokens = 384;
    bool in_comments = true;
    bool in_strings = true;
    int64_t max_document_bytes = 4 << 20;
    bool constrained = true;
    std::string validate = "off";
  } complete;

  struct Generate {
    std::string model = "auto";
    int64_t max_tokens = 512;
    bool constrained = true;
    double temperature = 0;
    double top_p = 1;
    int64_t seed = 0;
    int64_t deadline_ms = 0;
    std::string validate = "off";
  } generate;

  struct Lsp {
    int64_t deadline_ms = 4000;
  } lsp;
};

using SettingField = std::variant<std::string*, bool*, int64_t*, double*>;

struct SettingInfo {
  std::string_view key;          ///< as in configuration files: "complete.max_tokens"
  std::string_view description;  ///< one line, with the unit
  SettingField (*field)(Settings&);
  double min = 0, max = 0;        ///< numbers: inclusive limits
  std::string_view choices = {};  ///< strings: allowed words separated by spaces; empty = any
};

/// The table, in the order in which `espalier config` prints it.
std::span<const SettingInfo> AllSettings();
/// nullptr when no setting has this key.
const SettingInfo* FindSetting(std::string_view key);
/// A message for an unknown key, with the nearest known one.
std::string UnknownSettingMessage(std::string_view key);

/// The environment variable that sets it: "ESPALIER_COMPLETE_MAX_TOKENS".
std::string EnvironmentName(const SettingInfo& info);

/// Assigns a value of the right kind. Errors: kInvalidArgument (out of limits, not among the choices);
/// the message begins with the key.
Status AssignSetting(const SettingInfo& info, Settings& settings,
                     const std::variant<std::string, bool, int64_t, double>& value);
/// Parses `text` as the setting's kind, then as above.
Status AssignSettingText(const SettingInfo& info, Settings& settings, std::string_view text);
/// The current value as it would be written in a configuration file.
std::string SettingText(const SettingInfo& info, const Settings& settings);

/// What the other parts want.
ModelOptions ModelOptionsOf(const Settings& settings);
CompletionOptions CompletionOptionsOf(const Settings& settings);
CompletionValidation CompletionValidationOf(const Settings& settings);

}  // namespace espalier
