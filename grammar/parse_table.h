// Internal to grammar/: a generated parser's LR tables, opened up for quick look-ups. Immutable after
// Create; thread-safe. The TSLanguage must live as long (bundled ones live for ever).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grammar/symbol_set.h"
#include "grammar/ts_tables.h"

namespace espalier {

/// What the parser may do with a token in a state. `reusable`: the token would be the same one had it been
/// lexed in this state (tree-sitter's word for it).
struct ParseActions {
  std::span<const TsAction> actions;
  bool reusable = false;
};

/// How the lexers run in a state of the parser.
struct LexMode {
  uint16_t lex_state = 0;
  uint16_t external_lex_state = 0;  ///< 0: no external scanner
  uint16_t reserved_words = 0;

  bool operator==(const LexMode&) const = default;
  /// The state at the end of a comment-like rule: the parser reduces before it looks at any token.
  bool ends_extra() const { return lex_state == kNoLookahead; }
  static constexpr uint16_t kNoLookahead = 0xFFFF;
};

class ParseTable {
 public:
  static constexpr uint16_t kStartState = 1;
  static constexpr uint16_t kErrorState = 0;  ///< whose lexers know every token
  static constexpr uint16_t kEndSymbol = 0;   ///< the end of the text

  /// Errors: kUnsupported for another ABI than 13 to 15, or more tokens than a SymbolSet or a set of
  /// external tokens holds.
  static Result<ParseTable> Create(const TsTables& tables);

  ParseActions ActionsFor(uint16_t state, uint16_t symbol) const {
    const TsActionEntry* entry = &tables_->parse_actions[dense_[Index(state, symbol)]];
    return {{&entry[1].action, entry->header.count}, entry->header.reusable};
  }
  /// The state behind a nonterminal; 0 when it cannot stand there.
  uint16_t Goto(uint16_t state, uint16_t nonterminal) const { return dense_[Index(state, nonterminal)]; }

  /// Tokens with any action in a state, and those of them that are shifted (or accepted) at once.
  const SymbolSet& Acted(uint16_t state) const { return acted_[state]; }
  const SymbolSet& Shifted(uint16_t state) const { return shifted_[state]; }

  const LexMode& ModeOf(uint16_t state) const { return modes_[state]; }
  /// Whether a keyword may not stand for the word token in a state.
  bool Reserved(uint16_t state, uint16_t symbol) const;
  /// The state after a token's last action, as ts_language_next_state has it (0: none).
  uint16_t NextState(uint16_t state, uint16_t symbol) const;

  uint16_t word_token() const { return tables_->keyword_capture_token; }  ///< 0: the grammar has none
  uint32_t token_count() const { return tables_->token_count; }
  uint32_t state_count() const { return tables_->state_count; }
  std::string_view SymbolName(uint16_t symbol) const { return tables_->symbol_names[symbol]; }

  /// The text of a token that the grammar spells out (a keyword, an operator); empty for others.
  std::string_view SpelledOut(uint16_t symbol) const;

  /// External tokens (bit i: the i-th) that may come with a mode, and the symbol of the i-th.
  uint32_t ExternalTokens(const LexMode& mode) const { return external_sets_[mode.external_lex_state]; }
  uint16_t ExternalSymbol(uint32_t i) const { return tables_->external_scanner.symbol_map[i]; }
  uint32_t external_count() const { return tables_->external_token_count; }

  const TsTables& tables() const { return *tables_; }

 private:
  explicit ParseTable(const TsTables& tables);
  void Expand();
  void ReadModes();
  void CollectSets();
  size_t Index(uint16_t state, uint16_t symbol) const { return size_t{state} * symbol_count_ + symbol; }

  const TsTables* tables_;
  uint32_t symbol_count_;
  std::vector<uint16_t> dense_;  // [state_count][symbol_count]
  std::vector<SymbolSet> acted_, shifted_;
  std::vector<LexMode> modes_;
  std::vector<uint32_t> external_sets_;
};

}  // namespace espalier
