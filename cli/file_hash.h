// SHA-256 of files (FIPS 180-4, computed by OpenSSL).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/cancellation.h"
#include "base/result.h"

namespace espalier {

/// Called now and then with the bytes done so far.
using ByteProgress = std::function<void(uint64_t)>;

/// Lower-case hex digest. Errors: kNotFound, kIo, kCancelled.
Result<std::string> Sha256OfFile(const std::filesystem::path& path, const ByteProgress& progress,
                                 const CancelToken& cancel);

std::string Sha256OfText(std::string_view text);

/// Copies `from` to `to` (replacing it) and gives the digest of what was copied. On an error `to` is
/// removed. Errors: kNotFound, kIo (disk full among them), kCancelled.
Result<std::string> CopyWithSha256(const std::filesystem::path& from, const std::filesystem::path& to,
                                   const ByteProgress& progress, const CancelToken& cancel);

}  // namespace espalier
