// GPT-2's byte alphabet: vocabularies of byte-level BPE are stored as text, with each byte written as one
// printable code point (a space is "Ġ", a newline "Ċ"). Radford et al. 2019. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace espalier {

/// Appends to `bytes` what `name` spells in the alphabet. False, and `bytes` as before, when `name` holds
/// anything that is no letter of the alphabet.
bool AppendAlphabetBytes(std::string_view name, std::string& bytes);

}  // namespace espalier
