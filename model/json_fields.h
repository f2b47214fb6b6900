// JSON files of Hugging Face models: parsing without exceptions, and typed access to members by dotted
// names ("rope_scaling.factor"). Internal to the readers; nlohmann/json stays inside model/.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/field_source.h"
#include "model/file_errors.h"

namespace espalier {

/// Parses a JSON object. Errors: kCorrupt, with the place; also when a member of the outermost object
/// occurs twice.
Result<nlohmann::json> ParseJsonObject(std::string_view text, const FileErrors& errors);

/// A member of `object`, or null when it is not an object, has no such member, or it is null.
const nlohmann::json* FindMember(const nlohmann::json& object, std::string_view name);

/// The member's text, or nothing when there is none or it is no string.
std::optional<std::string> FindText(const nlohmann::json& object, std::string_view name);

/// True when the member is there and is `true`.
bool IsTrue(const nlohmann::json& object, std::string_view name);

class JsonFields : public FieldSource {
 public:
  /// Both must outlive the fields.
  JsonFields(const nlohmann::json& object, const FileErrors& errors) : object_(object), errors_(errors) {}

  Result<std::optional<uint64_t>> FindUint(std::string_view name, UintRange range) const override;
  Result<std::optional<double>> FindFloat(std::string_view name, FloatRange range) const override;
  Result<std::optional<std::string>> FindString(std::string_view name) const override;

 private:
  const nlohmann::json* Find(std::string_view dotted_name) const;
  tl::unexpected<Error> Wrong(std::string_view name, const nlohmann::json& value,
                              std::string_view expected) const;

  const nlohmann::json& object_;
  const FileErrors& errors_;
};

}  // namespace espalier
