#include "testgen/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string_view>

#include "testgen/literal.h"
#include "testgen/problem.h"

namespace espalier {
namespace {

enum class Shape { kInteger, kReal, kText, kCharacter, kBoolean, kList, kUnknown };

constexpr std::string_view kIntegers[] = {"0", "1", "-1", "2", "3", "7", "10", "12", "100", "-5", "255"};
constexpr std::string_view kWide[] = {"1000", "4096", "65536", "100000", "-100000", "1000000"};
constexpr std::string_view kSmall[] = {"0", "1", "2", "3", "7", "10", "12", "100"};
constexpr std::string_view kReals[] = {"0.0", "1.0", "-1.5", "0.5", "3.25", "100.0", "2.0"};
constexpr std::string_view kTexts[] = {R"("")",
                                       R"("a")",
                                       R"("abc")",
                                       R"("Hello, World")",
                                       R"("level")",
                                       R"("a b  c")",
                                       R"("123")",
                                       "\"(()[]{})\"",
                                       R"("x=1&y=2")",
                                       R"("ab,cd,,e")",
                                       R"("3.14")",
                                       R"("user@example.com")",
                                       R"("AbC dEf")",
                                       R"("-42")",
                                       R"("aabbbc")",
                                       R"("XIV")",
                                       R"("2024-02-29")",
                                       R"("/usr/lib/a.txt")",
                                       R"("{\"a\": [1, 2]}")",
                                       R"("https://example.com/a?b=c#d")",
                                       R"("1,234.5")"};
constexpr std::string_view kCharacters[] = {R"("a")", R"("z")", R"("0")", R"(" ")", R"("A")", R"(",")"};
constexpr std::string_view kBooleans[] = {"true", "false"};

constexpr std::string_view kWideTypes[] = {"int",   "long", "Integer", "Long",
                                           "int64", "i64",  "int64_t", "long long"};
constexpr long long kLongestText = 40;

/// Types by the words in them, in every language.
Shape ShapeOf(std::string_view type) {
  const auto has = [type](std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(),
                       [type](std::string_view word) { return type.find(word) != std::string_view::npos; });
  };
  if (has({"Map", "map", "dict", "Dict", "Callable", "func", "Fn", "Tuple", "tuple", "Set", "set", "pair"})) {
    return Shape::kUnknown;
  }
  const bool bytes = has({"char*", "char *", "&str", "[]byte"});
  if (has({"[]", "List", "list", "Vec", "vector", "Array", "Sequence", "Iterable", "&["}) && !bytes)
    return Shape::kList;
  if (has({"bool", "Bool"})) return Shape::kBoolean;
  if (has({"str", "Str"}) || bytes) return Shape::kText;
  if (has({"char", "rune", "Character"})) return Shape::kCharacter;
  if (has({"float", "double", "Double", "Float", "f64", "f32", "number"})) return Shape::kReal;
  if (has({"int", "Int", "long", "Long", "i32", "i64", "u32", "u64", "size", "short", "u8", "i8"})) {
    return Shape::kInteger;
  }
  return Shape::kUnknown;
}

/// Holds numbers of 32 bits, and more.
bool IsWide(std::string_view type) { return std::ranges::find(kWideTypes, type) != std::end(kWideTypes); }

bool IsUnsigned(std::string_view type) {
  return type.find("unsigned") != std::string_view::npos || type.find("size") != std::string_view::npos ||
         type.find("u32") != std::string_view::npos || type.find("u64") != std::string_view::npos ||
         type.find("u8") != std::string_view::npos || type.find("uint") != std::string_view::npos;
}

struct NamedType {
  std::string_view name, type;
};

/// What people call parameters whose type is not written down.
constexpr NamedType kNamedTypes[] = {
    {"n", "int"},           {"i", "int"},           {"j", "int"},
    {"k", "int"},           {"count", "int"},       {"num", "int"},
    {"number", "int"},      {"index", "int"},       {"size", "int"},
    {"width", "int"},       {"height", "int"},      {"length", "int"},
    {"limit", "int"},       {"depth", "int"},       {"level", "int"},
    {"offset", "int"},      {"start", "int"},       {"end", "int"},
    {"year", "int"},        {"month", "int"},       {"day", "int"},
    {"seconds", "int"},     {"minutes", "int"},     {"hours", "int"},
    {"indent", "int"},      {"port", "int"},        {"code", "int"},
    {"max", "int"},         {"min", "int"},         {"s", "str"},
    {"str", "str"},         {"string", "str"},      {"text", "str"},
    {"name", "str"},        {"line", "str"},        {"word", "str"},
    {"path", "str"},        {"filename", "str"},    {"prefix", "str"},
    {"suffix", "str"},      {"url", "str"},         {"key", "str"},
    {"msg", "str"},         {"message", "str"},     {"title", "str"},
    {"sep", "str"},         {"separator", "str"},   {"encoding", "str"},
    {"pattern", "str"},     {"source", "str"},      {"char", "char"},
    {"c", "char"},          {"ch", "char"},         {"items", "list"},
    {"values", "list"},     {"array", "list"},      {"arr", "list"},
    {"list", "list"},       {"lst", "list"},        {"seq", "list"},
    {"nums", "list"},       {"numbers", "list"},    {"elements", "list"},
    {"xs", "list"},         {"lines", "list[str]"}, {"words", "list[str]"},
    {"names", "list[str]"}, {"args", "list[str]"},  {"strings", "list[str]"},
};

/// The type that a default value has, or that the name speaks of; empty where neither tells.
std::string_view LikelyType(const Parameter& parameter) {
  const std::string& value = parameter.default_value;
  if (value.starts_with('"') || value.starts_with('\'')) return "str";
  if (value == "True" || value == "False" || value == "true" || value == "false") return "bool";
  if (value.starts_with('[')) return "list";
  if (!value.empty() && value.find_first_not_of("-0123456789") == std::string::npos) return "int";
  if (!value.empty() && value.find_first_not_of("-0123456789.") == std::string::npos) return "float";
  std::string_view name = parameter.name;
  name = name.substr(name.rfind('_') + 1);  // "file_name" is a name
  for (const NamedType& known : kNamedTypes) {
    if (known.name == name) return known.type;
  }
  return {};
}

/// What stands before a type and says nothing about its values.
std::string_view WithoutQualifiers(std::string_view type) {
  for (const std::string_view word : {"final ", "const ", "volatile ", "register ", "mut "}) {
    if (type.starts_with(word)) return WithoutQualifiers(type.substr(word.size()));
  }
  return type;
}

/// Draws values as JSON.
class ValueSource {
 public:
  ValueSource(uint64_t seed, const InputHints& hints) : random_(seed), hints_(hints) {}

