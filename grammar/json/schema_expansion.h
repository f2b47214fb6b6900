// Internal to grammar/json/: a schema as alternatives, each of them a list of rules that all hold (a
// disjunctive normal form): $ref, allOf, anyOf, oneOf, enum and const are gone afterwards. One compilation.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "base/result.h"
#include "grammar/json/schema_document.h"

namespace espalier {

/// Something that a value must satisfy.
struct SchemaPart {
  enum class View : uint8_t {
    kAll,       ///< the schema there
    kOwn,       ///< what the schema there says itself, not by way of $ref, allOf, anyOf, oneOf, enum, const
    kConstant,  ///< to be the value there
    kScalars,   ///< to be one of the values in the list there that are no arrays or objects
  };

  const SchemaJson* at = nullptr;
  View view = View::kAll;

  friend auto operator<=>(const SchemaPart&, const SchemaPart&) = default;
};

/// Parts that all hold, in the order in which they were met, each once.
using Conjunction = std::vector<SchemaPart>;
/// Of which one holds. None: nothing satisfies it.
using Alternatives = std::vector<Conjunction>;

void AddPart(Conjunction& conjunction, const SchemaPart& part);

class SchemaExpansion {
 public:
  /// A place where no value may satisfy both alternatives.
  struct Exclusion {
    const SchemaJson* one_of = nullptr;
    size_t first = 0, second = 0;
    Conjunction both;
  };

  /// `document` must outlive it.
  explicit SchemaExpansion(const SchemaDocument& document) : document_(document) {}

  /// Alternatives whose parts are no longer kAll. Errors as of JsonSchema::Parse.
  Result<Alternatives> Expand(const Conjunction& conjunction);

  /// What oneOf asks for, of the schemas expanded since the last call.
  std::vector<Exclusion> TakeExclusions() { return std::exchange(exclusions_, {}); }

 private:
  Result<Alternatives> ExpandPart(const SchemaPart& part);
  Result<Alternatives> ExpandSchema(const SchemaJson& schema);
  Result<Alternatives> ExpandAny(const SchemaJson& schemas);
  Status Require(Alternatives& alternatives, const Alternatives& more, const SchemaJson& place) const;
  Status RequireOneOf(Alternatives& alternatives, const SchemaJson& schemas);

  const SchemaDocument& document_;
  std::set<const SchemaJson*> checked_;       // schemas whose keywords are known to be right
  std::set<const SchemaJson*> excluded_;      // lists of oneOf that are in exclusions_, or were
  std::vector<const SchemaJson*> under_way_;  // schemas that are being expanded
  std::vector<Exclusion> exclusions_;
  uint64_t steps_ = 0;
};

}  // namespace espalier
