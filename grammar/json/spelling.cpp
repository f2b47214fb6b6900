#include "grammar/json/spelling.h"

namespace espalier {
namespace {

using Table = std::array<std::array<uint8_t, 256>, kStringStates>;

constexpr void Set(Table& table, StringState from, uint8_t first, uint8_t last, StringState to) {
  for (size_t byte = first; byte <= last; ++byte) table[from][byte] = to;
}

constexpr void SetHex(Table& table, StringState from, StringState to) {
  Set(table, from, '0', '9', to);
  Set(table, from, 'a', 'f', to);
  Set(table, from, 'A', 'F', to);
}

constexpr void SetText(Table& table) {
  Set(table, kInText, 0x20, 0x7F, kInText);
  table[kInText]['"'] = kStringEnd;
  table[kInText]['\\'] = kEscape;
  Set(table, kInText, 0xC2, 0xDF, kTail1);
  Set(table, kInText, 0xE0, 0xEF, kTail2);
  table[kInText][0xE0] = kTailE0;
  table[kInText][0xED] = kTailED;
  table[kInText][0xF0] = kTailF0;
  Set(table, kInText, 0xF1, 0xF3, kTail3);
  table[kInText][0xF4] = kTailF4;
  Set(table, kTail1, 0x80, 0xBF, kInText);
  Set(table, kTail2, 0x80, 0xBF, kTail1);
  Set(table, kTail3, 0x80, 0xBF, kTail2);
  Set(table, kTailE0, 0xA0, 0xBF, kTail1);
  Set(table, kTailED, 0x80, 0x9F, kTail1);
  Set(table, kTailF0, 0x90, 0xBF, kTail2);
  Set(table, kTailF4, 0x80, 0x8F, kTail2);
}

constexpr void SetEscapes(Table& table) {
  for (const char c : {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'})
    table[kEscape][static_cast<uint8_t>(c)] = kInText;
  table[kEscape]['u'] = kUnit1;
  SetHex(table, kUnit1, kUnit2);
  table[kUnit1]['d'] = table[kUnit1]['D'] = kUnitAfterD;
  SetHex(table, kUnit2, kUnit3);
  SetHex(table, kUnit3, kUnit4);
  SetHex(table, kUnit4, kInText);
  Set(table, kUnitAfterD, '0', '7', kUnit3);
  for (const char c : {'8', '9', 'a', 'b', 'A', 'B'}) table[kUnitAfterD][static_cast<uint8_t>(c)] = kHigh3;
  SetHex(table, kHigh3, kHigh4);
  SetHex(table, kHigh4, kLowSlash);
  table[kLowSlash]['\\'] = kLowU;
  table[kLowU]['u'] = kLow1;
  table[kLow1]['d'] = table[kLow1]['D'] = kLow2;
  Set(table, kLow2, 'c', 'f', kLow3);
  Set(table, kLow2, 'C', 'F', kLow3);
  SetHex(table, kLow3, kLow4);
  SetHex(table, kLow4, kInText);
}

constexpr Table MakeTable() {
  Table table{};
  for (auto& row : table) row.fill(kNoString);
  SetText(table);
  SetEscapes(table);
  return table;
}

uint32_t HexValue(std::string_view digits) {
  uint32_t value = 0;
  for (const char c : digits)
    value = value * 16 + static_cast<uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  return value;
}

// The escape at the beginning of `text`; returns its size.
size_t DecodeEscape(std::string_view text, std::string& out) {
  constexpr std::string_view kLetters = "bfnrt", kMeanings = "\b\f\n\r\t";
  if (text[1] != 'u') {
    const size_t letter = kLetters.find(text[1]);
    out += letter == std::string_view::npos ? text[1] : kMeanings[letter];
    return 2;
  }
  const uint32_t unit = HexValue(text.substr(2, 4));
  if (unit < 0xD800 || unit > 0xDFFF) {
    AppendUtf8(unit, out);
    return 6;
  }
  AppendUtf8(0x10000 + ((unit - 0xD800) << 10) + (HexValue(text.substr(8, 4)) - 0xDC00), out);
  return 12;
}

}  // namespace

constexpr Table kStringTable = MakeTable();

void AppendUtf8(uint32_t code_point, std::string& out) {
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
    return;
  }
  const int tails = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
  const uint32_t mark = tails == 1 ? 0xC0 : tails == 2 ? 0xE0 : 0xF0;
  out += static_cast<char>(mark | code_point >> 6 * tails);
  for (int i = tails - 1; i >= 0; --i) out += static_cast<char>(0x80 | (code_point >> 6 * i & 0x3F));
}

std::string EscapeOf(uint32_t code_point) {
  constexpr std::string_view kSpecial = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt", kHex = "0123456789abcdef";
  if (code_point >= 0x80) return {};
  const size_t special = kSpecial.find(static_cast<char>(code_point));
  if (special != std::string_view::npos) return {'\\', kLetters[special]};
  if (code_point >= 0x20) return {};
  return {'\\', 'u', '0', '0', kHex[code_point >> 4], kHex[code_point & 15]};
}

std::string SpellJsonString(std::string_view text) {
  std::string spelled = "\"";
  for (const char c : text) {
    const std::string escape = EscapeOf(static_cast<uint8_t>(c));
    escape.empty() ? spelled += c : spelled += escape;
  }
  return spelled + '"';
}

std::string DecodeJsonString(std::string_view inside) {
  std::string text;
  while (!inside.empty()) {
    size_t size = 1;
    if (inside[0] == '\\') {
      size = DecodeEscape(inside, text);
    } else {
      text += inside[0];
    }
    inside.remove_prefix(size);
  }
  return text;
}

std::string_view ShortestToText(uint8_t state) {
  constexpr std::string_view kTexts[kStringStates] = {
      "",         "n",        "0000",     "000",          "00",           "0",           "000", "00\\udc00",
      "0\\udc00", "\\udc00",  "udc00",    "dc00",         "c00",          "00",          "0",   "\x80",
      "\x80\x80", "\xA0\x80", "\x80\x80", "\x90\x80\x80", "\x80\x80\x80", "\x80\x80\x80"};
  return kTexts[state];
}

}  // namespace espalier
