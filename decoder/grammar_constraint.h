// Keeps what a model writes inside of a language's grammar: a token is allowed if the text with it is still
// the beginning of a file that the grammar accepts, and the end is allowed where the file, with what stands
// behind the cursor, is accepted as it is. Each question costs about a microsecond (docs/grammar.md).
//
// One object a request; used by the engine's thread alone while the request runs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/constraint_stats.h"
#include "decoder/constraint_tables.h"
#include "decoder/engine.h"
#include "grammar/recogniser.h"
#include "model/tokenizer.h"

namespace espalier {

/// The text around what is generated.
struct GrammarSurroundings {
  std::string before;  ///< with LF line ends, as all text here
  std::string after;
  /// Generation may end anywhere, because the document has errors that no text at this place repairs.
  bool may_end_anywhere = false;
  /// The generated text is a Markdown code block: a line with three backticks that opens it (it is forced),
  /// code, and a line that begins with three backticks, behind which there are no rules.
  bool in_fence = false;
};

/// A token that the model wanted and the grammar refused.
struct RefusedToken {
  size_t offset = 0;  ///< in the generated text; in the code, for a code block
  TokenId token = 0;
};

class GrammarConstraint final : public TokenConstraint {
 public:
  /// `grammar` and `tokenizer` must outlive the constraint. `tables` are those of the tokenizer; without
  /// them, a place where hardly any token is allowed costs more.
  GrammarConstraint(const Grammar& grammar, const Tokenizer& tokenizer, GrammarSurroundings surroundings,
                    std::shared_ptr<ConstraintTables> tables = nullptr);

  bool Allows(TokenId token) override;
  void Accept(TokenId token) override;
  void Rollback(size_t tokens) override;
  bool may_lag() const override { return true; }

  /// False when there are no rules (any more): the text before the cursor is too far from what the grammar
  /// accepts, what was forced behind it is not allowed, or the code block is over.
  bool active() const { return steps_.back().rule != Rule::kNone; }
  /// Places before the cursor where the text is not what the grammar accepts, and was read on nevertheless.
  uint32_t recoveries() const { return recoveries_; }
  /// Whether the text could end here.
  bool MayEnd();

  /// The text that closes what the text leaves open, so that it could end: "" when nothing is open, nullopt
  /// when there is no short one, or no rule. Asked last: no more tokens may come.
  std::optional<std::string> Closing();

  const ConstraintStats& stats() const { return stats_; }
  /// What was refused, for people to look at: the first few of each place, the first places of a long text.
  const std::vector<RefusedToken>& refusals() const { return refusals_; }

 private:
  enum class Rule : uint8_t { kOpeningFence, kCode, kClosingFence, kNone };

  /// After so many accepted tokens.
  struct Step {
    Recogniser::Place place;
    Rule rule;
    uint8_t backticks;  // of the closing fence so far
  };

  bool AllowsText(TokenId token);
  bool TryText(std::string_view bytes);
  void DropUnfinishedCodePoint();
  void Note(TokenId token);
  void Moved();
  bool Take(std::string_view bytes, Step& step);
  bool TakeCode(std::string_view bytes, Step& step);
  bool TakeFence(std::string_view bytes, Step& step);
  size_t FenceIn(std::string_view bytes) const;
  bool WritesFence(std::string_view bytes) const;
  bool IsText(std::string_view bytes) const;

  const Tokenizer& tokenizer_;
  const GrammarSurroundings surroundings_;
  const std::shared_ptr<ConstraintTables> tables_;
  Recogniser recogniser_;
  std::vector<Step> steps_;
  uint32_t recoveries_ = 0;
  // At this place:
  uint32_t refused_here_ = 0;
  TokenMask mask_;  // once it was worth it
  std::optional<bool> may_end_;
  ConstraintStats stats_;
  std::vector<RefusedToken> refusals_;
  size_t begin_ = 0;  // of the generated text in the recogniser's
};

/// For a program in a Markdown code block whose opening fence is forced. `tokenizer` must outlive it.
std::shared_ptr<GrammarConstraint> CodeBlockConstraint(Language language, const Tokenizer& tokenizer,
                                                       std::shared_ptr<ConstraintTables> tables);

}  // namespace espalier
