// The tensor table of a GGUF file; part of gguf.h's parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "model/file_errors.h"
#include "model/gguf.h"

namespace espalier {

/// Where the table lies and how the data behind it is aligned.
struct GgufTensorTable {
  size_t offset = 0;
  uint64_t count = 0;
  uint32_t alignment = 32;
};

/// kCorrupt when `count` table entries cannot fit in `remaining` bytes.
Status CheckGgufTensorCount(uint64_t count, size_t remaining, const FileErrors& errors);

/// Reads the table and checks every tensor: name, dimensions, type, and that its bytes lie inside
/// the file, aligned and apart from all others. Errors: kCorrupt, kUnsupported (type).
Result<std::vector<GgufTensor>> ReadGgufTensors(std::span<const std::byte> bytes,
                                                const GgufTensorTable& table, const FileErrors& errors);

}  // namespace espalier
