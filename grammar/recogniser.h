// Is this text the beginning of a file that the grammar accepts? A recogniser for a language's tree-sitter
// grammar that takes text in pieces of any size, stops anywhere, even inside a token or a code point, and
// goes back to any earlier place for next to nothing.
//
// The language is exactly the texts that tree-sitter parses with no ERROR and no MISSING node: the same
// tables, lexers and order of decisions, without recovery from errors (docs/grammar.md). One object belongs
// to one thread at a time; the Grammar may be shared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/grammar.h"
#include "grammar/lexeme.h"
#include "grammar/scanner_states.h"
#include "grammar/shifter.h"
#include "grammar/stack.h"

namespace espalier {

class Recogniser {
 public:
  /// A place in the text. Valid until the recogniser goes back to an earlier one.
  struct Place {
    const Head* heads = nullptr;
    uint32_t head_count = 0;
    uint32_t text_size = 0;
    bool gave_up = false;
    Arena::Mark mark;
  };

  /// Stands at the beginning of an empty text. `grammar` must outlive the recogniser.
  explicit Recogniser(const Grammar& grammar);

  /// Takes the next bytes of the text, at most 4 GiB in all. False when there is no way to go on: no
  /// file that begins so is accepted. (While it is true, that may still come out: see Viable.)
  bool Advance(std::string_view bytes);
  bool alive() const { return place_.head_count > 0; }

  /// Whether some continuation of the text is accepted, as far as one more token tells: false is certain.
  bool Viable();
  /// Whether the text as it stands is accepted.
  bool Complete();
  /// Whether it is with `rest` behind it. The text is left as it was.
  bool AcceptsWith(std::string_view rest);
  /// True when the text was too ambiguous: more than kMostHeads readings at once, or StackGraph::kMostLinks
  /// ways below one of them; or a lexeme was too long for a scanner that is probed (probing_scanner.h). Then
  /// nothing is alive.
  bool gave_up() const { return place_.gave_up; }
  static constexpr size_t kMostHeads = 128;

  Place place() const { return place_; }
  /// Goes back. REQUIRES: `place` is valid.
  void ReturnTo(const Place& place);
  /// Forgets the readings of the text that are not viable, which makes what follows cheaper.
  void Prune();

  std::string_view text() const { return text_; }
  /// The bytes at the text's end that begin a code point and are not yet all of it.
  std::string_view UnfinishedCodePoint() const {
    return alive() ? std::string_view(text_).substr(place_.heads[0].at) : std::string_view();
  }
  /// Whether `bytes` behind the text are UTF-8, the last code point finished or not.
  bool ContinuesUtf8(std::string_view bytes) const;
  const Grammar& grammar() const { return grammar_; }
  const ScannerStates& scanner_states() const { return states_; }
  /// Memory held, in bytes.
  size_t memory() const { return graph_.arena().bytes() + text_.capacity(); }
  /// Tokens that may stand where the lexeme under way begins (of several, the one that begins last), as
  /// symbols of the grammar, in its order.
  std::vector<uint16_t> ExpectedSymbols();

 private:
  friend class MaskWalk;
  friend class RecoveringReader;
  using Heads = std::vector<Head>;

  void Keep(const Heads& heads);
  bool Restart(const Heads& heads, std::string_view text, uint32_t at);
  bool Run(Heads& work, Heads& survivors, bool final);
  bool RunOne(Head head, Heads& work, Heads& survivors, bool final);
  void AddFresh(Heads& work, const StackNode* node, uint32_t start, uint32_t scanner_state);
  static bool MergeInto(Heads& heads, const Head& head, StackGraph& graph);

  bool HeadViable(const Head& head, int depth);
  bool MayBecomeToken(const Head& head, int depth);
  bool MayBecomeExternal(const Head& head, int depth);
  bool MayBecomeInternal(const Head& head, int depth);
  bool MayEndEarly(const Head& head, int depth);
  bool MayFindNothing(const Head& head) const;
  bool TokenFits(const Head& head, const Lookahead& token, int depth);
  bool AnyViable(Heads work, int depth);
  bool HeadsViable(const Head* heads, size_t count);
  bool ViableInsideCodePoint(const Heads& heads);

  const Grammar& grammar_;
  StackGraph graph_;
  Trace trace_;
  Shifter shifter_;
  ScannerStates states_;
  LexemeReader reader_;
  std::string text_;
  Place place_;
  Heads work_, survivors_;  // of Advance, to keep their memory
  ShiftOutcome outcome_;
  bool accepted_ = false;
  Heads* anew_ = nullptr;  // where TokenFits puts heads that lex anew, instead of looking at them
};

}  // namespace espalier
