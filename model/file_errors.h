// Error messages of the model readers: every one begins with the file it is about and stays on one
// line whatever bytes the file holds. Immutable, so thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace espalier {

/// `text` in single quotes, with control characters and invalid bytes escaped and long text cut.
std::string Quoted(std::string_view text);

/// "1 to 512", for messages about ranges.
std::string RangeText(uint64_t min, uint64_t max);

/// Makes errors about one file.
class FileErrors {
 public:
  explicit FileErrors(const std::filesystem::path& path);

  /// `what` is a sentence without a full stop that names the field and the value.
  tl::unexpected<Error> Corrupt(std::string_view what) const;
  tl::unexpected<Error> Unsupported(std::string_view what) const;

 private:
  std::string prefix_;
};

}  // namespace espalier
