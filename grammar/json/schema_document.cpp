#include "grammar/json/schema_document.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "base/suggest.h"

namespace espalier {
namespace {

constexpr size_t kMostBytes = 4 << 20;
constexpr int kMostDepth = 200;

enum class Shape : uint8_t {
  kRemark,
  kSchema,
  kSchemas,
  kSchemaMap,
  kCount,
  kNumber,
  kString,
  kStrings,
  kValue,
  kValues,
  kTypes,
  kOnlyFalse,
  kOnlyTrue,
  kOnlyZero,
  kOnlyOne,
  kRefused,
};

struct Keyword {
  std::string_view name;
  Shape shape;
};

constexpr std::array kKeywords = {
    Keyword{"$ref", Shape::kString},
    Keyword{"additionalProperties", Shape::kSchema},
    Keyword{"allOf", Shape::kSchemas},
    Keyword{"anyOf", Shape::kSchemas},
    Keyword{"const", Shape::kValue},
    Keyword{"enum", Shape::kValues},
    Keyword{"exclusiveMaximum", Shape::kNumber},
    Keyword{"exclusiveMinimum", Shape::kNumber},
    Keyword{"format", Shape::kString},
    Keyword{"items", Shape::kSchema},
    Keyword{"maxItems", Shape::kCount},
    Keyword{"maxLength", Shape::kCount},
    Keyword{"maximum", Shape::kNumber},
    Keyword{"minItems", Shape::kCount},
    Keyword{"minLength", Shape::kCount},
    Keyword{"minimum", Shape::kNumber},
    Keyword{"oneOf", Shape::kSchemas},
    Keyword{"pattern", Shape::kString},
    Keyword{"prefixItems", Shape::kSchemas},
    Keyword{"properties", Shape::kSchemaMap},
    Keyword{"required", Shape::kStrings},
    Keyword{"type", Shape::kTypes},
    // What may stand there as long as it says nothing.
    Keyword{"minProperties", Shape::kOnlyZero},
    Keyword{"multipleOf", Shape::kOnlyOne},
    Keyword{"unevaluatedItems", Shape::kOnlyTrue},
    Keyword{"unevaluatedProperties", Shape::kOnlyTrue},
    Keyword{"uniqueItems", Shape::kOnlyFalse},
    // Remarks.
    Keyword{"$anchor", Shape::kRemark},
    Keyword{"$comment", Shape::kRemark},
    Keyword{"$defs", Shape::kRemark},
    Keyword{"$dynamicAnchor", Shape::kRemark},
    Keyword{"$id", Shape::kRemark},
    Keyword{"$schema", Shape::kRemark},
    Keyword{"$vocabulary", Shape::kRemark},
    Keyword{"contentEncoding", Shape::kRemark},
    Keyword{"contentMediaType", Shape::kRemark},
    Keyword{"contentSchema", Shape::kRemark},
    Keyword{"default", Shape::kRemark},
    Keyword{"definitions", Shape::kRemark},
    Keyword{"deprecated", Shape::kRemark},
    Keyword{"description", Shape::kRemark},
    Keyword{"examples", Shape::kRemark},
    Keyword{"readOnly", Shape::kRemark},
    Keyword{"title", Shape::kRemark},
    Keyword{"writeOnly", Shape::kRemark},
    // Rules that are not enforced here.
    Keyword{"$dynamicRef", Shape::kRefused},
    Keyword{"$recursiveRef", Shape::kRefused},
    Keyword{"additionalItems", Shape::kRefused},
    Keyword{"contains", Shape::kRefused},
    Keyword{"dependencies", Shape::kRefused},
    Keyword{"dependentRequired", Shape::kRefused},
    Keyword{"dependentSchemas", Shape::kRefused},
    Keyword{"else", Shape::kRefused},
    Keyword{"if", Shape::kRefused},
    Keyword{"maxContains", Shape::kRefused},
    Keyword{"maxProperties", Shape::kRefused},
    Keyword{"minContains", Shape::kRefused},
    Keyword{"not", Shape::kRefused},
    Keyword{"patternProperties", Shape::kRefused},
    Keyword{"propertyNames", Shape::kRefused},
    Keyword{"then", Shape::kRefused},
};

constexpr std::array<std::string_view, 7> kTypeNames = {"null",   "boolean", "integer", "number",
                                                        "string", "array",   "object"};

bool IsSchema(const SchemaJson& value) { return value.is_object() || value.is_boolean(); }
bool IsString(const SchemaJson& value) { return value.is_string(); }
bool IsType(const SchemaJson& value) {
  return value.is_string() && std::find(kTypeNames.begin(), kTypeNames.end(),
                                        value.get_ref<const std::string&>()) != kTypeNames.end();
}
bool IsCount(const SchemaJson& value) {
  if (!value.is_number_float()) return value.is_number() && value >= 0;
  const auto number = value.get<double>();
  return number >= 0 && std::floor(number) == number;
}
bool AreAll(const SchemaJson& values, bool (*is)(const SchemaJson&)) {
  return std::all_of(values.begin(), values.end(), is);
}

// What a keyword's value is not, but must be; empty if all is well.
std::string_view Missing(Shape shape, const SchemaJson& value) {
  switch (shape) {
    case Shape::kSchema:
      return IsSchema(value) ? "" : "a schema (an object, true or false)";
    case Shape::kSchemas:
      return value.is_array() && !value.empty() && AreAll(value, IsSchema) ? "" : "a list of schemas";
    case Shape::kSchemaMap:
      return value.is_object() && AreAll(value, IsSchema) ? "" : "an object of schemas";
    case Shape::kCount:
      return IsCount(value) ? "" : "a whole number from 0 on";
    case Shape::kNumber:
      return value.is_number() ? "" : "a number";
    case Shape::kString:
      return value.is_string() ? "" : "a string";
    case Shape::kStrings:
      return value.is_array() && AreAll(value, IsString) ? "" : "a list of strings";
    case Shape::kValues:
      return value.is_array() ? "" : "a list";
    case Shape::kTypes:
      return IsType(value) || (value.is_array() && !value.empty() && AreAll(value, IsType))
                 ? ""
                 : "a type's name or a list of them";
    default:
      return "";
  }
}

// Whether a rule that is not enforced says nothing here.
bool SaysNothing(Shape shape, const SchemaJson& value) {
  switch (shape) {
    case Shape::kOnlyFalse:
      return value == false;
    case Shape::kOnlyTrue:
      return value == true;
    case Shape::kOnlyZero:
      return value == 0;
    case Shape::kOnlyOne:
      return value == 1;
    case Shape::kRefused:
      return false;
    default:
      return true;
  }
}

// Depth, as far as it matters; and whether there is a $id below the root.
int DepthOf(const SchemaJson& value, int depth, bool& nested_ids) {
  int deepest = depth;
  if (!value.is_structured() || depth > kMostDepth) return deepest;
  if (value.is_object() && depth > 0) {
    const auto id = value.find("$id");
    nested_ids |= id != value.end() && id->is_string();
  }
  for (const SchemaJson& child : value) deepest = std::max(deepest, DepthOf(child, depth + 1, nested_ids));
  return deepest;
}

// The way from `from` to the place `to` in it, as keys and indices.
bool FindPath(const SchemaJson& from, const SchemaJson* to, std::vector<std::string>& path) {
  if (&from == to) return true;
  if (!from.is_structured()) return false;
  for (auto child = from.begin(); child != from.end(); ++child) {
    path.push_back(from.is_object() ? child.key() : std::to_string(child - from.begin()));
    if (FindPath(*child, to, path)) return true;
    path.pop_back();
  }
  return false;
}

std::string PointerOf(const std::vector<std::string>& path) {
  std::string pointer = "#";
  for (const std::string& step : path) {
    pointer += '/';
    for (const char c : step) {
      if (c == '~' || c == '/') {
        pointer += c == '~' ? "~0" : "~1";
      } else {
        pointer += static_cast<uint8_t>(c) < 0x20 || c == 0x7F ? '?' : c;
      }
    }
  }
  return pointer;
}

// One step of a pointer as it stands in a URI.
std::string DecodeStep(std::string_view step) {
  std::string text;
  constexpr std::string_view kHex = "0123456789abcdef";
  for (size_t i = 0; i < step.size(); ++i) {
    const auto hex = [&](size_t at) {
      return at < step.size() ? kHex.find(static_cast<char>(step[at] | 0x20)) : kHex.npos;
    };
    if (step[i] == '%' && hex(i + 1) != kHex.npos && hex(i + 2) != kHex.npos) {
      text += static_cast<char>(hex(i + 1) * 16 + hex(i + 2));
      i += 2;
    } else {
      text += step[i];
    }
  }
  for (size_t at = text.find('~'); at != std::string::npos; at = text.find('~', at + 1)) {
    if (at + 1 < text.size() && (text[at + 1] == '0' || text[at + 1] == '1')) {
      text.replace(at, 2, text[at + 1] == '0' ? "~" : "/");
    }
  }
  return text;
}

const SchemaJson* ChildOf(const SchemaJson& value, const std::string& step) {
  if (value.is_object()) {
    const auto found = value.find(step);
    return found == value.end() ? nullptr : &*found;
  }
  const bool number =
      !step.empty() && step.size() <= 9 && step.find_first_not_of("0123456789") == std::string::npos;
  if (!value.is_array() || !number) return nullptr;
  const size_t index = std::stoul(step);
  return index < value.size() ? &value[index] : nullptr;
}

std::string Shown(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 60)) shown += static_cast<uint8_t>(c) < 0x20 || c == 0x7F ? '?' : c;
  return shown + (text.size() > 60 ? "..." : "");
}

}  // namespace

