// Lines of a gzip-compressed text file: how evaluation data is stored.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace espalier {

/// All lines, without their line ends; an empty last line does not count. Errors: kNotFound, kIo, kCorrupt
/// (not gzip, truncated, or its checksum is wrong).
Result<std::vector<std::string>> ReadGzipLines(const std::filesystem::path& path);

/// The same for a file that may also be plain text: gzip when its name ends in ".gz".
Result<std::vector<std::string>> ReadTextLines(const std::filesystem::path& path);

}  // namespace espalier
