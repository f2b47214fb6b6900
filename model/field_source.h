// Named scalars of a model file, whatever its format: the metadata of a GGUF file or the members of a
// config.json. A field that is there must have the right type and lie in range; one that is not there
// is an empty optional. Implementations are immutable, so thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace espalier {

struct UintRange {
  uint64_t min = 0;
  uint64_t max = 0;
};

struct FloatRange {
  double min = 0;
  double max = 0;
};

/// "'rope_theta' is -1; expected 1 to 1e+12".
std::string OutOfRange(std::string_view field, double value, FloatRange range);

class FieldSource {
 public:
  virtual ~FieldSource() = default;
  /// Errors of all three: kCorrupt, naming the file, the field and the value.
  virtual Result<std::optional<uint64_t>> FindUint(std::string_view name, UintRange range) const = 0;
  /// Integers are accepted too. NaN and infinities are out of every range.
  virtual Result<std::optional<double>> FindFloat(std::string_view name, FloatRange range) const = 0;
  virtual Result<std::optional<std::string>> FindString(std::string_view name) const = 0;
};

}  // namespace espalier
