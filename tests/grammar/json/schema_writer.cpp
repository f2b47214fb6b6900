#include "tests/grammar/json/schema_writer.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace espalier {
namespace {

constexpr std::array kTypes = {"null", "boolean", "integer", "number", "string", "array", "object"};
constexpr std::array kNames = {"a", "b", "ab", "é", "x y", "q\"", "", "kind"};
// Each with a string that it matches.
constexpr std::array<std::pair<const char*, const char*>, 6> kPatterns = {{{"^[a-c]+$", "abc"},
                                                                           {"b", "xbx"},
                                                                           {"^(ab|cd){1,3}$", "abcd"},
                                                                           {"^[^\"]*$", "a b"},
                                                                           {"\\d$", "a1"},
                                                                           {"^\\w-\\w$", "a-b"}}};
constexpr std::array kStrings = {"", "a", "ab", "abc", "é", "a\"b\\", "\n", "😀x", "circle"};

}  // namespace

TestJson SchemaWriter::Schema() {
  TestJson schema = Part(3);
  if (schema.is_boolean()) schema = TestJson::object();
  schema["$defs"] = {{"one", Part(2)}, {"two", Part(2)}};
  return schema;
}

TestJson SchemaWriter::Part(int depth) {
  const size_t kind = Below(depth > 0 ? 14 : 8);
  if (kind < 7) return OfType(kTypes[kind], depth);
  if (kind == 7)
    return Below(3) == 0 ? TestJson(Below(4) != 0) : TestJson{{"type", {kTypes[Below(7)], kTypes[Below(7)]}}};
  if (kind == 8) return ObjectSchema(depth);
  if (kind == 9) return ArraySchema(depth);
  if (kind == 10) return {{"$ref", Below(4) == 0 ? "#" : Below(2) == 0 ? "#/$defs/one" : "#/$defs/two"}};
  if (kind == 11) return {{"enum", {AnyJson(2), AnyJson(1), AnyJson(0), kStrings[Below(kStrings.size())]}}};
  TestJson parts = TestJson::array();
  for (size_t left = 1 + Below(3); left > 0; --left) parts.push_back(Part(depth - 1));
  constexpr std::array kCombinations = {"anyOf", "anyOf", "allOf", "oneOf"};
  TestJson schema = Below(3) == 0 ? ObjectSchema(depth) : TestJson::object();
  schema[kCombinations[Below(4)]] = parts;
  return schema;
}

TestJson SchemaWriter::OfType(const std::string& type, int depth) {
  if (type == "object") return ObjectSchema(depth);
  if (type == "array") return ArraySchema(depth);
  TestJson schema = {{"type", type}};
  if (type == "integer" || type == "number") {
    const int from = static_cast<int>(Below(60)) - 30;
    if (Below(2) == 0) schema[Below(3) == 0 ? "exclusiveMinimum" : "minimum"] = from;
    if (Below(2) == 0)
      schema[Below(3) == 0 ? "exclusiveMaximum" : "maximum"] = from + static_cast<int>(Below(120)) - 2;
    if (Below(5) == 0) schema["minimum"] = from + 0.25;
  } else if (type == "string") {
    if (Below(3) == 0) schema["minLength"] = Below(4);
    if (Below(3) == 0) schema["maxLength"] = 1 + Below(6);
    if (Below(3) == 0) schema["pattern"] = kPatterns[Below(kPatterns.size())].first;
    if (Below(8) == 0) schema["format"] = Below(2) == 0 ? "date" : "uuid";
  }
  return schema;
}

TestJson SchemaWriter::ObjectSchema(int depth) {
  TestJson schema = TestJson::object();
  if (Below(4) != 0) schema["type"] = "object";
  TestJson properties = TestJson::object(), required = TestJson::array();
  for (size_t left = Below(4); left > 0; --left) {
    const std::string name = kNames[Below(kNames.size())];
    properties[name] = Part(depth - 1);
    if (Below(2) == 0) required.push_back(name);
  }
  if (Below(8) == 0) required.push_back("more");
  schema["properties"] = properties;
  if (!required.empty()) schema["required"] = required;
  if (Below(2) == 0) schema["additionalProperties"] = Below(2) == 0 ? TestJson(false) : Part(depth - 1);
  return schema;
}

