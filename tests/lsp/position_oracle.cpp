#include "tests/lsp/position_oracle.h"

namespace espalier::lsp {
namespace {

std::string EncodeUtf8(uint32_t code_point) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) return {static_cast<char>(code_point)};
  if (code_point < 0x800) return {static_cast<char>(0xC0 | (code_point >> 6)), tail(0)};
  if (code_point < 0x10000) return {static_cast<char>(0xE0 | (code_point >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | (code_point >> 18)), tail(12), tail(6), tail(0)};
}

// A sequence is valid when it is what encoding its value gives and the value is a scalar value.
bool IsValidSequence(std::string_view bytes) {
  uint32_t value = static_cast<unsigned char>(bytes[0]) & (0xFFu >> (bytes.size() + 1));
  for (const char byte : bytes.substr(1)) value = (value << 6) | (static_cast<unsigned char>(byte) & 0x3F);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  return !surrogate && value <= 0x10FFFF && EncodeUtf8(value) == bytes;
}

uint32_t BytesAt(std::string_view text, size_t at) {
  for (uint32_t bytes = 2; bytes <= 4 && at + bytes <= text.size(); ++bytes) {
    if (IsValidSequence(text.substr(at, bytes))) return bytes;
  }
  return 1;
}

}  // namespace

uint32_t PositionOracle::Character::Units(PositionEncoding encoding) const {
  if (encoding == PositionEncoding::kUtf8) return bytes;
  if (encoding == PositionEncoding::kUtf16 && bytes == 4) return 2;
  return 1;
}

PositionOracle::PositionOracle(std::string_view text) : size_(static_cast<uint32_t>(text.size())) {
  Line line;
  for (uint32_t at = 0; at < size_;) {
    const uint32_t bytes = BytesAt(text, at);
    if (text[at] != '\r' && text[at] != '\n') {
      line.characters.push_back({at, bytes});
      at += bytes;
      continue;
    }
    line.end = at;
    at += text.substr(at, 2) == "\r\n" ? 2 : 1;
    line.next = at;
    lines_.push_back(line);
    line = Line{{}, at, at, at};
  }
  line.end = line.next = size_;
  lines_.push_back(line);
}

uint32_t PositionOracle::OffsetAt(Position position, PositionEncoding encoding) const {
  if (position.line >= lines_.size()) return size_;
  const Line& line = lines_[position.line];
  uint32_t units = 0;
  for (const Character& character : line.characters) {
    units += character.Units(encoding);
    if (units > position.character) return character.offset;
  }
  return line.end;
}

Position PositionOracle::PositionAt(uint32_t offset, PositionEncoding encoding) const {
  uint32_t number = 0;
  while (number + 1 < lines_.size() && lines_[number].next <= offset) ++number;
  uint32_t units = 0;
  for (const Character& character : lines_[number].characters) {
    if (character.offset + character.bytes > offset) break;
    units += character.Units(encoding);
  }
  return {number, units};
}

}  // namespace espalier::lsp
