// A value rule is made for each list of schemas that one value must satisfy; what arrays and objects hold is
// again such lists. There are finitely many, so that recursive schemas need no special care.
#include "grammar/json/schema_compiler.h"

#include <algorithm>
#include <map>
#include <utility>

#include "grammar/json/json_closer.h"
#include "grammar/json/schema_expansion.h"
#include "grammar/json/schema_scalars.h"
#include "grammar/json/spelling.h"

namespace espalier {
namespace {

constexpr size_t kMostValueRules = 20000;
constexpr size_t kMostProperties = 10000;

using View = SchemaPart::View;

class SchemaCompiler {
 public:
  SchemaCompiler(const SchemaDocument& document, const JsonSchemaOptions& options)
      : document_(document), options_(options), expansion_(document), scalars_(document, program_) {}

  Result<JsonProgram> Compile() {
    program_.most_spaces = options_.most_spaces;
    program_.root = RuleOf({{&document_.root()}});
    for (size_t i = 0; i < work_.size(); ++i) {
      if (work_.size() > kMostValueRules) {
        return Fail(ErrorCode::kResourceExhausted,
                    "schema at #: it is too large; it leads to over 20000 rules");
      }
      ESPALIER_RETURN_IF_ERROR(MakeRule(static_cast<uint32_t>(i), *work_[i]));
    }
    const std::vector<bool> possible = RemoveImpossible(program_);
    for (const auto& [exclusion, rule] : exclusions_) {
      if (possible[rule]) return Overlap(exclusion);
    }
    if (!possible[program_.root]) {
      return document_.Problem(ErrorCode::kInvalidArgument, document_.root(), "no value satisfies it");
    }
    FinishObjects();
    program_.shortest = ShortestSizes(program_);
    return std::move(program_);
  }

 private:
  uint32_t RuleOf(Conjunction parts) {
    const auto [found, added] = rules_.try_emplace(std::move(parts), static_cast<uint32_t>(work_.size()));
    if (added) {
      work_.push_back(&found->first);
      program_.values.emplace_back();
    }
    return found->second;
  }

  Status MakeRule(uint32_t id, const Conjunction& parts) {
    ESPALIER_ASSIGN_OR_RETURN(const Alternatives alternatives, expansion_.Expand(parts));
    for (SchemaExpansion::Exclusion& exclusion : expansion_.TakeExclusions()) {
      const uint32_t rule = RuleOf(exclusion.both);
      exclusions_.emplace_back(std::move(exclusion), rule);
    }
    ValueRule rule;
    for (const Conjunction& conjunction : alternatives)
      ESPALIER_RETURN_IF_ERROR(AddAlternative(rule, conjunction));
    scalars_.Simplify(rule);
    program_.values[id] = std::move(rule);
    return {};
  }

  Status AddAlternative(ValueRule& rule, const Conjunction& conjunction) {
    const ScalarFacts facts = ScalarFacts::Of(conjunction);
    ESPALIER_RETURN_IF_ERROR(scalars_.AddTo(rule, facts));
    if (facts.types & kArrayType) rule.arrays.push_back(ArrayOf(conjunction));
    if (facts.types & kObjectType) {
      ESPALIER_ASSIGN_OR_RETURN(const uint32_t object, ObjectOf(conjunction));
      rule.objects.push_back(object);
    }
    return {};
  }

  // Arrays and objects of the same parts are made once, which keeps apart what need not be.
  template <typename Rule>
  uint32_t AddRule(std::vector<Rule>& rules, std::map<Conjunction, uint32_t>& known, const Conjunction& parts,
                   Rule rule) {
    rules.push_back(std::move(rule));
    return known[parts] = static_cast<uint32_t>(rules.size() - 1);
  }

