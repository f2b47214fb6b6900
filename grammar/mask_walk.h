// Internal to grammar/: which tokens of a vocabulary may follow. Tokens are looked at in groups: those that
// stay inside of the lexeme under way and lead to the same state of it, then those that leave it in the same
// way and go on with the same next lexeme, and so on (lexeme_rows.h). The parser is asked once a group.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "grammar/lexeme_rows.h"
#include "grammar/recogniser.h"
#include "grammar/token_mask.h"
#include "grammar/vocabulary.h"

namespace espalier {

class MaskWalk {
 public:
  /// For tokens behind the recogniser's text as it stands; the recogniser is left as it was.
  MaskWalk(Recogniser& recogniser, const Vocabulary& vocabulary, LexemeRows& rows);
  ~MaskWalk();
  MaskWalk(const MaskWalk&) = delete;
  MaskWalk& operator=(const MaskWalk&) = delete;

  /// Sets the bits of the tokens that `head` (one of the recogniser's) allows.
  void Allow(const Head& head, TokenMask& mask);

  /// How far below the stack's top that depended on it, and on how many bytes at the text's end, beyond what
  /// the head itself knows of them.
  uint16_t stack_depth() const { return recogniser_.trace_.deepest(); }
  uint32_t text_back() const { return place_.text_size - lowest_; }

 private:
  using Heads = std::vector<Head>;

  void Apply(uint32_t branches, const Head& head);
  template <typename Lexing>
  void ApplyRow(uint32_t branches, const Head& head);
  template <typename Lexing>
  void ApplyGroup(const typename LexemeRow<Lexing>::Group& group, uint32_t branches, const Head& head);
  template <typename Lexing>
  void ApplyEnding(const typename LexemeRow<Lexing>::Ending& ending, const Head& head);
  void GoOn(uint32_t branches, Heads& work);
  void NoteStarts(const Heads& heads);

  void RedoByteOrderMarks();
  void AddViable(const SparseBits& tokens);
  void WalkBelow(uint32_t node, const Heads& heads);
  void SetText(uint32_t rank, uint32_t bytes);
  void SetTextTo(uint32_t node);
  void ResetText() { recogniser_.text_.resize(place_.text_size); }

  Recogniser& recogniser_;
  const Vocabulary& vocabulary_;
  std::span<const Vocabulary::Node> nodes_;
  LexemeRows& rows_;
  const Recogniser::Place place_;
  Head origin_;  // the head that Allow was called with
  TokenMask* mask_ = nullptr;
  uint32_t lowest_;  // byte of the text from which it was read again
};

}  // namespace espalier