  std::string Draw(std::string_view type) {
    switch (ShapeOf(type)) {
      case Shape::kInteger:
        if (!hints_.integers.empty() && Chance(2)) return NearHint();
        if (IsWide(type) && Chance(6)) return Pick(kWide);
        return IsUnsigned(type) ? Pick(kSmall) : Pick(kIntegers);
      case Shape::kReal:
        return Chance(2) ? Pick(kReals) : type == "number" ? Pick(kIntegers) : Pick(kReals);
      case Shape::kText:
        if (!hints_.integers.empty() && Chance(6)) return OfHintedLength();
        return !hints_.texts.empty() && Chance(2) ? AroundHint() : Pick(kTexts);
      case Shape::kCharacter:
        return !hints_.texts.empty() && Chance(2) ? Quoted(AnyOf(hints_.texts).substr(0, 1))
                                                  : Pick(kCharacters);
      case Shape::kBoolean:
        return Pick(kBooleans);
      case Shape::kList:
        return DrawList(ElementTypeOf(type));
      case Shape::kUnknown:
        return type.empty() ? DrawAnything() : std::string();
    }
    return {};
  }

 private:
  bool Chance(uint32_t in) { return random_() % in == 0; }
  template <size_t kCount>
  std::string Pick(const std::string_view (&pool)[kCount]) {
    return std::string(pool[random_() % kCount]);
  }

  const std::string& AnyOf(const std::vector<std::string>& pool) { return pool[random_() % pool.size()]; }
  static std::string Quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }

  // A number of the function's, or one beside it.
  std::string NearHint() {
    const long long value = std::strtoll(AnyOf(hints_.integers).c_str(), nullptr, 10);
    return std::to_string(value + static_cast<long long>(random_() % 3) - 1);
  }

  // A text of the function's alone, or within others.
  std::string AroundHint() {
    static constexpr std::string_view kAround[] = {"", "", "a", "x1", "b ", "ab"};
    std::string text = std::string(kAround[random_() % std::size(kAround)]);
    const size_t parts = 1 + random_() % 3;
    for (size_t i = 0; i < parts; ++i) {
      text += AnyOf(hints_.texts);
      text += kAround[random_() % std::size(kAround)];
    }
    return Quoted(text);
  }

  // As long as a number of the function's says, or about that.
  std::string OfHintedLength() {
    static constexpr std::string_view kFrom[] = {"0123456789", "abcxyzABC", "a1 -_.,"};
    const long long length =
        std::strtoll(AnyOf(hints_.integers).c_str(), nullptr, 10) + static_cast<long long>(random_() % 3) - 1;
    const std::string_view letters = kFrom[random_() % std::size(kFrom)];
    std::string text;
    for (long long i = 0; i < std::min(length, kLongestText); ++i)
      text += letters[random_() % letters.size()];
    return Quoted(text);
  }

  std::string DrawList(std::string_view element) {
    const size_t count = random_() % 6;
    if (element.empty() && Chance(2)) element = "str";
    std::string items;
    for (size_t i = 0; i < count; ++i) {
      const std::string item = element.empty() ? Pick(kIntegers) : Draw(element);
      if (item.empty()) return {};
      items += (i == 0 ? "" : ", ") + item;
    }
    return "[" + items + "]";
  }

  std::string DrawAnything() {
    switch (random_() % 5) {
      case 0:
        return Pick(kTexts);
      case 1:
        return DrawList({});
      case 2:
        return Pick(kReals);
      default:
        return Pick(kIntegers);
    }
  }

  std::mt19937_64 random_;
  const InputHints& hints_;
};

std::optional<std::string> DrawCall(Language language, const Signature& function, ValueSource& source) {
  std::string arguments;
  for (const Parameter& parameter : function.parameters) {
    if (parameter.variadic || parameter.keyword_only) continue;
    const std::string_view written = WithoutQualifiers(parameter.type);
    const std::string_view type = written.empty() ? LikelyType(parameter) : written;
    const std::string value = source.Draw(type);
    const auto literal = value.empty() ? std::nullopt : LiteralOf(language, value, written);
    if (!literal) return std::nullopt;
    arguments += (arguments.empty() ? "" : ", ") + *literal;
  }
  return fmt::format("{}({})", CalleeOf(language, function), arguments);
}

}  // namespace

InputHints HintsIn(Language language, const std::string& source, const Signature& function) {
  InputHints hints;
  const auto tree = SyntaxTree::Parse(language, source);
  if (!tree) return hints;
  for (const TreeNode& node : tree->Nodes()) {
    if (node.begin < function.body_begin || node.end > function.body_end || !node.named) continue;
    std::string text = source.substr(node.begin, node.end - node.begin);
    const bool quoted = text.size() > 2 && text.size() < 24 && text.front() == text.back() &&
                        (text.front() == '"' || text.front() == '\'');
    if (quoted && text.find('\\') == std::string::npos)
      hints.texts.push_back(text.substr(1, text.size() - 2));
    const bool number = node.first_child < 0 && text.find_first_not_of("0123456789") == std::string::npos;
    if (number && text.size() < 7) hints.integers.push_back(std::move(text));
  }
  return hints;
}

std::vector<std::string> CallsFor(Language language, const Signature& function, size_t most, uint64_t seed,
                                  const InputHints& hints) {
  ValueSource source(seed, hints);
  std::vector<std::string> calls;
  std::set<std::string> known;
  for (size_t i = 0; i < 8 * most && calls.size() < most; ++i) {
    const auto call = DrawCall(language, function, source);
    if (call && known.insert(*call).second) calls.push_back(*call);
  }
  return calls;
}

}  // namespace espalier
