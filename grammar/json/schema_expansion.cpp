#include "grammar/json/schema_expansion.h"

#include <algorithm>
#include <utility>

namespace espalier {
namespace {

constexpr size_t kMostAlternatives = 1000;
constexpr size_t kMostExclusions = 20000;
constexpr size_t kMostReferences = 200;
constexpr uint64_t kMostSteps = 1'000'000;

Alternatives OfConstant(const SchemaJson& value) { return {{{&value, SchemaPart::View::kConstant}}}; }

Alternatives OfValues(const SchemaJson& values) {
  Alternatives alternatives;
  for (const SchemaJson& value : values) {
    if (value.is_structured()) alternatives.push_back({{&value, SchemaPart::View::kConstant}});
  }
  if (alternatives.size() < values.size()) alternatives.push_back({{&values, SchemaPart::View::kScalars}});
  return alternatives;
}

}  // namespace

void AddPart(Conjunction& conjunction, const SchemaPart& part) {
  if (std::find(conjunction.begin(), conjunction.end(), part) == conjunction.end())
    conjunction.push_back(part);
}

Result<Alternatives> SchemaExpansion::Expand(const Conjunction& conjunction) {
  Alternatives alternatives = {{}};
  for (const SchemaPart& part : conjunction) {
    ESPALIER_ASSIGN_OR_RETURN(const Alternatives more, ExpandPart(part));
    ESPALIER_RETURN_IF_ERROR(Require(alternatives, more, *part.at));
  }
  return alternatives;
}

Result<Alternatives> SchemaExpansion::ExpandPart(const SchemaPart& part) {
  if (part.view != SchemaPart::View::kAll) return Alternatives{{part}};
  const SchemaJson& schema = *part.at;
  if (!checked_.contains(&schema)) ESPALIER_RETURN_IF_ERROR(document_.Check(schema));
  checked_.insert(&schema);
  if (schema.is_boolean()) return schema == true ? Alternatives{{}} : Alternatives{};
  if (std::find(under_way_.begin(), under_way_.end(), &schema) != under_way_.end()) {
    return document_.Problem(ErrorCode::kInvalidArgument, schema,
                             "it refers to itself without a step into the value");
  }
  if (++steps_ > kMostSteps)
    return document_.Problem(ErrorCode::kResourceExhausted, schema, "the schema is too large");
  if (under_way_.size() > kMostReferences) {
    return document_.Problem(ErrorCode::kResourceExhausted, schema,
                             "more than 200 references follow each other");
  }
  under_way_.push_back(&schema);
  auto alternatives = ExpandSchema(schema);
  under_way_.pop_back();
  return alternatives;
}

Result<Alternatives> SchemaExpansion::ExpandSchema(const SchemaJson& schema) {
  Alternatives alternatives = {{{&schema, SchemaPart::View::kOwn}}};
  for (const auto& [name, value] : schema.items()) {
    if (name == "$ref") {
      ESPALIER_ASSIGN_OR_RETURN(const SchemaJson* target, document_.Target(schema));
      ESPALIER_ASSIGN_OR_RETURN(const Alternatives more, ExpandPart({target}));
      ESPALIER_RETURN_IF_ERROR(Require(alternatives, more, value));
    } else if (name == "allOf") {
      for (const SchemaJson& part : value) {
        ESPALIER_ASSIGN_OR_RETURN(const Alternatives more, ExpandPart({&part}));
        ESPALIER_RETURN_IF_ERROR(Require(alternatives, more, part));
      }
    } else if (name == "anyOf") {
      ESPALIER_ASSIGN_OR_RETURN(const Alternatives more, ExpandAny(value));
      ESPALIER_RETURN_IF_ERROR(Require(alternatives, more, value));
    } else if (name == "const" || name == "enum") {
      ESPALIER_RETURN_IF_ERROR(
          Require(alternatives, name == "const" ? OfConstant(value) : OfValues(value), value));
    }
  }
  const auto one_of = schema.find("oneOf");
  if (one_of != schema.end()) ESPALIER_RETURN_IF_ERROR(RequireOneOf(alternatives, *one_of));
  return alternatives;
}

Result<Alternatives> SchemaExpansion::ExpandAny(const SchemaJson& schemas) {
  Alternatives all;
  for (const SchemaJson& schema : schemas) {
    ESPALIER_ASSIGN_OR_RETURN(const Alternatives more, ExpandPart({&schema}));
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

// Of the schemas in a oneOf one holds, and it is noted that no two may, beside the other rules there.
Status SchemaExpansion::RequireOneOf(Alternatives& alternatives, const SchemaJson& schemas) {
  std::vector<Alternatives> each;
  Alternatives all;
  for (const SchemaJson& schema : schemas) {
    ESPALIER_ASSIGN_OR_RETURN(Alternatives more, ExpandPart({&schema}));
    all.insert(all.end(), more.begin(), more.end());
    each.push_back(std::move(more));
  }
  const bool known = !excluded_.insert(&schemas).second;
  for (size_t i = 0; i < each.size() && !known; ++i) {
    Alternatives first = alternatives;
    ESPALIER_RETURN_IF_ERROR(Require(first, each[i], schemas));
    for (size_t j = i + 1; j < each.size(); ++j) {
      Alternatives both = first;
      ESPALIER_RETURN_IF_ERROR(Require(both, each[j], schemas));
      for (Conjunction& conjunction : both) exclusions_.push_back({&schemas, i, j, std::move(conjunction)});
      if (exclusions_.size() > kMostExclusions) {
        return document_.Problem(ErrorCode::kResourceExhausted, schemas,
                                 "it has too many alternatives; use anyOf");
      }
    }
  }
  return Require(alternatives, all, schemas);
}

// Each of the one with each of the other.
Status SchemaExpansion::Require(Alternatives& alternatives, const Alternatives& more,
                                const SchemaJson& place) const {
  if (alternatives.size() * more.size() > kMostAlternatives) {
    return document_.Problem(ErrorCode::kResourceExhausted, place,
                             "together with what surrounds it, this has too many alternatives");
  }
  Alternatives both;
  for (const Conjunction& left : alternatives) {
    for (const Conjunction& right : more) {
      both.push_back(left);
      for (const SchemaPart& part : right) AddPart(both.back(), part);
    }
  }
  alternatives = std::move(both);
  return {};
}

}  // namespace espalier
