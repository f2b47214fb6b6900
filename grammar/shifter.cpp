#include "grammar/shifter.h"

#include <algorithm>
#include <utility>

namespace espalier {
namespace {

// What Fits remembers; beyond that it forgets everything.
constexpr size_t kMostMemos = 1 << 16;

bool Contains(const std::vector<const StackNode*>& nodes, const StackNode* node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

bool IsShift(const TsAction& action) { return action.type == kTsShift && !action.shift.repetition; }

uint64_t MemoKey(const StackNode* top, const Lookahead& token) {
  return top->id << 20 | uint64_t{token.symbol} << 4 | uint64_t{token.empty} << 1 | uint64_t{token.keyword};
}

}  // namespace

// The token's actions in a state. A keyword that has none there is the word token from now on, unless it is
// reserved there.
ParseActions Shifter::ActionsAs(uint16_t state, uint16_t& symbol, const Lookahead& token) const {
  ParseActions found = table_.ActionsFor(state, symbol);
  const uint16_t word = table_.word_token();
  if (!found.actions.empty() || !token.keyword || symbol == word || table_.Reserved(state, symbol)) {
    return found;
  }
  const ParseActions as_word = table_.ActionsFor(state, word);
  if (as_word.actions.empty()) return found;
  symbol = word;
  return as_word;
}

void Shifter::Shift(const StackNode* top, const Lookahead& token, ShiftOutcome& outcome) {
  pushed_.clear();
  anew_.clear();
  uint16_t symbol = token.symbol;
  if (RunStraight(top, symbol, token, outcome)) return;
  items_.clear();
  items_.push_back({nullptr, top, symbol, false});
  RunAll(token, outcome);
}

// The usual case: one action, on a stack that does not fork. False where that ends, with what is reached.
bool Shifter::RunStraight(const StackNode*& top, uint16_t& symbol, const Lookahead& token,
                          ShiftOutcome& outcome) {
  for (;;) {
    const ParseActions found = ActionsAs(top->state, symbol, token);
    if (found.actions.empty()) return true;
    if (found.actions.size() > 1) return false;
    const TsAction& action = found.actions.front();
    if (action.type != kTsReduce) {
      if (IsShift(action)) ShiftOnto(top, action, outcome);
      outcome.accepted |= action.type == kTsAccept;
      return true;
    }
    const StackNode* base = top;
    for (uint32_t left = action.reduce.child_count; left > 0; --left) {
      if (!base->has_one_link()) return false;
      if (base->is_bottom()) return true;
      trace_.Follow(base->first.below);
      base = base->first.below;
    }
    const uint16_t next = table_.Goto(base->state, action.reduce.symbol);
    if (next == 0) return true;
    top = graph_.Push(next, base);
  }
}

// A reduction may add a link to a stack whose reductions were done already; they are done again then.
void Shifter::RunAll(const Lookahead& token, ShiftOutcome& outcome) {
  for (bool is_done = false; !is_done;) {
    is_done = true;
    for (size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].is_done) continue;
      items_[i].is_done = true;
      is_done = false;
      Expand(i, token, outcome);
      if (is_simulation_ && (!outcome.shifted.empty() || outcome.accepted)) return;
    }
  }
}

void Shifter::Expand(size_t item, const Lookahead& token, ShiftOutcome& outcome) {
  const StackNode* node = items_[item].node;
  const auto actions = ActionsAs(node->state, items_[item].symbol, token).actions;
  size_t last_reduce = actions.size();
  for (size_t i = 0; i < actions.size(); ++i) {
    if (actions[i].type == kTsReduce) last_reduce = i;
  }
  for (size_t i = 0; i < actions.size(); ++i) {
    if (IsShift(actions[i])) ShiftOnto(node, actions[i], outcome);
    if (actions[i].type == kTsAccept) outcome.accepted = true;
    if (actions[i].type == kTsReduce) Reduce(item, actions[i], i == last_reduce, token, outcome);
  }
}

void Shifter::ShiftOnto(const StackNode* below, const TsAction& action, ShiftOutcome& outcome) {
  if (action.shift.extra) {
    if (!Contains(outcome.shifted, below)) outcome.shifted.push_back(below);
    return;
  }
  for (StackNode* node : pushed_) {
    if (node->state != action.shift.state) continue;
    graph_.AddLink(node, below);
    return;
  }
  pushed_.push_back(graph_.Push(action.shift.state, below));
  outcome.shifted.push_back(pushed_.back());
}

