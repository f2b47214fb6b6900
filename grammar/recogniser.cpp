#include "grammar/recogniser.h"

#include <algorithm>

#include "base/utf8.h"
#include "grammar/code_points.h"

namespace espalier {
namespace {

// Lexemes that begin at one byte on the way to the next; more are a loop of empty tokens.
constexpr int kMostLexemesInPlace = 4000;
// How often a partial lexeme may turn out to be a shorter token and the beginning of a further one.
constexpr int kDeepest = 24;
// Pieces of a long text, so that one that is not accepted is given up early.
constexpr size_t kFeedBytes = 4096;

}  // namespace

Recogniser::Recogniser(const Grammar& grammar)
    : grammar_(grammar), shifter_(grammar.table(), graph_, trace_), reader_(grammar, states_) {
  AddFresh(work_, graph_.Push(ParseTable::kStartState, nullptr), 0, ScannerStates::kInitial);
  Run(work_, survivors_, false);
  Keep(survivors_);
}

void Recogniser::Keep(const Heads& heads) {
  place_.heads = graph_.arena().CopyAll(heads.data(), heads.size());
  place_.head_count = static_cast<uint32_t>(heads.size());
  place_.text_size = static_cast<uint32_t>(text_.size());
  place_.mark = graph_.arena().mark();
}

// Lets the heads' stacks begin a lexeme at byte `at` of a text, up to which it counts as read.
bool Recogniser::Restart(const Heads& heads, std::string_view text, uint32_t at) {
  text_.assign(text.substr(0, at));
  work_.clear();
  survivors_.clear();
  for (const Head& head : heads) AddFresh(work_, head.node, at, head.scanner_state);
  if (!Run(work_, survivors_, false)) survivors_.clear();
  Keep(survivors_);
  return Viable();
}

void Recogniser::ReturnTo(const Place& place) {
  place_ = place;
  text_.resize(place.text_size);
  graph_.arena().ReturnTo(place.mark);
}

bool Recogniser::Advance(std::string_view bytes) {
  graph_.TakeOverflow();  // a test of viability may have left one
  text_ += bytes;
  work_.assign(place_.heads, place_.heads + place_.head_count);
  survivors_.clear();
  if (!Run(work_, survivors_, false)) {
    survivors_.clear();
    place_.gave_up = true;
  }
  Keep(survivors_);
  return alive();
}

// Reads with the heads of `work` to the end of the text; those that are undecided there are the survivors.
// The head that is furthest behind goes first, so that readings that meet again are merged. False: gave up.
bool Recogniser::Run(Heads& work, Heads& survivors, bool final) {
  const ScannerHold hold(grammar_.scanner());
  uint32_t furthest = 0;
  int lexemes_in_place = 0;
  while (!work.empty()) {
    const auto next = std::min_element(work.begin(), work.end(),
                                       [](const Head& a, const Head& b) { return a.start < b.start; });
    const Head head = *next;
    work.erase(next);
    lexemes_in_place = head.start > furthest ? 0 : lexemes_in_place + 1;
    furthest = std::max(furthest, head.start);
    if (!RunOne(head, work, survivors, final)) return false;
    const bool too_many = graph_.TakeOverflow() || work.size() + survivors.size() > kMostHeads;
    if (too_many || lexemes_in_place > kMostLexemesInPlace) return false;
  }
  return true;
}

// False when the external scanner gave up.
bool Recogniser::RunOne(Head head, Heads& work, Heads& survivors, bool final) {
  FoundToken token;
  const LexStatus status = reader_.Read(head, text_, final, token);
  if (status == LexStatus::kGaveUp) return false;
  if (status == LexStatus::kMore && !MergeInto(survivors, head, graph_)) survivors.push_back(head);
  if (status != LexStatus::kToken) return true;
  outcome_.Clear();
  shifter_.Shift(head.node, token.lookahead, outcome_);
  accepted_ |= outcome_.accepted;
  for (const StackNode* node : outcome_.shifted) AddFresh(work, node, token.end, token.scanner_state);
  for (const StackNode* node : outcome_.relexed) AddFresh(work, node, head.start, head.scanner_state);
  return true;
}

void Recogniser::AddFresh(Heads& work, const StackNode* node, uint32_t start, uint32_t scanner_state) {
  if (grammar_.table().ModeOf(node->state).ends_extra()) {
    std::vector<const StackNode*> tops;
    shifter_.EndExtra(node, tops);
    for (const StackNode* top : tops) AddFresh(work, top, start, scanner_state);
    return;
  }
  const Head head = reader_.Fresh(node, start, scanner_state);
  if (!MergeInto(work, head, graph_)) work.push_back(head);
}

// Heads with the same state at the same place read the same, so that one of them stands for both stacks.
bool Recogniser::MergeInto(Heads& heads, const Head& head, StackGraph& graph) {
  for (Head& other : heads) {
    if (other.start != head.start || other.node->state != head.node->state ||
        other.scanner_state != head.scanner_state) {
      continue;
    }
    other.node = graph.Union(other.node, head.node);
    return true;
  }
  return false;
}

bool Recogniser::Complete() {
  graph_.TakeOverflow();
  const Arena::Mark mark = graph_.arena().mark();
  Heads work(place_.heads, place_.heads + place_.head_count), survivors;
  accepted_ = false;
  const bool ran = Run(work, survivors, true);
  graph_.arena().ReturnTo(mark);
  return ran && accepted_;
}

bool Recogniser::AcceptsWith(std::string_view rest) {
  const Place before = place_;
  bool alive_so_far = alive();
  for (; !rest.empty() && alive_so_far; rest.remove_prefix(std::min(kFeedBytes, rest.size()))) {
    alive_so_far = Advance(rest.substr(0, kFeedBytes));
  }
  const bool accepts = alive_so_far && Complete();
  ReturnTo(before);
  return accepts;
}

bool Recogniser::ContinuesUtf8(std::string_view bytes) const {
  const std::string text = std::string(UnfinishedCodePoint()) + std::string(bytes);
  const size_t invalid = FirstInvalidUtf8(text);
  return invalid == std::string_view::npos || IsUtf8Prefix(std::string_view(text).substr(invalid));
}

bool Recogniser::Viable() { return HeadsViable(place_.heads, place_.head_count); }

// All heads stand at the same byte: the end of the text, or before a code point that it cuts off.
bool Recogniser::HeadsViable(const Head* heads, size_t count) {
  if (count > 0 && heads[0].at < text_.size()) return ViableInsideCodePoint(Heads(heads, heads + count));
  return std::any_of(heads, heads + count, [&](const Head& head) { return HeadViable(head, 0); });
}

void Recogniser::Prune() {
  if (place_.head_count < 2 || place_.heads[0].at < text_.size()) return;
  Heads viable;
  for (uint32_t i = 0; i < place_.head_count; ++i) {
    if (HeadViable(place_.heads[i], 0)) viable.push_back(place_.heads[i]);
  }
  if (viable.size() < place_.head_count) Keep(viable);
}

// Whatever code point the bytes may become: it is enough to try one of each kind.
bool Recogniser::ViableInsideCodePoint(const Heads& heads) {
  const size_t size_before = text_.size();
  const std::string begun = text_.substr(heads[0].at);
  const Arena::Mark mark = graph_.arena().mark();
  const auto [first, last] = CodePointsFrom(begun);
  bool viable = false;
  for (const int32_t code_point : grammar_.lexer().Representatives(first, last)) {
    text_ += EncodeUtf8(code_point).substr(begun.size());
    Heads work = heads, survivors;
    viable = !Run(work, survivors, false) || HeadsViable(survivors.data(), survivors.size());
    text_.resize(size_before);
    graph_.arena().ReturnTo(mark);
    if (viable) break;
  }
  return viable;
}

bool Recogniser::HeadViable(const Head& head, int depth) {
  return depth > kDeepest || MayBecomeToken(head, depth) || MayEndEarly(head, depth);
}

// Whether the lexeme, as far as it is known and with more behind it, may be a token that fits.
bool Recogniser::MayBecomeToken(const Head& head, int depth) {
  return IsExternal(head.phase) ? MayBecomeExternal(head, depth) : MayBecomeInternal(head, depth);
}

// REQUIRES: nothing in `work` depends on what the arena frees.
bool Recogniser::AnyViable(Heads work, int depth) {
  const Arena::Mark mark = graph_.arena().mark();
  Heads survivors;
  bool viable = !Run(work, survivors, false);  // too ambiguous to tell
  for (size_t i = 0; i < survivors.size() && !viable; ++i) viable = HeadViable(survivors[i], depth + 1);
  graph_.arena().ReturnTo(mark);
  return viable;
}

bool Recogniser::TokenFits(const Head& head, const Lookahead& token, int depth) {
  const Fit fit = shifter_.Fits(head.node, token);
  if (fit != Fit::kAnew) return fit == Fit::kYes;
  const Arena::Mark mark = graph_.arena().mark();
  ShiftOutcome outcome;
  shifter_.Shift(head.node, token, outcome);
  Heads work;
  for (const StackNode* node : outcome.relexed) AddFresh(work, node, head.start, head.scanner_state);
  if (anew_ != nullptr) {
    anew_->insert(anew_->end(), work.begin(), work.end());
    return false;
  }
  const bool viable = AnyViable(work, depth);
  graph_.arena().ReturnTo(mark);
  return viable;
}

bool Recogniser::MayBecomeExternal(const Head& head, int depth) {
  const ParseTable& table = grammar_.table();
  const ExternalScanner& scanner = *grammar_.scanner();
  const uint32_t possible = scanner.Possible(head.scan);
  const bool empty = head.scan.mark <= head.begin;
  const auto fits = [&](uint32_t i, bool is_empty) {
    return TokenFits(head, {table.ExternalSymbol(i), false, is_empty, head.node->state}, depth);
  };
  for (uint32_t i = 0; i < table.external_count(); ++i) {
    if (!(possible >> i & 1)) continue;
    if (fits(i, empty) || (scanner.IsProbed() && fits(i, !empty))) return true;
  }
  return false;
}

bool Recogniser::MayBecomeInternal(const Head& head, int depth) {
  const ParseTable& table = grammar_.table();
  const uint16_t state = head.node->state;
  const auto fits = [&](uint16_t symbol, bool keyword) {
    return TokenFits(head, {symbol, keyword, false, state}, depth);
  };
  const SymbolSet& words = grammar_.lexer().words().Reachable(head.state);
  if (words.Intersects(table.Shifted(state))) return true;
  if ((words & table.Acted(state)).AnyOf([&](uint16_t symbol) { return fits(symbol, false); })) return true;
  if (head.keyword_state != kLexNone && words.Has(table.word_token())) {
    const SymbolSet& keywords = grammar_.lexer().keywords().Reachable(head.keyword_state);
    if (keywords.Intersects(table.Shifted(state))) return true;
    if ((keywords & table.Acted(state)).AnyOf([&](uint16_t symbol) { return fits(symbol, true); }))
      return true;
  }
  const bool may_end_here = head.accepted != kNoSymbol && head.accepted_end == head.at &&
                            grammar_.lexer().words().CanEnd(head.state);
  return may_end_here && TokenFits(head, reader_.Accepted(head).lookahead, depth);
}

// The next code point may show that the lexeme is a token that ended before, or nothing for this lexer; what
// is known of the text behind that is read again.
bool Recogniser::MayEndEarly(const Head& head, int depth) {
  const Arena::Mark mark = graph_.arena().mark();
  Heads work;
  if (MayFindNothing(head)) {
    Head next = head;
    if (reader_.NextPhase(next)) work.push_back(next);
  } else if (!IsExternal(head.phase) && head.accepted_end < head.at &&
             grammar_.lexer().words().CanEnd(head.state)) {
    const FoundToken token = reader_.Accepted(head);
    ShiftOutcome outcome;
    shifter_.Shift(head.node, token.lookahead, outcome);
    for (const StackNode* node : outcome.shifted) AddFresh(work, node, token.end, token.scanner_state);
    for (const StackNode* node : outcome.relexed) AddFresh(work, node, head.start, head.scanner_state);
  }
  const bool viable = !work.empty() && AnyViable(work, depth);
  graph_.arena().ReturnTo(mark);
  return viable;
}

bool Recogniser::MayFindNothing(const Head& head) const {
  if (IsExternal(head.phase))
    return grammar_.scanner()->Possible(head.scan) & ExternalScanner::kMayFindNothing;
  return head.accepted == kNoSymbol && grammar_.lexer().words().CanEnd(head.state);
}

std::vector<uint16_t> Recogniser::ExpectedSymbols() {
  SymbolSet expected;
  const ParseTable& table = grammar_.table();
  uint32_t last_start = 0;
  for (uint32_t i = 0; i < place_.head_count; ++i) last_start = std::max(last_start, place_.heads[i].start);
  for (uint32_t i = 0; i < place_.head_count; ++i) {
    if (place_.heads[i].start < last_start) continue;  // its lexeme, once over, leads to another's beginning
    const StackNode* node = place_.heads[i].node;
    table.Acted(node->state).AnyOf([&](uint16_t symbol) {
      if (shifter_.Fits(node, {symbol, false, false, node->state}) == Fit::kYes) expected.Add(symbol);
      return false;
    });
  }
  std::vector<uint16_t> symbols;
  expected.AnyOf([&](uint16_t symbol) {
    symbols.push_back(symbol);
    return false;
  });
  return symbols;
}

}  // namespace espalier
