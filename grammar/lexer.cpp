#include "grammar/lexer.h"

#include <algorithm>
#include <set>

namespace espalier {
namespace {

// Beyond ASCII, hand-written scanners ask whether a code point is a space or a letter; these are spaces.
constexpr int32_t kSpaces[] = {0x85,   0xA0,   0x1680, 0x2000, 0x2007, 0x2028,
                               0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF};

}  // namespace

LexerStates::LexerStates(const LexAutomaton& automaton, uint16_t class_count)
    : automaton_(automaton), class_count_(class_count) {
  can_end_.resize(count());
  for (uint16_t state = 0; state < count(); ++state) {
    const uint16_t* row = automaton_.next + size_t{state} * class_count_;
    can_end_[state] = std::find(row, row + class_count_, kLexNone) != row + class_count_;
  }
  CollectReachable();
}

// Until nothing changes, each state takes over what its successors accept and reach. Going backwards from
// the successors that changed keeps that short.
void LexerStates::CollectReachable() {
  reachable_.resize(count());
  std::vector<std::vector<uint16_t>> before(count());
  std::vector<uint16_t> queue;
  for (uint16_t state = 0; state < count(); ++state) {
    std::set<uint16_t> successors;
    for (uint16_t c = 0; c <= class_count_; ++c) {
      const uint16_t next = c < class_count_ ? Next(state, c) : NextAtEnd(state);
      if (next != kLexNone) successors.insert(next & kLexStateMask);
    }
    for (const uint16_t next : successors) {
      before[next].push_back(state);
      if (Accepts(next) != kNoSymbol) reachable_[state].Add(Accepts(next));
    }
    queue.push_back(state);
  }
  while (!queue.empty()) {
    const uint16_t state = queue.back();
    queue.pop_back();
    for (const uint16_t previous : before[state]) {
      if (reachable_[previous].Merge(reachable_[state])) queue.push_back(previous);
    }
  }
}

Lexer::Lexer(const LexerTables& tables)
    : tables_(tables),
      words_(tables.words, tables.class_count),
      keywords_(tables.keywords, tables.class_count) {
  for (uint16_t state = 0; state < words_.count(); ++state) loops_.push_back(LoopsOf(state));
}

CharacterKinds Lexer::LoopsOf(uint16_t state) const {
  CharacterKinds leaving = kOtherKind;
  for (int32_t c = 0; c < 128; ++c) {
    if (words_.Next(state, tables_.ascii[c]) != state) leaving |= KindOf(c);
  }
  const auto leaves = [&](int32_t c) { return words_.Next(state, ClassOf(c)) != state; };
  for (const CodePointInterval& letters : kLettersBeyondAscii) {
    const auto some = Representatives(letters.first, letters.last);
    if (std::any_of(some.begin(), some.end(), leaves)) leaving |= kLetterBeyondAscii;
  }
  for (uint32_t i = 0; i < tables_.interval_count; ++i) {
    if (words_.Next(state, tables_.interval_class[i]) != state) leaving |= kOtherBeyondAscii;
  }
  return static_cast<CharacterKinds>(~leaving);
}

uint16_t Lexer::ClassOfInterval(int32_t code_point) const {
  const int32_t* begin = tables_.interval_begin;
  const int32_t* behind = std::upper_bound(begin, begin + tables_.interval_count, code_point);
  return tables_.interval_class[behind - begin - 1];
}

std::vector<int32_t> Lexer::Representatives(int32_t first, int32_t last) const {
  std::vector<int32_t> chosen;
  std::vector<bool> seen(tables_.class_count);
  const int32_t* begin = tables_.interval_begin;
  const int32_t* end = begin + tables_.interval_count;
  for (const int32_t* next = std::upper_bound(begin, end, first) - 1; next != end && *next <= last; ++next) {
    const uint16_t cls = tables_.interval_class[next - begin];
    if (seen[cls]) continue;
    seen[cls] = true;
    chosen.push_back(std::max(first, *next));
  }
  for (const int32_t space : kSpaces) {
    if (first <= space && space <= last) chosen.push_back(space);
  }
  return chosen;
}

}  // namespace espalier
