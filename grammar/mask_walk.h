// Internal to grammar/: which tokens of a vocabulary may follow. Tokens are looked at in groups: those that
// stay inside of the lexeme under way and lead to the same state of it, then those that leave it in the same
// way and go on with the same next lexeme, and so on (lexeme_rows.h). The parser is asked once a group, and
// what it said is kept (mask_store.h): for a whole head, without the few groups that look far down the stack,
// and for each way in which its lexeme ends.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "grammar/lexeme_rows.h"
#include "grammar/mask_store.h"
#include "grammar/recogniser.h"
#include "grammar/token_mask.h"
#include "grammar/vocabulary.h"

namespace espalier {

/// What outlives a walk. For one grammar and one vocabulary, which must outlive it; one thread at a time.
struct MaskTables {
  static constexpr size_t kDefaultBytes = 40'000'000;

  MaskTables(const Grammar& grammar, const Vocabulary& vocabulary_in, size_t most_bytes = kDefaultBytes);

  size_t bytes() const { return rows.bytes() + heads.bytes() + shares.bytes(); }

  const Vocabulary& vocabulary;
  const size_t most_row_bytes;
  LexemeRows rows;
  MaskStore heads;                // masks of whole heads
  MaskStore shares;               // what heads allow of some branches
  uint64_t hits = 0, misses = 0;  // of whole heads
};

class MaskWalk {
 public:
  /// For tokens behind the recogniser's text as it stands; the recogniser is left as it was.
  MaskWalk(Recogniser& recogniser, MaskTables& tables);
  ~MaskWalk();
  MaskWalk(const MaskWalk&) = delete;
  MaskWalk& operator=(const MaskWalk&) = delete;

  /// Sets the bits of the tokens that some reading of the text allows.
  void Allow(TokenMask& mask);

 private:
  using Heads = std::vector<Head>;
  /// Allowed tokens: a row's own, or kept ones that are held for that long.
  struct Part {
    const TokenSet* tokens;
    std::shared_ptr<const TokenSet> held;
  };
  using Parts = std::vector<Part>;

  Heads CurrentHeads();
  void AllowHead(const Head& head);
  template <typename Lexing>
  void AllowLexeme(const Head& head);
  template <typename Lexing>
  std::shared_ptr<const KeptMask> Explore(const Head& head, uint32_t& stack_depth);
  template <typename Explored>
  bool IsShallow(const Head& head, Explored explore, uint32_t& stack_depth);

  /// Heads with the same lexeme on different stacks, and their next ones, by where those begin.
  struct Next {
    Heads behind, again;
  };

  void Apply(uint32_t branches, Heads heads);
  template <typename Lexing>
  void ApplyRow(uint32_t branches, const Heads& heads);
  template <typename Lexing>
  void ApplyGroup(const typename LexemeRow<Lexing>::Group& group, uint32_t branches, const Heads& heads);
  template <typename Lexing>
  void ApplyEnding(const typename LexemeRow<Lexing>::Ending& ending, uint32_t branches, const Heads& heads);
  template <typename Lexing>
  void End(const Lexing& lexing, bool before_row, const Head& head, Next& next);
  void GoOn(uint32_t branches, Heads& work);
  void AddKept(uint32_t branches, const Head& head);
  std::shared_ptr<const TokenSet> ExploreAndKeep(uint32_t branches, const Head& head, const std::string& key);
  std::shared_ptr<const TokenSet> Union(const Parts& parts);
  std::string KeyFor(const Head& head, uint32_t branches) const;

  void RedoByteOrderMarks(const Head& head);
  void WalkBelow(uint32_t node, const Heads& heads);
  bool AllowsText(const Head& head, std::string_view token);
  void SetText(std::string_view token);
  void ResetText() { recogniser_.text_.resize(place_.text_size); }

  Recogniser& recogniser_;
  const ExternalScanner* const scanner_;  // nullptr: the grammar has none
  const ScannerHold hold_;
  MaskTables& tables_;
  std::span<const Vocabulary::Node> nodes_;
  const Recogniser::Place place_;
  TokenMask* mask_ = nullptr;  // the result
  Parts* parts_ = nullptr;     // of what is being explored
  bool is_deep_ = false;       // behind the lexeme after a head's
  bool reads_back_ = false;    // it depends on text before the token
};

}  // namespace espalier
