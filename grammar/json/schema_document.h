// Internal to grammar/json/: a JSON Schema as it was written. Immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace espalier {

/// Keeps properties in the order in which they were written.
using SchemaJson = nlohmann::ordered_json;

/// The number in a keyword like minLength; more than 32 bits hold is without limit, as texts have less than 4
/// GiB.
uint32_t CountOf(const SchemaJson& value);

class SchemaDocument {
 public:
  /// Errors: kCorrupt (not JSON), kResourceExhausted (too large, too deep).
  static Result<SchemaDocument> Parse(std::string_view text);

  const SchemaJson& root() const { return *root_; }
  /// Whether a schema has only keywords that are known, with values that make sense for them: what is read
  /// later need not be checked again.
  Status Check(const SchemaJson& schema) const;
  /// What a schema's $ref names.
  Result<const SchemaJson*> Target(const SchemaJson& schema) const;

  /// An error about a place in the document.
  tl::unexpected<Error> Problem(ErrorCode code, const SchemaJson& place, const std::string& what) const;

 private:
  SchemaDocument() = default;
  Status CheckKeyword(const std::string& name, const SchemaJson& value) const;
  bool HasOwnBase(const SchemaJson& schema) const;

  std::unique_ptr<SchemaJson> root_;
  bool nested_ids_ = false;  // somewhere below the root there is a $id
};

}  // namespace espalier