uint32_t CountOf(const SchemaJson& value) {
  constexpr double kMost = 0xFFFFFFFF;
  return static_cast<uint32_t>(std::min(value.get<double>(), kMost));
}

Result<SchemaDocument> SchemaDocument::Parse(std::string_view text) {
  if (text.size() > kMostBytes) {
    return Fail(ErrorCode::kResourceExhausted, "the schema has more than 4 MiB; split it up");
  }
  SchemaDocument document;
  try {
    document.root_ = std::make_unique<SchemaJson>(SchemaJson::parse(text));
  } catch (const SchemaJson::parse_error& error) {
    return Fail(ErrorCode::kCorrupt, "the schema is not JSON: see its byte " + std::to_string(error.byte));
  } catch (const SchemaJson::exception&) {
    return Fail(ErrorCode::kCorrupt, "the schema has a number that is too large");
  }
  if (DepthOf(*document.root_, 0, document.nested_ids_) > kMostDepth) {
    return Fail(ErrorCode::kResourceExhausted, "the schema is nested more than 200 levels deep; use $ref");
  }
  return document;
}

Status SchemaDocument::Check(const SchemaJson& schema) const {
  if (schema.is_boolean()) return {};
  if (!schema.is_object()) {
    return Problem(ErrorCode::kInvalidArgument, schema, "this is no schema (an object, true or false)");
  }
  for (auto item = schema.begin(); item != schema.end(); ++item) {
    if (!item.key().starts_with("x-")) ESPALIER_RETURN_IF_ERROR(CheckKeyword(item.key(), *item));
  }
  return {};
}

