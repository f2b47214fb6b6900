// Random texts that are rich in what goes wrong with offsets: every kind of line end, characters of one
// to four bytes, combining marks, and bytes that are no UTF-8.
#pragma once

#include <random>
#include <string>

namespace espalier::lsp {

using Random = std::mt19937_64;

inline uint32_t Below(Random& random, uint32_t bound) {
  return static_cast<uint32_t>(std::uniform_int_distribution<uint32_t>(0, bound - 1)(random));
}

inline std::string RandomText(Random& random, uint32_t max_pieces, bool with_invalid_bytes) {
  static const std::string kValid[] = {"a", "b", " ",       "\t",         "\n",    "\r\n",           "\r",
                                       "é", "ß", "e\u0301", "€",          "語",    "\uFEFF",         "😀",
                                       "𝕏", "(", "\u2028",  "\U0010FFFF", "x = 1", std::string(1, 0)};
  static const std::string kInvalid[] = {"\x80",         "\xC3",     "\xE2\x82", "\xF0\x9F\x98",
                                         "\xED\xA0\x80", "\xC0\xAF", "\xFF"};
  std::string text;
  for (uint32_t pieces = Below(random, max_pieces + 1); pieces > 0; --pieces) {
    const bool invalid = with_invalid_bytes && Below(random, 8) == 0;
    text += invalid ? kInvalid[Below(random, std::size(kInvalid))] : kValid[Below(random, std::size(kValid))];
  }
  return text;
}

}  // namespace espalier::lsp
