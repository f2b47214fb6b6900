// Internal to grammar/json/: which tokens of a vocabulary may follow a text. What is found out is kept under
// exactly what it depended on: where in a token of JSON the text ends, and the open arrays and objects as far
// down as they were looked at. Tokens that stay inside of a string or number do not depend on what surrounds
// it; they are kept apart, with the places in the vocabulary where it ends, so that a new surrounding costs
// little.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "grammar/json/json_machine.h"
#include "grammar/json/spelling.h"
#include "grammar/token_mask.h"
#include "grammar/vocabulary.h"

namespace espalier {

/// The tokens behind a place inside of a string or number.
struct LexemeTokens {
  struct Exit {
    uint32_t node;    ///< of the vocabulary: the lexeme may end behind its byte
    uint32_t points;  ///< code points that begin before it
  };
  struct Inside {
    uint32_t points;
    uint32_t id;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  TokenSet inside;  ///< those that do not leave it
  std::vector<Exit> exits;
  // Of strings:
  std::vector<Inside> longest_first;
  std::map<uint32_t, TokenSet> within;  ///< `inside` with at most so many code points
  /// From kInText: exits by the text before them, decoded.
  std::unordered_map<std::string, std::vector<uint32_t>, Hash, std::equal_to<>> by_text;
  size_t longest_text = 0;
};

/// For one program and one vocabulary, which must outlive it; one thread at a time.
class JsonMasks {
 public:
  static constexpr size_t kDefaultBytes = 64 << 20;

  JsonMasks(const JsonProgram& program, const Vocabulary& vocabulary, size_t most_bytes = kDefaultBytes);

  bool IsFor(const JsonProgram& program, const Vocabulary& vocabulary) const {
    return &program == &program_ && &vocabulary == &vocabulary_;
  }
  uint64_t hits() const { return hits_; }
  uint64_t misses() const { return misses_; }
  size_t bytes() const { return bytes_; }

 private:
  friend class JsonMaskWalk;

  /// What follows, beside the tokens inside of a lexeme.
  struct Entry {
    TokenSet bits;
    std::vector<JsonMachine::NameProbe> probes;  // depth: above the reading's frame
  };
  struct Slot {
    std::vector<uint32_t> depths;  // how many frames were looked at, of the entries
    std::unordered_map<std::string, Entry> entries;
  };

  void ForgetIfLarge();
  LexemeTokens& OfString(uint8_t state);
  LexemeTokens& OfScalar(uint32_t automaton, uint32_t state);
  const TokenSet& Within(LexemeTokens& tokens, uint32_t points);
  template <typename Step>
  std::unique_ptr<LexemeTokens> Collect(uint32_t state, Step step);
  void IndexExits(LexemeTokens& tokens) const;

  const JsonProgram& program_;
  const Vocabulary& vocabulary_;
  const size_t most_bytes_;
  size_t bytes_ = 0;
  uint64_t hits_ = 0, misses_ = 0;
  std::array<std::unique_ptr<LexemeTokens>, kStringStates> strings_;
  std::unordered_map<uint64_t, std::unique_ptr<LexemeTokens>> scalars_;
  std::unordered_map<std::string, Slot> slots_;  // by what is known of the JSON token under way
};

class JsonMaskWalk {
 public:
  /// For tokens behind the machine's text; the machine is left as it was.
  JsonMaskWalk(JsonMachine& machine, JsonMasks& masks);

  /// Sets the bits of the tokens that may come next.
  void Allow(TokenMask& mask);

 private:
  using Kind = JsonMachine::Kind;
  using Reading = JsonMachine::Reading;
  using Readings = JsonMachine::Readings;

  /// The readings behind so many bytes of a token.
  struct Level {
    Readings readings;
    size_t frames = 0, names = 0, name_bytes = 0;
  };

  void AllowReading(const Reading& reading, TokenMask& mask);
  LexemeTokens* LexemeOf(const Reading& reading);
  uint32_t PointsLeft(const Reading& reading) const;
  uint32_t PointsNeeded(const Reading& reading) const;

  const JsonMasks::Entry& EntryFor(const Reading& reading, LexemeTokens* lexeme);
  void SetLexicalKey(const Reading& reading);
  bool SetFrameKey(uint32_t frame, uint32_t depth);
  uint64_t ProgressKey(const JsonMachine::Frame& frame) const;
  JsonMasks::Entry Explore(const Reading& reading, LexemeTokens* lexeme, uint32_t& depth);
  bool IsTaken(const Reading& reading, const std::vector<JsonMachine::NameProbe>& probes) const;
  const std::vector<uint32_t>& TokensOfTakenNames(const Reading& reading, LexemeTokens& lexeme);

  void WalkExits(const Reading& reading, const LexemeTokens& lexeme, bool exact);
  void StepOut(const Reading& reading, const LexemeTokens::Exit& exit, bool exact);
  void WalkBelow(uint32_t node, size_t text_size);
  void AddIds(uint32_t rank);
  void MarkLevel(size_t level);
  void ResetTo(const Level& level);

  JsonMachine& machine_;
  JsonMasks& masks_;
  std::span<const Vocabulary::Node> nodes_;
  const JsonMachine::Place place_;
  std::string key_;
  std::vector<uint32_t> ids_;  // allowed by the walk under way
  std::vector<uint32_t> taken_;
  std::vector<Level> levels_;
};

}  // namespace espalier
