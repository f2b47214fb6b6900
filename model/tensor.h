// Tensors as they lie in model files: an element type and a non-owning view. All matrices are
// row-major; a row is contiguous and holds whole quantization blocks. Immutable, so thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace espalier {

/// Element types of the GGUF specification that Espalier reads.
enum class DataType : uint8_t { kF32, kF16, kBF16, kQ4_0, kQ5_0, kQ5_1, kQ8_0, kQ4_K, kQ5_K, kQ6_K };

struct DataTypeInfo {
  std::string_view name;    ///< As GGUF tools print it: "Q4_K".
  uint32_t block_elements;  ///< Elements a quantization block holds (1 for floats).
  uint32_t block_bytes;     ///< Bytes a block takes.
};
const DataTypeInfo& InfoOf(DataType type);

/// Bytes of a row of `cols` elements. REQUIRES: cols % block_elements == 0.
inline size_t RowBytes(DataType type, size_t cols) {
  const DataTypeInfo& info = InfoOf(type);
  return cols / info.block_elements * info.block_bytes;
}

/// A matrix [rows, cols] (a vector is [1, n]) inside a mapped file. Empty when data is null.
struct TensorView {
  DataType type = DataType::kF32;
  size_t rows = 0;
  size_t cols = 0;
  const std::byte* data = nullptr;

  bool empty() const { return data == nullptr; }
  size_t row_bytes() const { return RowBytes(type, cols); }
  size_t bytes() const { return rows * row_bytes(); }
  const std::byte* row(size_t r) const { return data + r * row_bytes(); }
};

}  // namespace espalier
