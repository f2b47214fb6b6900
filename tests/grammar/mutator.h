// Random small changes to source text: words are deleted, doubled, moved and put in other words' places, so
// that about half of the results are still valid. Reproducible by its seed.
#pragma once

#include <cctype>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  size_t Below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }

  /// Words of a text: runs of letters and digits, runs of blanks, line breaks, single characters.
  static std::vector<std::string_view> Words(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
      size_t size = 1;
      while (size < text.size() && KindOf(text[0]) != kSingle && KindOf(text[size]) == KindOf(text[0]))
        ++size;
      words.push_back(text.substr(0, size));
      text.remove_prefix(size);
    }
    return words;
  }

  /// The text with one to `most` changes. REQUIRES: a text that is not empty.
  std::string Mutate(std::string_view text, size_t most = 2) {
    std::vector<std::string_view> words = Words(text);
    const std::vector<std::string_view> all = words;
    for (size_t left = 1 + Below(most); left > 0; --left) {
      const auto at = words.begin() + static_cast<std::ptrdiff_t>(Below(words.size() + 1));
      const std::string_view other = all[Below(all.size())];
      const size_t kind = at == words.end() ? 0 : Below(4);
      if (kind == 0) words.insert(at, other);
      if (kind == 1) *at = other;
      if (kind == 2) words.erase(at);
      if (kind == 3) *at = at->substr(0, Below(at->size()) + 1);
      if (words.empty()) words.push_back(other);
    }
    std::string mutant;
    for (const std::string_view word : words) mutant += word;
    return mutant;
  }

 private:
  enum Kind { kWord, kBlank, kSingle };

  static Kind KindOf(char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '_' || byte >= 0x80) return kWord;
    return c == ' ' || c == '\t' ? kBlank : kSingle;
  }

  std::mt19937 random_;
};

}  // namespace espalier