  uint32_t ArrayOf(const Conjunction& conjunction) {
    if (const auto known = arrays_.find(conjunction); known != arrays_.end()) return known->second;
    ArrayRule rule;
    size_t first = 0;
    for (const SchemaPart& part : conjunction) {
      const SchemaJson& at = *part.at;
      if (part.view == View::kConstant) {
        rule.least = std::max(rule.least, static_cast<uint32_t>(at.size()));
        rule.most = std::min(rule.most, static_cast<uint32_t>(at.size()));
        first = std::max(first, at.size());
        continue;
      }
      if (at.contains("minItems")) rule.least = std::max(rule.least, CountOf(at.at("minItems")));
      if (at.contains("maxItems")) rule.most = std::min(rule.most, CountOf(at.at("maxItems")));
      if (at.contains("prefixItems")) first = std::max(first, at.at("prefixItems").size());
    }
    for (size_t i = 0; i < first; ++i) rule.first.push_back(ItemRule(conjunction, i));
    rule.rest = ItemRule(conjunction, first);
    return AddRule(program_.arrays, arrays_, conjunction, std::move(rule));
  }

  uint32_t ItemRule(const Conjunction& conjunction, size_t index) {
    Conjunction parts;
    for (const SchemaPart& part : conjunction) {
      const SchemaJson& at = *part.at;
      if (part.view == View::kConstant) {
        if (index < at.size()) AddPart(parts, {&at[index], View::kConstant});
        continue;
      }
      const auto first = at.find("prefixItems");
      const auto rest = at.find("items");
      if (first != at.end() && index < first->size()) {
        AddPart(parts, {&(*first)[index]});
      } else if (rest != at.end()) {
        AddPart(parts, {&*rest});
      }
    }
    return RuleOf(std::move(parts));
  }

  Result<uint32_t> ObjectOf(const Conjunction& conjunction) {
    if (const auto known = objects_.find(conjunction); known != objects_.end()) return known->second;
    ObjectRule rule;
    std::map<std::string, size_t> numbers;
    const auto property = [&](const std::string& name) -> ObjectRule::Property& {
      const auto [found, added] = numbers.try_emplace(name, rule.properties.size());
      if (added) rule.properties.push_back({name, SpellJsonString(name).substr(1), kNoRule, false});
      return rule.properties[found->second];
    };
    for (const SchemaPart& part : conjunction) {
      const SchemaJson& at = *part.at;
      const SchemaJson* described = part.view == View::kConstant ? &at
                                    : at.contains("properties")  ? &at.at("properties")
                                                                 : nullptr;
      if (described == nullptr) continue;
      for (const auto& [name, value] : described->items())
        property(name).required |= part.view == View::kConstant;
    }
    for (const SchemaPart& part : conjunction) {
      if (part.view == View::kConstant || !part.at->contains("required")) continue;
      for (const SchemaJson& name : part.at->at("required"))
        property(name.get<std::string>()).required = true;
    }
    if (rule.properties.size() > kMostProperties) {
      return document_.Problem(ErrorCode::kResourceExhausted, *conjunction[0].at,
                               "it has over 10000 properties");
    }
    for (ObjectRule::Property& p : rule.properties) p.value = PropertyRule(conjunction, &p.name);
    rule.others = PropertyRule(conjunction, nullptr);
    return AddRule(program_.objects, objects_, conjunction, std::move(rule));
  }

  // The rule of the property with this name, or of those that are not described anywhere; kNoRule: there is
  // none.
  uint32_t PropertyRule(const Conjunction& conjunction, const std::string* name) {
    Conjunction parts;
    for (const SchemaPart& part : conjunction) {
      const SchemaJson& at = *part.at;
      if (part.view == View::kConstant) {
        const auto value = name == nullptr ? at.end() : at.find(*name);
        if (value == at.end()) return kNoRule;
        AddPart(parts, {&*value, View::kConstant});
        continue;
      }
      const auto described = at.find("properties");
      const auto others = at.find("additionalProperties");
      if (name != nullptr && described != at.end() && described->contains(*name)) {
        AddPart(parts, {&described->at(*name)});
      } else if (others != at.end()) {
        AddPart(parts, {&*others});
      }
    }
    return RuleOf(std::move(parts));
  }

  tl::unexpected<Error> Overlap(const SchemaExpansion::Exclusion& exclusion) const {
    const std::string which = std::to_string(exclusion.first) + " and " + std::to_string(exclusion.second);
    return document_.Problem(ErrorCode::kUnsupported, *exclusion.one_of,
                             "a value may satisfy both alternatives " + which +
                                 "; use anyOf, or tell them apart by type or const");
  }

