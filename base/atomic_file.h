// Files that are there as a whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace espalier {

/// Writes `content` beside `path` and puts it in its place; whatever was there stays until then. Errors: kIo
/// (names the file and the reason), with nothing left behind.
Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content);

}  // namespace espalier
