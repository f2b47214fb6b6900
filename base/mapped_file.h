// A whole file mapped read-only into memory. Movable, not copyable; the bytes stay valid (and at the
// same address) until the MappedFile is destroyed. The file must not be truncated while mapped.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "base/result.h"

namespace espalier {

class MappedFile {
 public:
  /// Maps `path`. Errors: kNotFound, kIo (not a regular file, no permission). An empty file maps to
  /// an empty span.
  static Result<MappedFile> Open(const std::filesystem::path& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }

  /// Tells the kernel that `part` (inside bytes()) is not needed soon, so that it stops counting
  /// towards this process's resident memory; reading it again still works.
  void Release(std::span<const std::byte> part) const;

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace espalier
