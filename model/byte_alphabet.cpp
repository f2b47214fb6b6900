#include "model/byte_alphabet.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace espalier {
namespace {

/// All letters of the alphabet lie below this code point, so each takes one or two bytes of UTF-8.
constexpr uint32_t kAlphabetEnd = 0x144;
constexpr int16_t kNoByte = -1;

/// Bytes that look like themselves: printable ASCII and Latin-1 but space, no-break space and soft hyphen.
constexpr bool StandsForItself(uint32_t byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD && byte <= 0xFF);
}

/// Code point -> byte. The other bytes follow one another from U+0100 on.
constexpr std::array<int16_t, kAlphabetEnd> MakeTable() {
  std::array<int16_t, kAlphabetEnd> table{};
  for (int16_t& entry : table) entry = kNoByte;
  uint32_t next = 0x100;
  for (uint32_t byte = 0; byte < 256; ++byte)
    table[StandsForItself(byte) ? byte : next++] = static_cast<int16_t>(byte);
  return table;
}

constexpr std::array<int16_t, kAlphabetEnd> kByteOf = MakeTable();
static_assert(kByteOf[0x120] == ' ' && kByteOf[0x10A] == '\n' && kByteOf[kAlphabetEnd - 1] == 0xAD);

}  // namespace

bool AppendAlphabetBytes(std::string_view name, std::string& bytes) {
  const size_t size_before = bytes.size();
  for (size_t i = 0; i < name.size(); ++i) {
    uint32_t code_point = static_cast<uint8_t>(name[i]);
    const bool two_bytes = code_point >= 0xC2 && code_point <= 0xC5 && i + 1 < name.size() &&
                           (static_cast<uint8_t>(name[i + 1]) & 0xC0) == 0x80;
    if (two_bytes) code_point = (code_point & 0x1F) << 6 | (static_cast<uint8_t>(name[++i]) & 0x3F);
    const bool known = (two_bytes || code_point < 0x80) && code_point < kAlphabetEnd;
    if (!known || kByteOf[code_point] == kNoByte) {
      bytes.resize(size_before);
      return false;
    }
    bytes.push_back(static_cast<char>(kByteOf[code_point]));
  }
  return true;
}

}  // namespace espalier