// Of the stacks that a choice leads to, tree-sitter goes on with one; the others are looked at later, and
// may lex for themselves.
void Shifter::Reduce(size_t item, const TsAction& action, bool is_last, const Lookahead& token,
                     ShiftOutcome& outcome) {
  const uint16_t symbol = items_[item].symbol;
  CollectBases(items_[item].node, action.reduce.child_count);
  const std::vector<const StackNode*> bases = bases_;
  for (size_t i = 0; i < bases.size(); ++i) {
    const uint16_t next = table_.Goto(bases[i]->state, action.reduce.symbol);
    if (next == 0) continue;
    const bool goes_on = is_last && i == 0;
    if (!goes_on && LexesAnew(next, symbol, token)) {
      LexAnew(next, bases[i], outcome);
    } else {
      Arrive(next, bases[i], symbol);
    }
  }
}

// One stack for all bases, since the recogniser would merge one for each link by link, copying them.
void Shifter::LexAnew(uint16_t state, const StackNode* base, ShiftOutcome& outcome) {
  for (StackNode* node : anew_) {
    if (node->state != state) continue;
    graph_.AddLink(node, base);
    return;
  }
  anew_.push_back(graph_.Push(state, base));
  outcome.relexed.push_back(anew_.back());
}

void Shifter::Arrive(uint16_t state, const StackNode* base, uint16_t symbol) {
  for (Item& item : items_) {
    if (item.own == nullptr || item.node->state != state || item.symbol != symbol) continue;
    if (graph_.AddLink(item.own, base)) item.is_done = false;
    return;
  }
  StackNode* node = graph_.Push(state, base);
  items_.push_back({node, node, symbol, false});
}

// tree-sitter's ts_parser__can_reuse_first_leaf, inverted; lexing anew with the same lexers would only find
// the same token, which has no action here.
bool Shifter::LexesAnew(uint16_t state, uint16_t symbol, const Lookahead& token) const {
  const LexMode& mode = table_.ModeOf(state);
  if (mode.ends_extra()) return true;
  const ParseActions found = table_.ActionsFor(state, symbol);
  const bool is_word = symbol == table_.word_token() && symbol != 0;
  if (mode == table_.ModeOf(token.lexed_state) && !is_word && !token.keyword) return false;
  if (token.empty && symbol != ParseTable::kEndSymbol) return true;
  return mode.external_lex_state != 0 || !found.reusable;
}

// All nodes `count` links below, each once: only they matter, not the ways to them.
void Shifter::CollectBases(const StackNode* top, uint32_t count) {
  bases_.assign(1, top);
  for (; count > 0; --count) {
    level_.clear();
    for (const StackNode* node : bases_) {
      if (node->is_bottom()) continue;
      for (const StackLink* link = &node->first; link != nullptr; link = link->next) {
        trace_.Follow(link->below);
        if (!Contains(level_, link->below)) level_.push_back(link->below);
      }
    }
    bases_.swap(level_);
    graph_.LimitWidth(bases_.size());
  }
}

Fit Shifter::Fits(const StackNode* top, const Lookahead& token) {
  if (table_.Shifted(top->state).Has(token.symbol)) return Fit::kYes;
  if (!table_.Acted(top->state).Has(token.symbol) && !token.keyword) return Fit::kNo;
  const uint64_t key = MemoKey(top, token);
  const auto known = memo_.find(key);
  if (known != memo_.end()) {
    trace_.Merge(known->second.lowest);
    return known->second.fit;
  }
  const uint32_t lowest_before = trace_.Restart(top);
  const Fit fit = Simulate(top, token);
  if (memo_.size() >= kMostMemos) memo_.clear();
  memo_[key] = {fit, trace_.lowest()};
  trace_.Merge(lowest_before);
  return fit;
}

Fit Shifter::Simulate(const StackNode* top, const Lookahead& token) {
  const Arena::Mark mark = graph_.arena().mark();
  is_simulation_ = true;
  simulated_.Clear();
  Shift(top, token, simulated_);
  is_simulation_ = false;
  graph_.arena().ReturnTo(mark);
  if (graph_.TakeOverflow()) return Fit::kYes;  // too ambiguous to tell
  if (!simulated_.shifted.empty() || simulated_.accepted) return Fit::kYes;
  return simulated_.relexed.empty() ? Fit::kNo : Fit::kAnew;
}

void Shifter::EndExtra(const StackNode* top, std::vector<const StackNode*>& tops) {
  for (const TsAction& action : table_.ActionsFor(top->state, ParseTable::kEndSymbol).actions) {
    if (action.type != kTsReduce) continue;
    CollectBases(top, action.reduce.child_count);
    for (const StackNode* base : bases_) {
      const uint16_t next = table_.Goto(base->state, action.reduce.symbol);
      if (next == 0) continue;
      tops.push_back(next == base->state ? base : graph_.Push(next, base));
    }
  }
}

}  // namespace espalier
