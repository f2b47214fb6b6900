// Typed, range-checked access to the metadata of a GGUF file. Immutable, so thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/field_source.h"
#include "model/file_errors.h"
#include "model/gguf.h"

namespace espalier {

class GgufFields : public FieldSource {
 public:
  /// `file` and `errors` must outlive the fields. `prefix` is put before every name.
  GgufFields(const GgufFile& file, const FileErrors& errors, std::string prefix = "")
      : file_(file), errors_(errors), prefix_(std::move(prefix)) {}

  Result<std::optional<uint64_t>> FindUint(std::string_view name, UintRange range) const override;
  Result<std::optional<double>> FindFloat(std::string_view name, FloatRange range) const override;
  Result<std::optional<std::string>> FindString(std::string_view name) const override;

  Result<std::optional<bool>> FindBool(std::string_view name) const;
  /// The token id under `name`; nothing when it is absent or -1. Errors: not below `vocab_size`.
  Result<std::optional<int32_t>> FindTokenId(std::string_view name, size_t vocab_size) const;
  /// Empty when absent. Views into the file.
  Result<std::vector<std::string_view>> FindStrings(std::string_view name) const;
  /// Elements of an INT32 or UINT32 array; empty when absent.
  Result<std::vector<int32_t>> FindInts(std::string_view name) const;
  /// Checks that an array is absent or has `count` elements of type `type`.
  Status CheckArray(std::string_view name, GgufType type, uint64_t count) const;

 private:
  const GgufValue* Find(const std::string& key) const;
  tl::unexpected<Error> WrongType(const std::string& key, const GgufValue& value,
                                  std::string_view expected) const;

  const GgufFile& file_;
  const FileErrors& errors_;
  std::string prefix_;
};

}  // namespace espalier
