#include "grammar/lexeme.h"

#include "grammar/code_points.h"

namespace espalier {
namespace {

constexpr uint32_t kByteOrderMarkSize = 3;

}  // namespace

Head LexemeReader::Fresh(const StackNode* node, uint32_t start, uint32_t scanner_state) const {
  Head head{.node = node, .scanner_state = scanner_state, .start = start, .begin = start};
  Enter(head, LexPhase::kExternal, start);
  return head;
}

// Where the phase has no lexer, the next one.
void LexemeReader::Enter(Head& head, LexPhase phase, uint32_t at) const {
  const uint16_t state = AllowsAny(phase) ? ParseTable::kErrorState : head.node->state;
  const LexMode& mode = grammar_.table().ModeOf(state);
  if (IsExternal(phase) && mode.external_lex_state == 0) {
    phase = phase == LexPhase::kExternal ? LexPhase::kInternal : LexPhase::kAnyInternal;
  }
  head.phase = phase;
  head.begin = head.at = head.token_begin = at;
  head.scan_began = false;
  if (IsExternal(phase)) return;
  head.state = mode.lex_state;
  head.keyword_state = grammar_.lexer().FirstKeyword();
  head.accepted = head.accepted_keyword = kNoSymbol;
  Note(head);  // a token may be empty
}

bool LexemeReader::NextPhase(Head& head) const {
  if (head.phase == LexPhase::kAnyInternal) return false;
  Enter(head, static_cast<LexPhase>(static_cast<int>(head.phase) + 1), head.begin);
  return true;
}

// tree-sitter passes over a byte order mark at the beginning of the text.
bool LexemeReader::PassesMark(Head& head, int32_t code_point) const {
  if (head.at != 0 || code_point != kByteOrderMark) return false;
  Enter(head, head.phase, kByteOrderMarkSize);
  return true;
}

LexStatus LexemeReader::Read(Head& head, std::string_view text, bool final, FoundToken& token) const {
  for (;;) {
    if (IsExternal(head.phase)) {
      const LexStatus status = ReadExternal(head, text, final, token);
      if (status != LexStatus::kDead) return status;
    } else {
      if (!ReadInternal(head, text, final)) return LexStatus::kMore;
      if (head.accepted != kNoSymbol) {
        token = Accepted(head);
        return LexStatus::kToken;
      }
    }
    if (!NextPhase(head)) return LexStatus::kDead;
  }
}

ScanStatus LexemeReader::BeginScan(Head& head) const {
  const uint16_t state = AllowsAny(head.phase) ? ParseTable::kErrorState : head.node->state;
  const uint32_t valid = grammar_.table().ExternalTokens(grammar_.table().ModeOf(state));
  head.scan_began = true;
  return grammar_.scanner()->Begin(states_[head.scanner_state], valid, head.begin, head.scan);
}

ScanStatus LexemeReader::GoOnWithScan(Head& head, std::string_view text, bool final) const {
  const ExternalScanner& scanner = *grammar_.scanner();
  if (head.scan_began && !scanner.Knows(head.scan)) Enter(head, head.phase, head.begin);
  ScanStatus status = head.scan_began ? ScanStatus::kMore : BeginScan(head);
  if (status == ScanStatus::kMore && head.at == 0 && !text.empty()) {
    const DecodedPoint point = DecodeAt(text, 0, final);
    if (point.size == 0) return ScanStatus::kMore;
    if (PassesMark(head, point.value)) status = BeginScan(head);
  }
  return status == ScanStatus::kMore ? scanner.Read(head.scan, head.at, text, final) : status;
}

LexStatus LexemeReader::ReadExternal(Head& head, std::string_view text, bool final, FoundToken& token) const {
  switch (GoOnWithScan(head, text, final)) {
    case ScanStatus::kMore:
      return LexStatus::kMore;
    case ScanStatus::kGaveUp:
      return LexStatus::kGaveUp;
    case ScanStatus::kFound:
      return AcceptExternal(head, token) ? LexStatus::kToken : LexStatus::kDead;
    case ScanStatus::kNothing:
      break;
  }
  return LexStatus::kDead;
}

// An empty token that changes nothing is passed over, as in tree-sitter: it would come again and again.
bool LexemeReader::AcceptExternal(const Head& head, FoundToken& token) const {
  const ParseTable& table = grammar_.table();
  const uint16_t symbol = table.ExternalSymbol(head.scan.token);
  const uint16_t state = head.node->state;
  const std::string_view before = states_[head.scanner_state];
  token.scanner_state = states_.NumberOf(grammar_.scanner()->StateAfter(before, head.scan));
  token.end = head.scan.mark;
  const bool empty = token.end <= head.begin;
  if (empty && token.scanner_state == head.scanner_state) {
    if (AllowsAny(head.phase) || table.NextState(state, symbol) == state) return false;
  }
  token.lookahead = {.symbol = symbol, .keyword = false, .empty = empty, .lexed_state = state};
  return true;
}

// False when the text is over before the lexeme is.
bool LexemeReader::ReadInternal(Head& head, std::string_view text, bool final) const {
  const Lexer& lexer = grammar_.lexer();
  while (head.at < text.size()) {
    const DecodedPoint point = DecodeAt(text, head.at, final);
    if (point.size == 0) return false;
    if (PassesMark(head, point.value)) continue;
    const uint16_t cls = lexer.ClassOf(point.value);
    const uint16_t next = lexer.words().Next(head.state, cls);
    if (next == kLexNone) return true;
    head.state = next & kLexStateMask;
    head.at += point.size;
    if (next & kLexSkip) {
      head.token_begin = head.at;
      head.keyword_state = lexer.FirstKeyword();
    } else if (head.keyword_state != kLexNone) {
      head.keyword_state = lexer.NextKeyword(head.keyword_state, cls);
    }
    Note(head);
  }
  if (final) ReadEnd(head);
  return final;
}

void LexemeReader::ReadEnd(Head& head) const {
  const LexerStates& words = grammar_.lexer().words();
  for (uint16_t left = words.count(); left > 0; --left) {
    const uint16_t next = words.NextAtEnd(head.state);
    if (next == kLexNone) return;
    head.state = next & kLexStateMask;
    head.keyword_state = kLexNone;
    Note(head);
  }
}

// Remembers the token that ends here, if one does.
void LexemeReader::Note(Head& head) const {
  const uint16_t accepts = grammar_.lexer().words().Accepts(head.state);
  if (accepts == kNoSymbol) return;
  head.accepted = accepts;
  head.accepted_end = head.at;
  head.accepted_keyword =
      head.keyword_state == kLexNone ? kNoSymbol : grammar_.lexer().keywords().Accepts(head.keyword_state);
}

FoundToken LexemeReader::Accepted(const Head& head) const {
  const ParseTable& table = grammar_.table();
  const uint16_t state = head.node->state;
  const uint16_t keyword = head.accepted_keyword;
  FoundToken token;
  token.lookahead = {.symbol = head.accepted,
                     .keyword = false,
                     .empty = head.accepted_end == head.token_begin,
                     .lexed_state = state};
  if (head.accepted == table.word_token() && head.accepted != 0 && keyword != kNoSymbol) {
    token.lookahead.keyword = true;
    if (table.Acted(state).Has(keyword) || table.Reserved(state, keyword)) token.lookahead.symbol = keyword;
  }
  token.end = head.accepted_end;
  token.scanner_state = head.scanner_state;
  return token;
}

}  // namespace espalier