TestJson SchemaWriter::ArraySchema(int depth) {
  TestJson schema = TestJson::object();
  if (Below(4) != 0) schema["type"] = "array";
  if (Below(3) == 0) schema["prefixItems"] = {Part(depth - 1), Part(depth - 1)};
  if (Below(3) != 0) schema["items"] = Below(4) == 0 ? TestJson(false) : Part(depth - 1);
  if (Below(3) == 0) schema["minItems"] = Below(4);
  if (Below(3) == 0) schema["maxItems"] = Below(5);
  return schema;
}

TestJson SchemaWriter::AnyJson(int depth) {
  switch (Below(depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return Below(2) == 0;
    case 2:
      return static_cast<int>(Below(200)) - 100;
    case 3:
      return (static_cast<int>(Below(200)) - 100) / 8.0 + 0.0625;
    case 4:
    case 5:
      return kStrings[Below(kStrings.size())];
    case 6: {
      TestJson array = TestJson::array();
      for (size_t left = Below(3); left > 0; --left) array.push_back(AnyJson(depth - 1));
      return array;
    }
    default: {
      TestJson object = TestJson::object();
      for (size_t left = Below(3); left > 0; --left)
        object[kNames[Below(kNames.size())]] = AnyJson(depth - 1);
      return object;
    }
  }
}

std::optional<TestJson> SchemaWriter::ValueOf(const TestJson& root) {
  for (int i = 0; i < 60; ++i) {
    TestJson value = Guess(root, root, 6);
    if (SatisfiesSchema(root, root, value)) return value;
  }
  return std::nullopt;
}

// What may satisfy a schema, by the keywords that say most.
TestJson SchemaWriter::Guess(const TestJson& root, const TestJson& schema, int depth) {
  if (schema.is_boolean() || depth == 0) return AnyJson(depth > 0 ? 2 : 0);
  if (schema.contains("enum")) return schema["enum"][Below(schema["enum"].size())];
  for (const char* combination : {"anyOf", "oneOf", "allOf"}) {
    if (!schema.contains(combination)) continue;
    const TestJson& parts = schema[combination];
    TestJson merged = parts[Below(parts.size())];
    if (!merged.is_boolean() && combination[1] == 'l') {
      for (const TestJson& part : parts) {
        if (part.is_object()) merged.update(part);
      }
    }
    if (!merged.is_boolean()) {
      TestJson rest = schema;
      rest.erase(combination);
      merged.update(rest);
    }
    return Guess(root, merged, depth - 1);
  }
  if (schema.contains("$ref")) {
    return Guess(root, root.at(TestJson::json_pointer(schema["$ref"].get<std::string>().substr(1))),
                 depth - 1);
  }
  std::string type = kTypes[Below(7)];
  if (!schema.contains("type") && schema.contains("properties") && Below(3) != 0) type = "object";
  if (schema.contains("type")) type = schema["type"].is_array() ? schema["type"][Below(2)] : schema["type"];
  if (type == "object") return GuessObject(root, schema, depth);
  if (type == "string") return GuessString(schema);
  if (type == "null") return nullptr;
  if (type == "boolean") return Below(2) == 0;
  if (type == "array") {
    TestJson array = TestJson::array();
    const size_t least = schema.value("minItems", size_t{0});
    for (size_t i = 0, size = least + Below(3); i < size; ++i) {
      const bool first = schema.contains("prefixItems") && i < 2;
      array.push_back(
          first ? Guess(root, schema["prefixItems"][i], depth - 1)
                : Guess(root, schema.contains("items") ? schema["items"] : TestJson(true), depth - 1));
    }
    return array;
  }
  const int number = static_cast<int>(Below(70)) - 35;
  return type == "number" && Below(2) == 0 ? TestJson(number + 0.25) : TestJson(number);
}

TestJson SchemaWriter::GuessObject(const TestJson& root, const TestJson& schema, int depth) {
  TestJson object = TestJson::object();
  const TestJson required = schema.value("required", TestJson::array());
  const TestJson others = schema.value("additionalProperties", TestJson(true));
  const TestJson properties = schema.value("properties", TestJson::object());
  for (const auto& [name, property] : properties.items()) {
    const bool must = std::find(required.begin(), required.end(), TestJson(name)) != required.end();
    if (must || Below(2) == 0) object[name] = Guess(root, property, depth - 1);
  }
  for (const TestJson& name : required) {
    if (!properties.contains(name.get<std::string>()))
      object[name.get<std::string>()] = Guess(root, others, depth - 1);
  }
  for (size_t left = Below(3); left > 0 && others != false; --left) {
    const std::string name = Below(2) == 0 ? "more" + std::to_string(Below(3)) : kNames[Below(kNames.size())];
    if (!properties.contains(name) && !object.contains(name)) object[name] = Guess(root, others, depth - 1);
  }
  return object;
}

TestJson SchemaWriter::GuessString(const TestJson& schema) {
  if (schema.contains("format")) {
    return schema["format"] == "date" ? "2024-02-2" + std::to_string(Below(10))
                                      : "00000000-aaaa-BBBB-cccc-0123456789ab";
  }
  for (const auto& [pattern, match] : kPatterns) {
    if (schema.contains("pattern") && schema["pattern"] == pattern && Below(4) != 0) return match;
  }
  std::string text = kStrings[Below(kStrings.size())];
  while (text.size() < schema.value("minLength", size_t{0})) text += 'b';
  return text;
}

std::string SchemaWriter::Spaces() {
  return Below(4) == 0 ? std::string(1 + Below(2), " \n\t\r"[Below(4)]) : "";
}

std::string SchemaWriter::TextOf(const TestJson& value) {
  std::string text = Spaces();
  if (value.is_array()) {
    text += '[' + Spaces();
    for (size_t i = 0; i < value.size(); ++i) text += (i > 0 ? "," : "") + TextOf(value[i]);
    text += ']';
  } else if (value.is_object()) {
    text += '{' + Spaces();
    bool first = true;
    for (const auto& [name, property] : value.items()) {
      text += (std::exchange(first, false) ? "" : ",") + TextOf(TestJson(name)) + ':' + TextOf(property);
    }
    text += '}';
  } else {
    text += value.dump();
  }
  return text + Spaces();
}

std::string SchemaWriter::Word() {
  static const std::vector<std::string> kWords = {
      "\"", "\\",      "a",       "b",       "0",   "1",        "9",    "-",    ".",        "e",      ",",
      ":",  "[",       "]",       "{",       "}",   " ",        "null", "true", "\"a\":1,", "\"ab\"", "[]",
      "{}", "\\u0061", "\\ud83d", "\\ude00", "\\n", "\xC3\xA9", "\xC3", "1.5",  "-1"};
  return kWords[Below(kWords.size())];
}

std::string SchemaWriter::Mutant(const std::string& text) {
  std::string mutant = text;
  for (size_t left = 1 + Below(2); left > 0; --left) {
    const size_t at = Below(mutant.size() + 1);
    switch (Below(4)) {
      case 0:
        mutant.insert(at, Word());
        break;
      case 1:
        mutant.erase(at, 1 + Below(3));
        break;
      case 2:
        mutant.replace(at, std::min<size_t>(1, mutant.size() - at), Word());
        break;
      default:
        mutant.insert(at, mutant.substr(Below(mutant.size() + 1), 1 + Below(12)));
    }
  }
  return mutant;
}

}  // namespace espalier
