// A cursor over bytes that never leaves them: every read says whether it fitted, and one that did
// not changes nothing. Little-endian, as all model files are. Not thread-safe.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace espalier {

static_assert(std::endian::native == std::endian::little, "model files are read in place");

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  size_t offset() const { return offset_; }
  size_t remaining() const { return bytes_.size() - offset_; }

  template <typename T>
  [[nodiscard]] bool Read(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (remaining() < sizeof(T)) return false;
    std::memcpy(&value, bytes_.data() + offset_, sizeof(T));
    offset_ += sizeof(T);
    return true;
  }

  /// The next `count` bytes, in place.
  [[nodiscard]] bool Take(uint64_t count, std::span<const std::byte>& out) {
    if (count > remaining()) return false;
    out = bytes_.subspan(offset_, count);
    offset_ += count;
    return true;
  }

  /// A string of GGUF: a 64-bit length and that many bytes, in place.
  [[nodiscard]] bool ReadString(std::string_view& out) {
    const size_t start = offset_;
    uint64_t length = 0;
    std::span<const std::byte> text;
    if (!Read(length) || !Take(length, text)) {
      offset_ = start;
      return false;
    }
    out = {reinterpret_cast<const char*>(text.data()), text.size()};
    return true;
  }

 private:
  std::span<const std::byte> bytes_;
  size_t offset_ = 0;
};

}  // namespace espalier
