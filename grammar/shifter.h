// Internal to grammar/: one token on one stack of the parser: the reductions that it calls for and the shift
// that ends them (generalized LR; Tomita 1985), as tree-sitter's ts_parser__advance does it, without its
// recovery from errors. One thread.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "grammar/parse_table.h"
#include "grammar/stack.h"

namespace espalier {

/// A token as the parser sees it.
struct Lookahead {
  uint16_t symbol = 0;
  bool keyword = false;      ///< the keyword lexer took it; where `symbol` does not fit, the word token may
  bool empty = false;        ///< of no bytes
  uint16_t lexed_state = 0;  ///< the parser's state in which it was lexed
};

/// What becomes of a stack.
struct ShiftOutcome {
  std::vector<const StackNode*> shifted;  ///< stacks with the token on them
  /// Stacks that a choice of reductions led to, whose own lexers might see another token than this one:
  /// lexing begins anew there, where the token began.
  std::vector<const StackNode*> relexed;
  bool accepted = false;  ///< the token was the end of the text, and the text is whole

  void Clear() {
    shifted.clear();
    relexed.clear();
    accepted = false;
  }
};

/// Whether a token fits on a stack.
enum class Fit : uint8_t {
  kNo,
  kAnew,  ///< only if lexing anew in another state finds another token (ShiftOutcome::relexed)
  kYes,
};

class Shifter {
 public:
  Shifter(const ParseTable& table, StackGraph& graph, Trace& trace)
      : table_(table), graph_(graph), trace_(trace) {}

  void Shift(const StackNode* top, const Lookahead& token, ShiftOutcome& outcome);

  /// What Shift would come to; nothing stays allocated.
  Fit Fits(const StackNode* top, const Lookahead& token);

  /// At the end of a comment-like rule (LexMode::ends_extra): the stacks after its reduction.
  void EndExtra(const StackNode* top, std::vector<const StackNode*>& tops);

 private:
  /// A stack on its way: reductions are still to be tried on it.
  struct Item {
    StackNode* own;         // made in this step, so that links may be added; nullptr for the first
    const StackNode* node;  // the same, or the top that it began with
    uint16_t symbol;        // the token, which may have turned from a keyword into the word token
    bool is_done;
  };

  struct Memo {
    Fit fit;
    uint32_t lowest;  // as Trace has it
  };

  bool RunStraight(const StackNode*& top, uint16_t& symbol, const Lookahead& token, ShiftOutcome& outcome);
  void RunAll(const Lookahead& token, ShiftOutcome& outcome);
  void Expand(size_t item, const Lookahead& token, ShiftOutcome& outcome);
  void ShiftOnto(const StackNode* below, const TsAction& action, ShiftOutcome& outcome);
  void Reduce(size_t item, const TsAction& action, bool is_last, const Lookahead& token,
              ShiftOutcome& outcome);
  void LexAnew(uint16_t state, const StackNode* base, ShiftOutcome& outcome);
  void Arrive(uint16_t state, const StackNode* base, uint16_t symbol);
  bool LexesAnew(uint16_t state, uint16_t symbol, const Lookahead& token) const;
  ParseActions ActionsAs(uint16_t state, uint16_t& symbol, const Lookahead& token) const;
  void CollectBases(const StackNode* top, uint32_t count);
  Fit Simulate(const StackNode* top, const Lookahead& token);

  const ParseTable& table_;
  StackGraph& graph_;
  Trace& trace_;
  std::vector<Item> items_;
  std::vector<const StackNode*> bases_, level_;
  // Made in this step, so that links may be added: by shifts, and where lexing begins anew.
  std::vector<StackNode*> pushed_, anew_;
  bool is_simulation_ = false;
  ShiftOutcome simulated_;
  std::unordered_map<uint64_t, Memo> memo_;
};

}  // namespace espalier
