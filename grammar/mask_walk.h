// Internal to grammar/: which tokens of a vocabulary may follow, by a walk over its trie. As long as a token
// stays inside of the lexeme that is under way, only the lexer's automaton or the scanner's machine takes
// steps; the parser is asked once for each state that is reached, and where a token leaves the lexeme.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "grammar/recogniser.h"
#include "grammar/vocabulary.h"

namespace espalier {

/// One bit for each rank of a vocabulary.
using RankBits = std::vector<uint64_t>;

class MaskWalk {
 public:
  /// For tokens behind the recogniser's text as it stands; the recogniser is left as it was.
  MaskWalk(Recogniser& recogniser, const Vocabulary& vocabulary);
  ~MaskWalk();

  /// Sets the bits of the tokens that `head` (one of the recogniser's) allows.
  void Allow(const Head& head, RankBits& bits);

  /// Trie nodes visited so far.
  uint64_t visited() const { return visited_; }

 private:
  using Heads = std::vector<Head>;
  using Node = Vocabulary::Node;

  void WalkBelow(uint32_t node, const Heads& heads);
  void WalkHeads(uint32_t node, const Heads& heads);
  template <typename Lexing>
  void WalkLexeme(uint32_t node, const Head& head);
  template <typename Lexing>
  void Visit(uint32_t node, const Head& head, const Lexing& lexing);
  void Cross(uint32_t node, const Head& head);
  void Arrive(uint32_t node, const Heads& heads);
  bool AnyViable(const Heads& heads);
  void SetText(uint32_t depth);
  void SetBit(uint32_t rank) { (*bits_)[rank / 64] |= uint64_t{1} << rank % 64; }

  Recogniser& recogniser_;
  std::span<const Node> nodes_;
  const Recogniser::Place place_;
  std::string path_;  // bytes of the token down to the current node
  RankBits* bits_ = nullptr;
  uint64_t visited_ = 0;
  std::unordered_map<uint64_t, bool> viable_;  // by stack and state of the lexeme
};

}  // namespace espalier