Status SchemaDocument::CheckKeyword(const std::string& name, const SchemaJson& value) const {
  const auto keyword =
      std::find_if(kKeywords.begin(), kKeywords.end(), [&](const Keyword& k) { return k.name == name; });
  if (keyword == kKeywords.end()) {
    std::array<std::string_view, kKeywords.size()> names;
    std::transform(kKeywords.begin(), kKeywords.end(), names.begin(),
                   [](const Keyword& k) { return k.name; });
    return Problem(ErrorCode::kUnsupported, value,
                   "there is no such keyword in JSON Schema" + DidYouMean(name, names));
  }
  const std::string_view missing = Missing(keyword->shape, value);
  if (!missing.empty()) {
    return Problem(ErrorCode::kInvalidArgument, value, "it must be " + std::string(missing));
  }
  if (!SaysNothing(keyword->shape, value)) {
    return Problem(ErrorCode::kUnsupported, value,
                   "this rule is not supported; leave it out and check it afterwards");
  }
  return {};
}

// A $id changes what a $ref below it means.
bool SchemaDocument::HasOwnBase(const SchemaJson& schema) const {
  std::vector<std::string> path;
  if (!nested_ids_ || !FindPath(*root_, &schema, path)) return false;
  const SchemaJson* at = root_.get();
  for (const std::string& step : path) {
    at = ChildOf(*at, step);
    if (!at->is_object()) continue;
    const auto id = at->find("$id");
    if (id != at->end() && id->is_string() && !id->get_ref<const std::string&>().starts_with('#'))
      return true;
  }
  return false;
}

Result<const SchemaJson*> SchemaDocument::Target(const SchemaJson& schema) const {
  const SchemaJson& place = schema.at("$ref");
  std::string_view reference = place.get_ref<const std::string&>();
  if (!reference.starts_with('#') || (reference.size() > 1 && reference[1] != '/')) {
    return Problem(ErrorCode::kUnsupported, place, "only references like \"#/$defs/name\" are supported");
  }
  if (HasOwnBase(schema))
    return Problem(ErrorCode::kUnsupported, place, "references below a $id are not supported");
  const SchemaJson* target = root_.get();
  for (reference.remove_prefix(1); !reference.empty() && target != nullptr;) {
    reference.remove_prefix(1);
    const size_t end = std::min(reference.find('/'), reference.size());
    target = ChildOf(*target, DecodeStep(reference.substr(0, end)));
    reference.remove_prefix(end);
  }
  if (target != nullptr) return target;
  return Problem(ErrorCode::kInvalidArgument, place,
                 "there is no '" + Shown(place.get_ref<const std::string&>()) + "' in the schema");
}

tl::unexpected<Error> SchemaDocument::Problem(ErrorCode code, const SchemaJson& place,
                                              const std::string& what) const {
  std::vector<std::string> path;
  FindPath(*root_, &place, path);
  return Fail(code, "schema at " + PointerOf(path) + ": " + what);
}

}  // namespace espalier