  void FinishObjects() {
    for (ObjectRule& rule : program_.objects) {
      const uint32_t count = rule.count();
      for (uint32_t i = 0; i < count; ++i) rule.by_spelling.push_back(static_cast<uint16_t>(i));
      std::sort(rule.by_spelling.begin(), rule.by_spelling.end(), [&](uint16_t a, uint16_t b) {
        return rule.properties[a].spelled < rule.properties[b].spelled;
      });
      rule.next_required.assign(count + 1, count);
      for (uint32_t i = count; i-- > 0;) {
        rule.next_required[i] = rule.properties[i].required ? i : rule.next_required[i + 1];
      }
      rule.any_order = options_.any_order && count <= ObjectRule::kMostInAnyOrder;
      for (uint32_t i = 0; i < count && rule.any_order; ++i)
        rule.required_bits |= uint32_t{rule.properties[i].required} << i;
    }
  }

  const SchemaDocument& document_;
  const JsonSchemaOptions options_;
  JsonProgram program_;
  SchemaExpansion expansion_;
  ScalarCompiler scalars_;
  std::map<Conjunction, uint32_t> rules_, arrays_, objects_;
  std::vector<const Conjunction*> work_;  // by value rule
  std::vector<std::pair<SchemaExpansion::Exclusion, uint32_t>>
      exclusions_;  // with the rule that must be impossible
};

bool AnyOf(const std::vector<uint32_t>& rules, const std::vector<bool>& possible) {
  return std::any_of(rules.begin(), rules.end(), [&](uint32_t rule) { return possible[rule]; });
}

// What is possible, the way from below: nothing is at first.
struct Possible {
  std::vector<bool> values, arrays, objects;

  bool Value(uint32_t rule) const { return rule != kNoRule && values[rule]; }

  bool Array(const ArrayRule& rule) const {
    if (rule.least > rule.most) return false;
    for (uint32_t i = 0; i < rule.least && i <= rule.first.size(); ++i) {
      if (!Value(rule.ItemAt(i))) return false;
    }
    return true;
  }

  bool Object(const ObjectRule& rule) const {
    return std::all_of(rule.properties.begin(), rule.properties.end(),
                       [&](const ObjectRule::Property& p) { return !p.required || Value(p.value); });
  }

  // Whether anything was found.
  bool Improve(const JsonProgram& program) {
    bool improved = false;
    const auto set = [&](std::vector<bool>& list, size_t i, bool value) {
      improved |= value && !list[i];
      list[i] = value;
    };
    for (size_t i = 0; i < arrays.size(); ++i) set(arrays, i, Array(program.arrays[i]));
    for (size_t i = 0; i < objects.size(); ++i) set(objects, i, Object(program.objects[i]));
    for (size_t i = values.size(); i-- > 0;) {
      const ValueRule& rule = program.values[i];
      const bool scalar = !rule.scalars.empty() || !rule.strings.empty();
      set(values, i, scalar || AnyOf(rule.arrays, arrays) || AnyOf(rule.objects, objects));
    }
    return improved;
  }
};

}  // namespace

std::vector<bool> RemoveImpossible(JsonProgram& program) {
  Possible possible;
  possible.values.resize(program.values.size());
  possible.arrays.resize(program.arrays.size());
  possible.objects.resize(program.objects.size());
  while (possible.Improve(program)) {
  }
  for (ValueRule& rule : program.values) {
    std::erase_if(rule.arrays, [&](uint32_t i) { return !possible.arrays[i]; });
    std::erase_if(rule.objects, [&](uint32_t i) { return !possible.objects[i]; });
  }
  for (ArrayRule& rule : program.arrays) {
    uint32_t items = 0;
    while (items <= rule.first.size() && possible.Value(rule.ItemAt(items))) ++items;
    if (items <= rule.first.size()) rule.most = std::min(rule.most, items);
  }
  for (ObjectRule& rule : program.objects) {
    for (const ObjectRule::Property& property : rule.properties) rule.reserved.push_back(property.name);
    std::sort(rule.reserved.begin(), rule.reserved.end());
    std::erase_if(rule.properties, [&](const ObjectRule::Property& p) { return !possible.Value(p.value); });
    if (!possible.Value(rule.others)) rule.others = kNoRule;
  }
  return possible.values;
}

Result<JsonProgram> CompileSchema(const SchemaDocument& document, const JsonSchemaOptions& options) {
  return SchemaCompiler(document, options).Compile();
}

}  // namespace espalier
