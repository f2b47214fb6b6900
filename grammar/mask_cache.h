// Internal to grammar/: masks that were worked out before, under exactly what they depended on: the state of the
// lexeme, and the parser's stack as far down as it was looked at. One thread at a time.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "grammar/mask_walk.h"
#include "grammar/recogniser.h"

namespace espalier {

class MaskCache {
 public:
  struct Options {
    size_t most_masks = 1000;         ///< kept; about 19 kB each with 150,000 tokens
    size_t most_row_bytes = 24 << 20;  ///< of rows (lexeme_rows.h)
  };
  struct Stats {
    uint64_t hits = 0, misses = 0;
  };

  /// Both must outlive the cache.
  MaskCache(const Grammar& grammar, const Vocabulary& vocabulary, const Options& options);

  /// Sets the bits of the tokens that may follow the recogniser's text. REQUIRES: a recogniser of the same
  /// grammar, a mask for the vocabulary.
  void AddAllowed(Recogniser& recogniser, TokenMask& mask);

  const Stats& stats() const { return stats_; }
  /// Memory held, in bytes.
  size_t memory() const;

 private:
  /// How far a mask depends on what is around the lexeme.
  struct Reach {
    uint16_t stack_depth;
    uint32_t text_back;  // bytes of text before the end that were read again

    bool operator==(const Reach&) const = default;
  };
  struct Entry {
    std::string key;
    TokenMask mask;
  };

  void AddFor(Recogniser& recogniser, const Head& head, TokenMask& mask);
  const TokenMask* Find(const Recogniser& recogniser, const Head& head, const std::string& lexeme_key);
  void Store(std::string key, TokenMask mask);

  const Vocabulary& vocabulary_;
  const Options options_;
  LexemeRows rows_;
  std::unordered_map<std::string, std::vector<Reach>> reaches_;  // by lexeme
  std::list<Entry> entries_;                                     // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
  Stats stats_;
};

}  // namespace espalier
