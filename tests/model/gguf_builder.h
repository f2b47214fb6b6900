// Builds GGUF files in memory, valid ones and, field by field, broken ones.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/gguf.h"

namespace espalier {

/// The bytes of a little-endian scalar.
template <typename T>
std::string Bytes(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

inline std::string GgufString(std::string_view text) {
  return Bytes<uint64_t>(text.size()) + std::string(text);
}

inline std::string GgufStrings(const std::vector<std::string>& texts) {
  std::string bytes;
  for (const std::string& text : texts) bytes += GgufString(text);
  return bytes;
}

template <typename T>
std::string GgufArray(GgufType type, const std::vector<T>& values) {
  std::string bytes = Bytes(type) + Bytes<uint64_t>(values.size());
  for (const T& value : values) bytes += Bytes(value);
  return bytes;
}

struct GgufBuilder {
  struct KeyValue {
    std::string key;
    GgufType type;
    std::string value;  ///< as in the file, after the type
  };
  struct Tensor {
    std::string name;
    std::vector<uint64_t> dims;  ///< fastest first
    uint32_t type = 0;
    std::string data;
    std::optional<uint64_t> offset;  ///< when not where the data really is
    std::optional<uint32_t> n_dims;  ///< when not dims.size()
  };

  std::string magic = "GGUF";
  uint32_t version = 3;
  uint32_t alignment = 32;  ///< of the layout; the metadata says nothing unless Set
  std::optional<uint64_t> tensor_count;
  std::optional<uint64_t> key_value_count;
  std::vector<KeyValue> key_values;
  std::vector<Tensor> tensors;

  /// Replaces the value of `key` or adds it.
  void Set(std::string_view key, GgufType type, std::string value);
  void SetUint(std::string_view key, uint32_t value) { Set(key, GgufType::kUint32, Bytes(value)); }
  void SetFloat(std::string_view key, float value) { Set(key, GgufType::kFloat32, Bytes(value)); }
  void SetString(std::string_view key, std::string_view text) {
    Set(key, GgufType::kString, GgufString(text));
  }
  void SetStrings(std::string_view key, const std::vector<std::string>& texts);
  void Remove(std::string_view key);
  void AddTensor(std::string name, std::vector<uint64_t> dims);  ///< F32, with plain values
  void RemoveTensor(std::string_view name);
  Tensor& tensor(std::string_view name);

  std::string Build() const;
};

/// A valid qwen2 model of one layer and eight tokens, tied, with biases: about three kilobytes, with no
/// padding at the end.
GgufBuilder SmallQwen2();

}  // namespace espalier
