#include "tests/grammar/json/slow_validator.h"

#include <algorithm>
#include <regex>
#include <set>
#include <vector>

#include "base/utf8.h"

namespace espalier {
namespace {

bool IsOfType(const TestJson& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();  // 1.0 is left to the case files
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

bool MatchesFormat(const std::string& text, const std::string& format) {
  if (format == "uuid") {
    return std::regex_match(text, std::regex("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"));
  }
  if (format != "date") return true;
  if (!std::regex_match(text, std::regex("\\d{4}-\\d\\d-\\d\\d"))) return false;
  const int year = std::stoi(text.substr(0, 4)), month = std::stoi(text.substr(5, 2)),
            day = std::stoi(text.substr(8));
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const std::vector<int> days = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month >= 1 && month <= 12 && day >= 1 && day <= days[static_cast<size_t>(month - 1)];
}

// In objects the order does not matter.
bool IsSame(const TestJson& a, const TestJson& b) { return nlohmann::json(a) == nlohmann::json(b); }

bool ScalarHolds(const std::string& keyword, const TestJson& rule, const TestJson& value) {
  if (keyword == "type") {
    if (rule.is_string()) return IsOfType(value, rule);
    return std::any_of(rule.begin(), rule.end(), [&](const TestJson& type) { return IsOfType(value, type); });
  }
  if (keyword == "const") return IsSame(rule, value);
  if (keyword == "enum") {
    return std::any_of(rule.begin(), rule.end(), [&](const TestJson& one) { return IsSame(one, value); });
  }
  if (value.is_number()) {
    if (keyword == "minimum") return value >= rule;
    if (keyword == "maximum") return value <= rule;
    if (keyword == "exclusiveMinimum") return value > rule;
    if (keyword == "exclusiveMaximum") return value < rule;
  }
  if (value.is_string()) {
    const auto text = value.get<std::string>();
    if (keyword == "minLength") return CountCodePoints(text) >= rule;
    if (keyword == "maxLength") return CountCodePoints(text) <= rule;
    if (keyword == "pattern")
      return std::regex_search(text, std::regex(rule.get<std::string>(), std::regex::ECMAScript));
    if (keyword == "format") return MatchesFormat(text, rule);
  }
  return true;
}

bool ArrayHolds(const TestJson& root, const TestJson& schema, const TestJson& value) {
  if (schema.contains("minItems") && value.size() < schema["minItems"]) return false;
  if (schema.contains("maxItems") && value.size() > schema["maxItems"]) return false;
  for (size_t i = 0; i < value.size(); ++i) {
    const size_t first = schema.contains("prefixItems") ? schema["prefixItems"].size() : 0;
    if (i < first && !SatisfiesSchema(root, schema["prefixItems"][i], value[i])) return false;
    if (i >= first && schema.contains("items") && !SatisfiesSchema(root, schema["items"], value[i]))
      return false;
  }
  return true;
}

bool ObjectHolds(const TestJson& root, const TestJson& schema, const TestJson& value) {
  if (schema.contains("required")) {
    for (const TestJson& name : schema["required"]) {
      if (!value.contains(name.get<std::string>())) return false;
    }
  }
  for (const auto& [name, property] : value.items()) {
    if (schema.contains("properties") && schema["properties"].contains(name)) {
      if (!SatisfiesSchema(root, schema["properties"][name], property)) return false;
    } else if (schema.contains("additionalProperties")) {
      if (!SatisfiesSchema(root, schema["additionalProperties"], property)) return false;
    }
  }
  return true;
}

size_t CountSatisfied(const TestJson& root, const TestJson& schemas, const TestJson& value) {
  return static_cast<size_t>(std::count_if(
      schemas.begin(), schemas.end(), [&](const TestJson& s) { return SatisfiesSchema(root, s, value); }));
}

}  // namespace

bool SatisfiesSchema(const TestJson& root, const TestJson& schema, const TestJson& value) {
  if (schema.is_boolean()) return schema.get<bool>();
  for (const auto& [keyword, rule] : schema.items()) {
    if (!ScalarHolds(keyword, rule, value)) return false;
  }
  if (schema.contains("$ref")) {
    const auto pointer = schema["$ref"].get<std::string>().substr(1);
    if (!SatisfiesSchema(root, root.at(TestJson::json_pointer(pointer)), value)) return false;
  }
  if (schema.contains("allOf") && CountSatisfied(root, schema["allOf"], value) != schema["allOf"].size())
    return false;
  if (schema.contains("anyOf") && CountSatisfied(root, schema["anyOf"], value) == 0) return false;
  if (schema.contains("oneOf") && CountSatisfied(root, schema["oneOf"], value) != 1) return false;
  if (value.is_array()) return ArrayHolds(root, schema, value);
  return !value.is_object() || ObjectHolds(root, schema, value);
}

bool ParseStrictly(const std::string& text, TestJson& value) {
  std::vector<std::set<std::string>> names;
  bool twice = false;
  const auto watch = [&](int, TestJson::parse_event_t event, TestJson& parsed) {
    if (event == TestJson::parse_event_t::object_start) names.emplace_back();
    if (event == TestJson::parse_event_t::object_end) names.pop_back();
    if (event == TestJson::parse_event_t::key)
      twice |= !names.back().insert(parsed.get<std::string>()).second;
    return true;
  };
  TestJson parsed = TestJson::parse(text, watch, false);
  if (parsed.is_discarded() || twice) return false;
  value = std::move(parsed);
  return true;
}

bool HasHugeNumber(const std::string& text) {
  static const std::regex kHuge("[eE][+-]?[0-9]{3}|[0-9]{300}");
  return std::regex_search(text, kHuge);
}

}  // namespace espalier
