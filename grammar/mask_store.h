// Internal to grammar/: results of mask walks (mask_walk.h), kept under exactly what they depended on: the
// state of a lexeme, the parser's stack as far down as it was looked at, and rarely the lexeme's text. One
// thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "grammar/lexeme.h"
#include "grammar/token_mask.h"

namespace espalier {

/// What a head's lexer knows of its lexeme, as the beginning of keys. The text and the places in it do not
/// count.
void AppendLexemeKey(std::string& key, const Grammar& grammar, const ScannerStates& states, const Head& head);

struct KeptMask {
  std::shared_ptr<const TokenSet> tokens;
  // Of a whole head: groups and endings of its row that are not in it, because they depend on more.
  std::vector<uint32_t> open_groups, open_endings;
};

/// What a result depended on beyond the state of the lexeme.
struct Dependence {
  uint32_t stack_depth = 0;  ///< how far below the top's height the stack was looked at (Trace)
  bool on_text = false;      ///< from where the head began to lex

  bool operator==(const Dependence&) const = default;
};

/// Results by lexeme, stack and text; the least recently used ones are forgotten.
class MaskStore {
 public:
  explicit MaskStore(size_t most_bytes) : most_bytes_(most_bytes) {}
  MaskStore(const MaskStore&) = delete;
  MaskStore& operator=(const MaskStore&) = delete;

  /// Most equal sets are kept once, similar ones as their differences. The set must not outlive the store.
  std::shared_ptr<const TokenSet> Intern(TokenSet tokens);

  /// nullptr when there is none. `dependence` is what Keep was told.
  std::shared_ptr<const KeptMask> Find(std::string_view lexeme, const Head& head, std::string_view text,
                                       Dependence& dependence);
  void Keep(std::string_view lexeme, const Head& head, std::string_view text, const Dependence& dependence,
            std::shared_ptr<const KeptMask> mask);

  void Clear();
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const KeptMask> mask;
    size_t bytes;
  };
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  bool SetKey(std::string_view lexeme, const Head& head, std::string_view text, const Dependence& dependence);
  TokenSet Shortened(TokenSet tokens);
  void Forget(const TokenSet& tokens, uint64_t hash);

  size_t most_bytes_, bytes_ = 0;
  std::string key_;
  std::unordered_multimap<uint64_t, std::weak_ptr<const TokenSet>> sets_;  // by their hashes
  std::deque<std::shared_ptr<const TokenSet>> bases_;                      // of others, the newest first
  std::list<Entry> entries_;                                               // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
  /// What results of a lexeme depended on.
  std::unordered_map<std::string, std::vector<Dependence>, TextHash, std::equal_to<>> dependences_;
};

}  // namespace espalier
