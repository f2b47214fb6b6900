#include "testgen/literal.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "adapters/text_lines.h"

namespace espalier {
namespace {

using nlohmann::json;

bool Has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

class LiteralWriter {
 public:
  explicit LiteralWriter(Language language) : language_(language) {}

  std::optional<std::string> Write(const json& value, std::string_view type) const {
    if (value.is_array()) return List(value, type);
    if (value.is_string()) return Text(value, type);
    if (value.is_boolean()) return Word(value.get<bool>() ? "true" : "false");
    if (value.is_null()) return Word("null");
    if (value.is_number()) return Number(value, type);
    return std::nullopt;
  }

 private:
  std::string Word(std::string_view word) const {
    if (language_ == Language::kPython) return word == "null" ? "None" : word == "true" ? "True" : "False";
    if (word != "null") return std::string(word);
    if (language_ == Language::kGo) return "nil";
    if (language_ == Language::kRust) return "None";
    return language_ == Language::kCpp ? "nullptr" : language_ == Language::kC ? "NULL" : "null";
  }

  std::string Number(const json& value, std::string_view type) const {
    std::string text = value.dump();
    const bool real = Has(type, "f64") || Has(type, "f32") || Has(type, "double") || Has(type, "Double");
    if (real && text.find_first_of(".e") == std::string::npos) text += ".0";
    if (language_ == Language::kJava && (type == "long" || type == "Long")) text += 'L';
    return text;
  }

  std::string Text(const json& value, std::string_view type) const {
    std::string quoted = value.dump(-1, ' ', true, json::error_handler_t::replace);
    const bool character = type == "char" || type == "Character" || type == "byte" || type == "rune";
    if (character && quoted.size() == 3) return "'" + quoted.substr(1, 1) + "'";
    if (language_ == Language::kRust && type == "String") return quoted + ".to_string()";
    return quoted;
  }

  std::optional<std::string> List(const json& value, std::string_view type) const {
    const std::string_view element = ElementTypeOf(type);
    std::string items;
    for (const json& item : value) {
      const auto text = Write(item, element);
      if (!text) return std::nullopt;
      items += (items.empty() ? "" : ", ") + *text;
    }
    switch (language_) {
      case Language::kC:
        return std::nullopt;  // an array without its length is no argument
      case Language::kCpp:
        return "{" + items + "}";
      case Language::kJava:
        if (type.ends_with("[]")) return fmt::format("new {}{{{}}}", type, items);
        return Has(type, "<") ? std::optional(fmt::format("new ArrayList<>(Arrays.asList({}))", items))
                              : std::nullopt;
      case Language::kGo:
        return type.starts_with("[]") ? std::optional(fmt::format("{}{{{}}}", type, items)) : std::nullopt;
      case Language::kRust:
        return (type.starts_with('&') ? "&vec![" : "vec![") + items + "]";
      default:
        return "[" + items + "]";
    }
  }

  const Language language_;
};

/// Offset of the comma that ends the value at the beginning of `text`, or its size.
size_t EndOfValue(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      depth += (c == '[' || c == '{' || c == '(') - (c == ']' || c == '}' || c == ')');
      if (depth == 0 && (c == ',' || c == '\n')) return i;
    }
  }
  return text.size();
}

/// "nums = [1]" without the name.
std::string_view ValueOf(std::string_view part) {
  const size_t sign =
      part.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ ");
  if (sign == std::string_view::npos || sign == 0 || (part[sign] != '=' && part[sign] != ':')) return part;
  return Trimmed(part.substr(sign + 1));
}

}  // namespace

std::string_view ElementTypeOf(std::string_view type) {
  if (type.ends_with("[]")) return type.substr(0, type.size() - 2);
  if (type.starts_with("[]")) return type.substr(2);
  const size_t open = type.find_first_of("<[");
  const size_t close = type.find_last_of(">]");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  return Trimmed(type.substr(open + 1, close - open - 1));
}

std::optional<std::string> LiteralOf(Language language, std::string_view text, std::string_view type) {
  const json value = json::parse(Trimmed(text), nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return LiteralWriter(language).Write(value, Trimmed(type));
}

std::optional<std::vector<std::string>> ArgumentsOf(Language language, std::string_view input,
                                                    const std::vector<Parameter>& parameters) {
  std::vector<std::string> arguments;
  while (!Trimmed(input).empty()) {
    const size_t end = EndOfValue(input);
    const std::string_view part = Trimmed(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
    if (part.empty()) continue;
    if (arguments.size() == parameters.size()) return std::nullopt;
    const auto literal = LiteralOf(language, ValueOf(part), parameters[arguments.size()].type);
    if (!literal) return std::nullopt;
    arguments.push_back(*literal);
  }
  if (arguments.size() != parameters.size()) return std::nullopt;
  return arguments;
}

}  // namespace espalier
