#include "cli/flags.h"

#include <string_view>

namespace espalier {

void AddSettingFlag(CLI::App& verb, Invocation& invocation, const std::string& flag, const char* key) {
  const SettingInfo& info = *FindSetting(key);
  Settings& settings = invocation.settings.values;
  const auto assign = [&info, &settings, flag](const std::string& text) {
    const Status status = AssignSettingText(info, settings, text);
    if (status) return;
    const std::string_view message = status.error().message;
    throw CLI::ValidationError(flag + std::string(message.substr(info.key.size())));
  };
  std::string description(info.description);
  if (!info.choices.empty()) description += " {" + std::string(info.choices) + "}";
  CLI::Option* option = verb.add_option_function<std::string>(flag, assign, description);
  option->default_str(SettingText(info, settings));
  const SettingField field = info.field(settings);
  option->type_name(std::holds_alternative<std::string*>(field) ? "NAME"
                    : std::holds_alternative<bool*>(field)      ? "BOOL"
                                                                : "NUMBER");
}

void AddModelFlags(CLI::App& verb, Invocation& invocation) {
  AddSettingFlag(verb, invocation, "--threads", "threads");
  AddSettingFlag(verb, invocation, "--backend", "backend");
  AddSettingFlag(verb, invocation, "--kv-type", "kv_type");
  AddSettingFlag(verb, invocation, "--context-tokens", "context_tokens");
  AddSettingFlag(verb, invocation, "--gpus", "gpus");
  AddSettingFlag(verb, invocation, "--gpu-prefill", "gpu_prefill");
}

}  // namespace espalier
