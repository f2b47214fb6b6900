#include "grammar/parse_table.h"

#include <algorithm>
#include <string>

namespace espalier {
namespace {

constexpr uint32_t kOldestAbi = 13, kNewestAbi = 15;
constexpr uint32_t kMostExternalTokens = 31;  // and one bit for "nothing"

}  // namespace

Result<ParseTable> ParseTable::Create(const TsTables& tables) {
  if (tables.abi_version < kOldestAbi || tables.abi_version > kNewestAbi) {
    return Fail(ErrorCode::kUnsupported, "the grammar is built for tree-sitter ABI " +
                                             std::to_string(tables.abi_version) +
                                             "; regenerate it with a tree-sitter whose ABI is 13, 14 or 15");
  }
  if (tables.token_count > SymbolSet::kMostSymbols) {
    return Fail(ErrorCode::kUnsupported, "the grammar has " + std::to_string(tables.token_count) +
                                             " tokens; at most " + std::to_string(SymbolSet::kMostSymbols) +
                                             " are handled");
  }
  if (tables.external_token_count > kMostExternalTokens) {
    return Fail(ErrorCode::kUnsupported, "the grammar has " + std::to_string(tables.external_token_count) +
                                             " external tokens; at most " +
                                             std::to_string(kMostExternalTokens) + " are handled");
  }
  return ParseTable(tables);
}

ParseTable::ParseTable(const TsTables& tables) : tables_(&tables), symbol_count_(tables.symbol_count) {
  Expand();
  ReadModes();
  CollectSets();
}

// The first states have a full row each; the others list groups of symbols that share a value.
void ParseTable::Expand() {
  const size_t large = size_t{tables_->large_state_count} * symbol_count_;
  dense_.resize(size_t{tables_->state_count} * symbol_count_);
  std::copy_n(tables_->parse_table, large, dense_.begin());
  for (uint32_t state = tables_->large_state_count; state < tables_->state_count; ++state) {
    const uint16_t* data =
        &tables_->small_parse_table[tables_->small_parse_table_map[state - tables_->large_state_count]];
    for (uint16_t groups = *data++; groups > 0; --groups) {
      const uint16_t value = *data++;
      for (uint16_t symbols = *data++; symbols > 0; --symbols) {
        dense_[Index(static_cast<uint16_t>(state), *data++)] = value;
      }
    }
  }
}

void ParseTable::ReadModes() {
  uint16_t external_states = 0;
  for (uint32_t state = 0; state < tables_->state_count; ++state) {
    LexMode mode;
    if (tables_->abi_version >= 15) {
      const auto& raw = static_cast<const TsLexMode15*>(tables_->lex_modes)[state];
      mode = {raw.lex_state, raw.external_lex_state, raw.reserved_word_set_id};
    } else {
      const auto& raw = static_cast<const TsLexMode*>(tables_->lex_modes)[state];
      mode = {raw.lex_state, raw.external_lex_state, 0};
    }
    external_states = std::max(external_states, mode.external_lex_state);
    modes_.push_back(mode);
  }
  external_sets_.resize(external_states + 1u);
  for (uint32_t set = 1; set <= external_states; ++set) {
    const bool* valid = tables_->external_scanner.states + size_t{set} * tables_->external_token_count;
    for (uint32_t i = 0; i < tables_->external_token_count; ++i) {
      if (valid[i]) external_sets_[set] |= 1u << i;
    }
  }
}

void ParseTable::CollectSets() {
  acted_.resize(tables_->state_count);
  shifted_.resize(tables_->state_count);
  for (uint16_t state = 1; state < tables_->state_count; ++state) {
    for (uint16_t symbol = 0; symbol < tables_->token_count; ++symbol) {
      for (const TsAction& action : ActionsFor(state, symbol).actions) {
        acted_[state].Add(symbol);
        const bool shifts = action.type == kTsShift && !action.shift.repetition;
        if (shifts || action.type == kTsAccept) shifted_[state].Add(symbol);
      }
    }
  }
}

bool ParseTable::Reserved(uint16_t state, uint16_t symbol) const {
  const uint16_t set = modes_[state].reserved_words;
  if (set == 0) return false;
  const uint16_t* words = tables_->reserved_words + size_t{set} * tables_->max_reserved_word_set_size;
  const uint16_t* end = std::find(words, words + tables_->max_reserved_word_set_size, 0);
  return std::find(words, end, symbol) != end;
}

std::string_view ParseTable::SpelledOut(uint16_t symbol) const {
  const TsSymbolMetadata& metadata = tables_->symbol_metadata[symbol];
  return metadata.visible && !metadata.named && symbol != kEndSymbol ? SymbolName(symbol) : "";
}

uint16_t ParseTable::NextState(uint16_t state, uint16_t symbol) const {
  const auto actions = ActionsFor(state, symbol).actions;
  if (actions.empty() || actions.back().type != kTsShift) return 0;
  return actions.back().shift.extra ? state : actions.back().shift.state;
}

}  // namespace espalier
