// The GGUF container (versions 2 and 3): typed metadata and a table of tensors, all of it views into
// the mapped file. Nothing here knows what a model is; see gguf_model.h. Parsing is memory-safe on
// any bytes: every count and length is compared with the bytes that are left before it is used, and
// every tensor lies inside the file, aligned, and overlaps no other. Immutable, so thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/file_errors.h"
#include "model/tensor.h"

namespace espalier {

/// Types of metadata values, numbered as in the file.
enum class GgufType : uint32_t {
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kFloat32,
  kBool,
  kString,
  kArray,
  kUint64,
  kInt64,
  kFloat64,
};

/// "UINT32", "STRING", ...
std::string_view GgufTypeName(GgufType type);

/// A scalar, or an array of scalars or strings. Strings are length-prefixed in `bytes`, and every
/// length was checked.
struct GgufValue {
  GgufType type = GgufType::kUint8;  ///< of the elements, when it is an array
  bool is_array = false;
  uint64_t count = 1;
  std::span<const std::byte> bytes;
};

struct GgufTensor {
  std::string_view name;
  uint32_t n_dims = 1;
  TensorView view;  ///< dimensions beyond the first are folded into rows
};

struct GgufFile {
  uint32_t version = 0;
  uint32_t alignment = 32;
  std::map<std::string_view, GgufValue> metadata;
  std::vector<GgufTensor> tensors;
};

/// Reads the header, the metadata and the tensor table of `bytes`, which must outlive the result.
/// Errors: kCorrupt, kUnsupported (version, byte order, tensor type).
Result<GgufFile> ParseGguf(std::span<const std::byte> bytes, const FileErrors& errors);

}  // namespace espalier
