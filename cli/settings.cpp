#include "cli/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/suggest.h"

namespace espalier {
namespace {

using SettingValue = std::variant<std::string, bool, int64_t, double>;

constexpr double kMaxTokens = 1 << 20;
constexpr double kMaxMilliseconds = 86'400'000;
constexpr double kMaxSeed = 9e15;  // below 2^53, so that every seed is exact in every format

#define ESPALIER_FIELD(member) [](Settings& s) -> SettingField { return &s.member; }
const std::array<SettingInfo, 28> kSettings = {{
    {"model", "model for inline completion: a name of `espalier model list` or a path",
     ESPALIER_FIELD(model)},
    {"threads", "threads for the model; 0 = one a physical core", ESPALIER_FIELD(threads), 0, 1024},
    {"backend", "arithmetic: the fastest this machine offers, or a named one", ESPALIER_FIELD(backend), 0, 0,
     "auto scalar avx2 avx-vnni avx512 cuda"},
    {"kv_type", "precision of cached keys and values: f16, or q8 in half the memory", ESPALIER_FIELD(kv_type),
     0, 0, "f16 q8"},
    {"context_tokens", "capacity of the KV cache in tokens", ESPALIER_FIELD(context_tokens), 256, kMaxTokens},
    {"gpus", "with the backend cuda: how many GPUs share the model", ESPALIER_FIELD(gpus), 1, 64},
    {"gpu_prefill", "with the backend cuda: products of long prompts in bf16, or in int8: faster, less exact",
     ESPALIER_FIELD(gpu_prefill), 0, 0, "bf16 int8"},
    {"complete.max_tokens", "longest completion in tokens", ESPALIER_FIELD(complete.max_tokens), 1, 4096},
    {"complete.multi_line", "may a completion go past the end of the line",
     ESPALIER_FIELD(complete.multi_line)},
    {"complete.temperature", "randomness of completions; 0 = the most probable token",
     ESPALIER_FIELD(complete.temperature), 0, 10},
    {"complete.seed", "seed of the random draws", ESPALIER_FIELD(complete.seed), 0, kMaxSeed},
    {"complete.deadline_ms", "time budget of a completion in milliseconds; 0 = none",
     ESPALIER_FIELD(complete.deadline_ms), 0, kMaxMilliseconds},
    {"complete.prefix_tokens", "tokens before the cursor that the model sees",
     ESPALIER_FIELD(complete.prefix_tokens), 16, kMaxTokens},
    {"complete.suffix_tokens", "tokens after the cursor that the model sees",
     ESPALIER_FIELD(complete.suffix_tokens), 0, kMaxTokens},
    {"complete.in_comments", "complete inside comments", ESPALIER_FIELD(complete.in_comments)},
    {"complete.in_strings", "complete inside string literals", ESPALIER_FIELD(complete.in_strings)},
    {"complete.constrained", "the model may write only what the language's grammar allows",
     ESPALIER_FIELD(complete.constrained)},
    {"complete.validate",
     "run the examples of a function that a completion finishes, and show nothing that fails them; always: "
     "nor "
     "what could not be run",
     ESPALIER_FIELD(complete.validate), 0, 0, "off auto always"},
    {"complete.max_document_bytes", "largest file to complete in",
     ESPALIER_FIELD(complete.max_document_bytes), 1024, 64 << 20},
    {"generate.model", "model for `espalier generate`; auto = the largest that is installed",
     ESPALIER_FIELD(generate.model)},
    {"generate.max_tokens", "longest answer in tokens", ESPALIER_FIELD(generate.max_tokens), 1, kMaxTokens},
    {"generate.constrained", "code: the model may write only what the language's grammar allows",
     ESPALIER_FIELD(generate.constrained)},
    {"generate.validate",
     "write several programs, build them and run them on examples, and show the best; auto: where the "
     "language's "
     "tools are there",
     ESPALIER_FIELD(generate.validate), 0, 0, "off auto always"},
    {"generate.temperature", "randomness; 0 = the most probable token", ESPALIER_FIELD(generate.temperature),
     0, 10},
    {"generate.top_p", "draw from the most probable tokens that together have this probability",
     ESPALIER_FIELD(generate.top_p), 0.01, 1},
    {"generate.seed", "seed of the random draws", ESPALIER_FIELD(generate.seed), 0, kMaxSeed},
    {"generate.deadline_ms", "time budget in milliseconds; 0 = none", ESPALIER_FIELD(generate.deadline_ms), 0,
     kMaxMilliseconds},
    {"lsp.deadline_ms", "time budget of a completion in an editor in milliseconds",
     ESPALIER_FIELD(lsp.deadline_ms), 50, kMaxMilliseconds},
}};
#undef ESPALIER_FIELD

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t space = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return words;
}

Status Reject(const SettingInfo& info, const std::string& what) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{} {}", info.key, what));
}

Status CheckNumber(const SettingInfo& info, double value) {
  if (value >= info.min && value <= info.max) return {};
  return Reject(info, fmt::format("must be from {:.15g} to {:.15g}, not {:.15g}", info.min, info.max, value));
}

/// Writes `value` into the field it has been matched with; one overload a kind.
struct Assigner {
  const SettingInfo& info;

