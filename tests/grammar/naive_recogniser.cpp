#include "tests/grammar/naive_recogniser.h"

#include <algorithm>
#include <array>

#include "tests/grammar/text_lexer.h"

namespace espalier {
namespace {

constexpr uint16_t kStartState = 1;
constexpr uint16_t kErrorState = 0;
constexpr uint16_t kEndSymbol = 0;
constexpr uint16_t kNoLookahead = 0xFFFF;
constexpr int kMostSteps = 100000;

// ts_lexer_start: a byte order mark at the beginning of the text is passed over.
TextLexer LexerAt(std::string_view text, uint32_t position) {
  return {text, position == 0 && text.starts_with("\xEF\xBB\xBF") ? 3u : position};
}

}  // namespace

NaiveRecogniser::NaiveRecogniser(const TSLanguage* language)
    : tables_(*reinterpret_cast<const TsTables*>(language)) {}

std::optional<bool> NaiveRecogniser::Accepts(std::string_view text) {
  text_ = text;
  stacks_ = {Stack{.states = {kStartState}, .position = 0, .scanner_state = {}, .is_active = true}};
  cache_.reset();
  accepted_ = false;
  uint32_t last_position = 0;
  int steps = 0;
  while (!stacks_.empty()) {
    for (size_t number = 0; number < stacks_.size(); ++number) {
      while (stacks_[number].is_active) {
        Advance(number);
        if (stacks_.size() > kMostStacks || ++steps > kMostSteps) return std::nullopt;
        const uint32_t position = stacks_[number].position;
        if (position < last_position || (number == 0 && position == last_position)) continue;
        last_position = position;
        break;
      }
    }
    Condense();
  }
  return accepted_;
}

// Of readings that are the same, one stays.
void NaiveRecogniser::Condense() {
  std::vector<Stack> kept;
  for (Stack& stack : stacks_) {
    if (!stack.is_active || std::find(kept.begin(), kept.end(), stack) != kept.end()) continue;
    kept.push_back(std::move(stack));
  }
  stacks_ = std::move(kept);
}

// ------------------------------------------------------------------------------------------- the parse table

uint16_t NaiveRecogniser::Lookup(uint16_t state, uint16_t symbol) const {
  if (state < tables_.large_state_count) return tables_.parse_table[state * tables_.symbol_count + symbol];
  const uint16_t* data =
      &tables_.small_parse_table[tables_.small_parse_table_map[state - tables_.large_state_count]];
  for (uint16_t groups = *data++; groups > 0; --groups) {
    const uint16_t value = *data++;
    for (uint16_t symbols = *data++; symbols > 0; --symbols) {
      if (*data++ == symbol) return value;
    }
  }
  return 0;
}

const TsActionEntry* NaiveRecogniser::ActionsFor(uint16_t state, uint16_t symbol) const {
  return &tables_.parse_actions[Lookup(state, symbol)];
}

uint16_t NaiveRecogniser::NextState(uint16_t state, uint16_t symbol) const {
  if (symbol >= tables_.token_count) return Lookup(state, symbol);
  const TsActionEntry* entry = ActionsFor(state, symbol);
  if (entry->header.count == 0) return 0;
  const TsAction& last = entry[entry->header.count].action;
  if (last.type != kTsShift) return 0;
  return last.shift.extra ? state : last.shift.state;
}

TsLexMode15 NaiveRecogniser::ModeOf(uint16_t state) const {
  if (tables_.abi_version >= 15) return static_cast<const TsLexMode15*>(tables_.lex_modes)[state];
  const TsLexMode& mode = static_cast<const TsLexMode*>(tables_.lex_modes)[state];
  return {mode.lex_state, mode.external_lex_state, 0};
}

bool NaiveRecogniser::IsReserved(uint16_t state, uint16_t symbol) const {
  const uint32_t set = ModeOf(state).reserved_word_set_id;
  if (set == 0) return false;
  for (uint32_t i = 0; i < tables_.max_reserved_word_set_size; ++i) {
    const uint16_t word = tables_.reserved_words[set * tables_.max_reserved_word_set_size + i];
    if (word == symbol) return true;
    if (word == 0) return false;
  }
  return false;
}

// -------------------------------------------------------------------------------------------- ts_parser__lex

// nullopt: no token begins here.
std::optional<NaiveRecogniser::Token> NaiveRecogniser::Lex(const Stack& stack) const {
  for (const bool error_mode : {false, true}) {
    const TsLexMode15 mode = ModeOf(error_mode ? kErrorState : stack.top());
    if (mode.external_lex_state != 0) {
      if (auto token = LexExternal(stack, mode.external_lex_state, error_mode)) return token;
    }
    if (auto token = LexInternal(stack, mode.lex_state)) return token;
  }
  return std::nullopt;
}

std::optional<NaiveRecogniser::Token> NaiveRecogniser::LexExternal(const Stack& stack,
                                                                   uint16_t external_lex_state,
                                                                   bool error_mode) const {
  const auto& scanner = tables_.external_scanner;
  TextLexer lexer = LexerAt(text_, stack.position);
  void* payload = scanner.create();
  scanner.deserialize(payload, stack.scanner_state.data(), static_cast<unsigned>(stack.scanner_state.size()));
  const bool* valid = scanner.states + size_t{external_lex_state} * tables_.external_token_count;
  const bool found = scanner.scan(payload, &lexer, valid);
  // Python's scanner may write one byte more than it has been promised.
  std::array<char, kTsSerializationSize + 8> buffer;
  const unsigned state_size = found ? scanner.serialize(payload, buffer.data()) : 0;
  scanner.destroy(payload);
  if (!found) return std::nullopt;

  Token token;
  token.symbol = scanner.symbol_map[lexer.result_symbol];
  token.is_external = true;
  token.is_empty = lexer.token_end() == lexer.token_begin();
  token.lexed_state = stack.top();
  token.end = lexer.token_end();
  token.scanner_state.assign(buffer.data(), state_size);
  if (token.end <= stack.position && token.scanner_state == stack.scanner_state) {
    if (error_mode || NextState(stack.top(), token.symbol) == stack.top()) return std::nullopt;
  }
  return token;
}

std::optional<NaiveRecogniser::Token> NaiveRecogniser::LexInternal(const Stack& stack,
                                                                   uint16_t lex_state) const {
  TextLexer lexer = LexerAt(text_, stack.position);
  if (!tables_.lex_fn(&lexer, lex_state)) return std::nullopt;
  Token token;
  token.symbol = lexer.result_symbol;
  token.is_empty = lexer.token_end() == lexer.token_begin();
  token.lexed_state = stack.top();
  token.end = lexer.token_end();
  if (token.symbol == tables_.keyword_capture_token && token.symbol != 0) {
    TakeKeyword(stack.top(), lexer.token_begin(), token);
  }
  return token;
}

void NaiveRecogniser::TakeKeyword(uint16_t state, uint32_t token_begin, Token& token) const {
  TextLexer lexer = LexerAt(text_, token_begin);
  token.is_keyword = tables_.keyword_lex_fn(&lexer, 0);
  if (!token.is_keyword || lexer.token_end() != token.end) return;
  const uint16_t keyword = lexer.result_symbol;
  if (Lookup(state, keyword) != 0 || IsReserved(state, keyword)) token.symbol = keyword;
}

// ---------------------------------------------------------------------------------------- ts_parser__advance

void NaiveRecogniser::Advance(size_t number) {
  std::optional<Token> lookahead = CachedFor(stacks_[number]);
  const auto lex = [&] {
    lookahead = Lex(stacks_[number]);
    if (lookahead) cache_ = {*lookahead, stacks_[number].position, stacks_[number].scanner_state};
    stacks_[number].is_active = lookahead.has_value();
  };
  while (stacks_.size() <= kMostStacks) {
    // At the end of a rule that is an extra, a reduction comes before any token.
    const bool ends_extra = ModeOf(stacks_[number].top()).lex_state == kNoLookahead && !lookahead;
    if (!ends_extra && !lookahead) lex();
    if (!stacks_[number].is_active) return;
    if (Act(number, lookahead) == Step::kDone) return;
  }
}

// The actions of one state. kGoesOn: there were reductions, and stack `number` is now the last one's.
NaiveRecogniser::Step NaiveRecogniser::Act(size_t number, std::optional<Token>& lookahead) {
  const uint16_t state = stacks_[number].top();
  const TsActionEntry* entry = ActionsFor(state, lookahead ? lookahead->symbol : kEndSymbol);
  bool reduced = false;
  std::optional<size_t> last;
  for (uint32_t i = 1; i <= entry->header.count; ++i) {
    const TsAction& action = entry[i].action;
    if (action.type == kTsShift && action.shift.repetition) continue;
    if (action.type == kTsReduce) {
      reduced = true;
      if (const auto made = Reduce(number, action, !lookahead)) last = made;
      continue;
    }
    if (action.type == kTsShift) {
      Shift(stacks_[number], action, *lookahead);
    } else {
      accepted_ |= action.type == kTsAccept;
      stacks_[number].is_active = false;
    }
    return Step::kDone;
  }
  if (last) {
    stacks_[number] = std::move(stacks_[*last]);
    stacks_.erase(stacks_.begin() + static_cast<std::ptrdiff_t>(*last));
    return Step::kGoesOn;
  }
  const uint16_t word = tables_.keyword_capture_token;
  const bool falls_back = !reduced && lookahead && lookahead->is_keyword && lookahead->symbol != word &&
                          !IsReserved(state, lookahead->symbol) && ActionsFor(state, word)->header.count > 0;
  if (falls_back) {
    lookahead->symbol = word;
    return Step::kGoesOn;
  }
  stacks_[number].is_active = false;
  return Step::kDone;
}

std::optional<NaiveRecogniser::Token> NaiveRecogniser::CachedFor(const Stack& stack) const {
  if (!cache_ || cache_->position != stack.position || cache_->scanner_state != stack.scanner_state) {
    return std::nullopt;
  }
  return Reusable(stack.top(), cache_->token) ? std::optional(cache_->token) : std::nullopt;
}

// ts_parser__can_reuse_first_leaf
bool NaiveRecogniser::Reusable(uint16_t state, const Token& token) const {
  const TsLexMode15 mode = ModeOf(state), lexed = ModeOf(token.lexed_state);
  const TsActionEntry* entry = ActionsFor(state, token.symbol);
  if (mode.lex_state == kNoLookahead) return false;
  const bool same_mode = mode.lex_state == lexed.lex_state &&
                         mode.external_lex_state == lexed.external_lex_state &&
                         mode.reserved_word_set_id == lexed.reserved_word_set_id;
  const bool same_word =
      token.symbol != tables_.keyword_capture_token || (!token.is_keyword && token.lexed_state == state);
  if (entry->header.count > 0 && same_mode && same_word) return true;
  if (token.is_empty && token.symbol != kEndSymbol) return false;
  return mode.external_lex_state == 0 && entry->header.reusable;
}

void NaiveRecogniser::Shift(Stack& stack, const TsAction& action, const Token& token) const {
  if (!action.shift.extra) stack.states.push_back(action.shift.state);
  stack.position = token.end;
  if (token.is_external) stack.scanner_state = token.scanner_state;
}

// A new stack at the end of the list, and its number; nullopt if there is one like it.
std::optional<size_t> NaiveRecogniser::Reduce(size_t number, const TsAction& action, bool ends_extra) {
  Stack stack = stacks_[number];
  stack.states.resize(stack.states.size() - action.reduce.child_count);
  const uint16_t next = NextState(stack.top(), action.reduce.symbol);
  if (!ends_extra || next != stack.top()) stack.states.push_back(next);
  for (size_t i = 0; i < stacks_.size(); ++i) {
    if (i != number && stacks_[i] == stack) return std::nullopt;
  }
  stacks_.push_back(std::move(stack));
  return stacks_.size() - 1;
}

}  // namespace espalier
