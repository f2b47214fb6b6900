#include "grammar/json/schema_scalars.h"

#include <algorithm>
#include <compare>
#include <utility>

#include "base/utf8.h"
#include "grammar/json/formats.h"
#include "grammar/json/pattern.h"
#include "grammar/json/spelling.h"

namespace espalier {
namespace {

constexpr size_t kMostUnionStates = 20000;
constexpr size_t kMostLiteralBytes = 100'000;
constexpr size_t kMostEntries = 32 << 20;  // of all automata's tables, with 4 bytes each

uint8_t TypeNamed(const std::string& name) {
  if (name == "null") return kNullType;
  if (name == "boolean") return kBooleanType;
  if (name == "string") return kStringType;
  if (name == "array") return kArrayType;
  return name == "object" ? kObjectType : kNumberType;
}

uint8_t TypeOf(const SchemaJson& value) {
  if (value.is_null()) return kNullType;
  if (value.is_boolean()) return kBooleanType;
  if (value.is_string()) return kStringType;
  if (value.is_array()) return kArrayType;
  return value.is_object() ? kObjectType : kNumberType;
}

bool SameScalar(const SchemaJson& a, const SchemaJson& b) {
  if (a.is_number() && b.is_number()) return Decimal::Parse(a.dump()) == Decimal::Parse(b.dump());
  return a == b;
}

// The narrower of two bounds; `direction` is 1 for lower ones.
void Narrow(std::optional<NumberBound>& bound, NumberBound other, int direction) {
  if (bound) {
    const auto order = bound->value <=> other.value;
    if (std::is_eq(order)) {
      bound->exclusive |= other.exclusive;
      return;
    }
    if (std::is_gt(order) == (direction > 0)) return;
  }
  bound = std::move(other);
}

// A literal as it is spelled.
std::string Spelled(const SchemaJson& literal) {
  return literal.is_string() ? SpellJsonString(literal.get_ref<const std::string&>()) : literal.dump();
}

}  // namespace

ScalarFacts ScalarFacts::Of(const Conjunction& conjunction) {
  ScalarFacts facts;
  for (const SchemaPart& part : conjunction) {
    if (part.view == SchemaPart::View::kOwn) {
      facts.AddOwn(*part.at);
    } else if (part.view == SchemaPart::View::kConstant && part.at->is_structured()) {
      facts.types &= TypeOf(*part.at);
    } else if (part.view == SchemaPart::View::kConstant) {
      facts.AddLiterals({part.at});
    } else {
      std::vector<const SchemaJson*> values;
      for (const SchemaJson& value : *part.at) values.push_back(&value);
      facts.AddLiterals(values);
    }
  }
  return facts;
}

void ScalarFacts::AddOwn(const SchemaJson& schema) {
  for (auto item = schema.begin(); item != schema.end(); ++item) {
    const std::string& name = item.key();
    const SchemaJson& value = *item;
    if (name == "type") AddTypes(value);
    if (name == "minLength") strings.least = std::max(strings.least, CountOf(value));
    if (name == "maxLength") strings.most = std::min(strings.most, CountOf(value));
    if (name == "pattern") patterns.emplace_back(value.get<std::string>(), &value);
    if (name == "format") {
      const std::string_view pattern = PatternOfFormat(value.get_ref<const std::string&>());
      if (!pattern.empty()) patterns.emplace_back(pattern, &value);
    }
    if (name == "multipleOf") numbers.integer = true;  // of 1
    const auto bound = [&](bool exclusive) { return NumberBound{Decimal::Parse(value.dump()), exclusive}; };
    if (name == "minimum" || name == "exclusiveMinimum") Narrow(numbers.lower, bound(name != "minimum"), 1);
    if (name == "maximum" || name == "exclusiveMaximum") Narrow(numbers.upper, bound(name != "maximum"), -1);
  }
}

void ScalarFacts::AddTypes(const SchemaJson& type) {
  uint8_t allowed = 0;
  bool integer = false, number = false;
  const auto add = [&](const std::string& name) {
    allowed |= TypeNamed(name);
    integer |= name == "integer";
    number |= name == "number";
  };
  if (type.is_string()) add(type.get_ref<const std::string&>());
  if (type.is_array()) {
    for (const SchemaJson& name : type) add(name.get_ref<const std::string&>());
  }
  types &= allowed;
  numbers.integer |= integer && !number;
}

void ScalarFacts::AddLiterals(const std::vector<const SchemaJson*>& values) {
  types &= ~(kArrayType | kObjectType);
  if (!literals) {
    literals = values;
    return;
  }
  std::erase_if(*literals, [&](const SchemaJson* literal) {
    return std::none_of(values.begin(), values.end(),
                        [&](const SchemaJson* v) { return SameScalar(*v, *literal); });
  });
}

// An automaton that is made when it is asked for first; kNoRule if it accepts nothing.
template <typename Make>
uint32_t ScalarCompiler::Automaton(const std::string& name, Make make) {
  const auto [found, added] = automata_.try_emplace(name, kNoRule);
  if (!added) return found->second;
  ByteDfa dfa = make();
  if (dfa.empty()) return kNoRule;
  entries_ += dfa.next.size();
  program_.automata.push_back(std::move(dfa));
  return found->second = static_cast<uint32_t>(program_.automata.size() - 1);
}

void ScalarCompiler::AddAutomaton(ValueRule& rule, uint32_t automaton) {
  if (automaton != kNoRule) rule.scalars.push_back(automaton);
}

Status ScalarCompiler::AddTo(ValueRule& rule, const ScalarFacts& facts) {
  if (entries_ > kMostEntries) {
    return document_.Problem(ErrorCode::kResourceExhausted, document_.root(),
                             "its automata would be too large");
  }
  if (facts.literals) return AddLiterals(rule, facts);
  if (facts.types & kNullType) AddAutomaton(rule, Automaton("null", [] { return DfaOfTexts({"null"}); }));
  if (facts.types & kBooleanType) {
    AddAutomaton(rule, Automaton("boolean", [] { return DfaOfTexts({"false", "true"}); }));
  }
  if (facts.types & kNumberType) {
    AddAutomaton(rule, Automaton(facts.numbers.ToString(), [&] { return DfaOfNumbers(facts.numbers); }));
  }
  return facts.types & kStringType ? AddStrings(rule, facts) : Status();
}

Status ScalarCompiler::AddLiterals(ValueRule& rule, const ScalarFacts& facts) {
  std::vector<std::string> texts;
  size_t bytes = 0;
  for (const SchemaJson* literal : *facts.literals) {
    ESPALIER_ASSIGN_OR_RETURN(const bool fits, Fits(*literal, facts));
    if (fits) texts.push_back(Spelled(*literal));
    bytes += fits ? texts.back().size() : 0;
    if (bytes > kMostLiteralBytes) {
      return document_.Problem(ErrorCode::kResourceExhausted, *literal,
                               "up to here there are over 100 kB of values");
    }
  }
  std::string name = "literals";
  for (const std::string& text : texts) name += '\n' + text;  // they have no line ends
  AddAutomaton(rule, Automaton(name, [&] { return DfaOfTexts(std::move(texts)); }));
  return {};
}

Result<bool> ScalarCompiler::Fits(const SchemaJson& literal, const ScalarFacts& facts) {
  if (literal.is_structured() || (TypeOf(literal) & facts.types) == 0) return false;
  if (literal.is_number()) return facts.numbers.Contains(Decimal::Parse(literal.dump()));
  if (!literal.is_string()) return true;
  const auto& text = literal.get_ref<const std::string&>();
  const size_t length = CountCodePoints(text);
  if (length < facts.strings.least || length > facts.strings.most) return false;
  const std::string spelled = SpellJsonString(text);
  for (const auto& [pattern, place] : facts.patterns) {
    ESPALIER_ASSIGN_OR_RETURN(const ByteDfa* inside, InsideOf(pattern, *place));
    if (!inside->Accepts(std::string_view(spelled).substr(1, spelled.size() - 2))) return false;
  }
  return true;
}

Result<const ByteDfa*> ScalarCompiler::InsideOf(const std::string& pattern, const SchemaJson& place) {
  const auto found = insides_.find(pattern);
  if (found != insides_.end()) return &found->second;
  auto dfa = DfaOfPattern(pattern);
  if (!dfa) return document_.Problem(dfa.error().code, place, "in this pattern: " + dfa.error().message);
  entries_ += dfa->next.size();
  return &insides_.emplace(pattern, *std::move(dfa)).first->second;
}

Status ScalarCompiler::AddStrings(ValueRule& rule, const ScalarFacts& facts) {
  if (facts.strings.least > facts.strings.most) return {};
  if (facts.patterns.empty()) {
    const auto [found, added] =
        strings_.try_emplace(facts.strings, static_cast<uint32_t>(program_.strings.size()));
    if (added) program_.strings.push_back(facts.strings);
    rule.strings.push_back(found->second);
    return {};
  }
  std::string name =
      "string " + std::to_string(facts.strings.least) + ".." + std::to_string(facts.strings.most);
  for (const auto& [pattern, place] : facts.patterns) name += ' ' + SpellJsonString(pattern);
  if (const auto known = automata_.find(name); known != automata_.end()) {
    AddAutomaton(rule, known->second);
    return {};
  }
  ESPALIER_ASSIGN_OR_RETURN(const ByteDfa* first,
                            InsideOf(facts.patterns[0].first, *facts.patterns[0].second));
  ByteDfa all = *first;
  for (const auto& [pattern, place] : facts.patterns) {
    ESPALIER_ASSIGN_OR_RETURN(const ByteDfa* inside, InsideOf(pattern, *place));
    auto both = Intersection(all, *inside, kMostUnionStates);
    if (!both)
      return document_.Problem(ErrorCode::kResourceExhausted, *place,
                               "together with others this pattern is too large");
    all = *std::move(both);
  }
  if (facts.strings != StringRule()) {
    auto limited = WithLength(all, facts.strings.least, facts.strings.most);
    if (!limited)
      return document_.Problem(limited.error().code, *facts.patterns[0].second, limited.error().message);
    all = *std::move(limited);
  }
  AddAutomaton(rule, Automaton(name, [&] { return Quoted(all); }));
  return {};
}

void ScalarCompiler::Simplify(ValueRule& rule) {
  for (auto* list : {&rule.scalars, &rule.strings, &rule.arrays, &rule.objects}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  if (rule.scalars.size() > 1) JoinAutomata(rule);
  if (rule.strings.size() > 1) JoinStrings(rule);
}

// All automata of a rule become one, unless that would be large.
void ScalarCompiler::JoinAutomata(ValueRule& rule) {
  std::string name = "union";
  std::vector<const ByteDfa*> automata;
  size_t states = 0;
  for (const uint32_t i : rule.scalars) {
    name += ' ' + std::to_string(i);
    automata.push_back(&program_.automata[i]);
    states += program_.automata[i].size();
  }
  const auto found = automata_.find(name);
  if (found != automata_.end() && found->second == kNoRule) return;
  if (found == automata_.end()) {
    auto joined = Union(automata, std::min(4 * states + 64, kMostUnionStates));
    automata_[name] = joined ? static_cast<uint32_t>(program_.automata.size()) : kNoRule;
    if (!joined) return;
    entries_ += joined->next.size();
    program_.automata.push_back(*std::move(joined));
  }
  rule.scalars = {automata_[name]};
}

// Ranges of lengths that overlap or touch become one.
void ScalarCompiler::JoinStrings(ValueRule& rule) {
  std::vector<StringRule> ranges;
  for (const uint32_t i : rule.strings) ranges.push_back(program_.strings[i]);
  std::sort(ranges.begin(), ranges.end());
  std::vector<StringRule> joined = {ranges[0]};
  for (const StringRule& range : ranges) {
    StringRule& last = joined.back();
    if (last.most == kNoLimit || range.least <= last.most + 1) {
      last.most = std::max(last.most, range.most);
    } else {
      joined.push_back(range);
    }
  }
  rule.strings.clear();
  for (const StringRule& range : joined) {
    const auto [found, added] = strings_.try_emplace(range, static_cast<uint32_t>(program_.strings.size()));
    if (added) program_.strings.push_back(range);
    rule.strings.push_back(found->second);
  }
}

}  // namespace espalier