  Status operator()(std::string* field, const std::string& value) const {
    const auto choices = Words(info.choices);
    if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
      const std::string hint = DidYouMean(value, choices);
      return Reject(
          info,
          fmt::format("cannot be '{}'{}", value,
                      hint.empty() ? fmt::format("; it is one of: {}", fmt::join(choices, ", ")) : hint));
    }
    if (value.empty()) return Reject(info, "is empty");
    *field = value;
    return {};
  }
  Status operator()(bool* field, bool value) const {
    *field = value;
    return {};
  }
  Status operator()(int64_t* field, int64_t value) const {
    ESPALIER_RETURN_IF_ERROR(CheckNumber(info, static_cast<double>(value)));
    *field = value;
    return {};
  }
  Status operator()(double* field, double value) const {
    ESPALIER_RETURN_IF_ERROR(CheckNumber(info, value));
    *field = value;
    return {};
  }
  Status operator()(double* field, int64_t value) const { return (*this)(field, static_cast<double>(value)); }

  Status operator()(std::string*, auto&&) const { return Reject(info, "must be a string"); }
  Status operator()(bool*, auto&&) const { return Reject(info, "must be true or false"); }
  Status operator()(int64_t*, auto&&) const { return Reject(info, "must be a whole number"); }
  Status operator()(double*, auto&&) const { return Reject(info, "must be a number"); }
};

/// A JSON string, which is a TOML string too.
std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// `text` as the kind of `field`; text that is no such value stays a string, which Assigner refuses.
SettingValue ParseAs(const SettingField& field, std::string_view text) {
  if (std::holds_alternative<bool*>(field)) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
  }
  if (std::holds_alternative<int64_t*>(field)) {
    if (const auto number = ParseNumber<int64_t>(text)) return *number;
  }
  if (std::holds_alternative<double*>(field)) {
    if (const auto number = ParseNumber<double>(text)) return *number;
  }
  return std::string(text);
}

}  // namespace

std::span<const SettingInfo> AllSettings() { return kSettings; }

const SettingInfo* FindSetting(std::string_view key) {
  const auto found =
      std::find_if(kSettings.begin(), kSettings.end(), [&](const auto& s) { return s.key == key; });
  return found == kSettings.end() ? nullptr : &*found;
}

std::string UnknownSettingMessage(std::string_view key) {
  std::vector<std::string_view> keys;
  for (const SettingInfo& info : kSettings) keys.push_back(info.key);
  const std::string hint = DidYouMean(key, keys);
  return fmt::format("unknown setting '{}'{}", key, hint.empty() ? "; see: espalier config" : hint);
}

std::string EnvironmentName(const SettingInfo& info) {
  std::string name = "ESPALIER_" + std::string(info.key);
  for (char& c : name) c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

Status AssignSetting(const SettingInfo& info, Settings& settings, const SettingValue& value) {
  return std::visit(Assigner{info}, info.field(settings), value);
}

Status AssignSettingText(const SettingInfo& info, Settings& settings, std::string_view text) {
  return AssignSetting(info, settings, ParseAs(info.field(settings), text));
}

std::string SettingText(const SettingInfo& info, const Settings& settings) {
  Settings copy = settings;
  const SettingField field = info.field(copy);
  if (const auto* text = std::get_if<std::string*>(&field)) return Quoted(**text);
  if (const auto* flag = std::get_if<bool*>(&field)) return **flag ? "true" : "false";
  if (const auto* number = std::get_if<int64_t*>(&field)) return fmt::format("{}", **number);
  return fmt::format("{:g}", *std::get<double*>(field));
}

ModelOptions ModelOptionsOf(const Settings& settings) {
  ModelOptions options;
  options.backend = BackendKindFromName(settings.backend).value_or(BackendKind::kAuto);
  options.threads = static_cast<int>(settings.threads);
  options.context_tokens = static_cast<uint32_t>(settings.context_tokens);
  options.gpus = static_cast<int>(settings.gpus);
  options.int8_prefill = settings.gpu_prefill == "int8";
  options.kv_type = settings.kv_type == "q8" ? KvType::kQ8 : KvType::kF16;
  return options;
}

CompletionOptions CompletionOptionsOf(const Settings& settings) {
  const Settings::Complete& from = settings.complete;
  CompletionOptions options;
  options.max_tokens = static_cast<uint32_t>(from.max_tokens);
  options.prefix_tokens = static_cast<uint32_t>(from.prefix_tokens);
  options.suffix_tokens = static_cast<uint32_t>(from.suffix_tokens);
  options.multi_line = from.multi_line;
  options.in_comments = from.in_comments;
  options.in_strings = from.in_strings;
  options.constrained = from.constrained;
  options.max_document_bytes = static_cast<uint32_t>(from.max_document_bytes);
  options.sampling.temperature = static_cast<float>(from.temperature);
  options.sampling.seed = static_cast<uint64_t>(from.seed);
  return options;
}

CompletionValidation CompletionValidationOf(const Settings& settings) {
  if (settings.complete.validate == "auto") return CompletionValidation::kAuto;
  return settings.complete.validate == "always" ? CompletionValidation::kAlways : CompletionValidation::kOff;
}

}  // namespace espalier
