// Hashes of text that are the same on every machine, for seeds and orders. Not for secrets.
#pragma once

#include <cstdint>
#include <string_view>

namespace espalier {

/// FNV-1a, 64 bits.
inline uint64_t Fnv1a(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

/// The same with every bit well mixed (the last step of MurmurHash3), to sort by.
inline uint64_t TextHash(std::string_view text) {
  uint64_t hash = Fnv1a(text);
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

}  // namespace espalier
