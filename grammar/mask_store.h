// Internal to grammar/: results of mask walks (mask_walk.h), kept under exactly what they depended on: the
// state of a lexeme, and the parser's stack as far down as it was looked at. One thread at a time.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "grammar/lexeme.h"
#include "grammar/token_mask.h"

namespace espalier {

/// What a result is looked up by: what the head's lexer knows of its lexeme. The text and the places in it
/// do not count.
std::string LexemeKey(const Grammar& grammar, const Head& head);

/// What of the text a result may depend on beyond that: the text from where the head began to lex, with the
/// places in it that it remembers.
std::string TextKey(std::string_view text, const Head& head);

/// Results by lexeme and stack; the least recently used ones are forgotten.
template <typename Value>
class ResultStore {
 public:
  explicit ResultStore(size_t most_bytes) : most_bytes_(most_bytes) {}

  /// nullptr when there is none. Valid as long as it is held. `stack_depth` is what Store was told.
  std::shared_ptr<const Value> Find(const std::string& lexeme, const StackNode* top, uint32_t& stack_depth);
  /// `stack_depth`: how far below the top's height the stack was looked at (Trace). `bytes`: memory of
  /// `value`.
  void Store(const std::string& lexeme, const StackNode* top, uint32_t stack_depth,
             std::shared_ptr<const Value> value, size_t bytes);

  void Clear();
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Value> value;
    size_t bytes;
  };

  size_t most_bytes_, bytes_ = 0;
  std::unordered_map<std::string, std::vector<uint32_t>> depths_;  // that occur with a lexeme
  std::list<Entry> entries_;                                       // most recently used first
  std::unordered_map<std::string_view, typename std::list<Entry>::iterator> by_key_;
};

}  // namespace espalier
