// Patterns as automata: by way of one that is not deterministic (Thompson 1968), whose sets of states become
// states.
#include "grammar/json/pattern.h"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>

#include "grammar/json/spelling.h"

namespace espalier {
namespace {

constexpr size_t kMostNfaStates = 100000;
constexpr size_t kMostDfaStates = 10000;
constexpr uint64_t kMostWork = 50'000'000;  // states visited; about half a second

using Range = std::pair<uint8_t, uint8_t>;
using Sequence = std::vector<Range>;  // of bytes

// Ranges of code points as sequences of ranges of bytes, for those from U+0080 on; as in RE2's compiler: a
// range is split until its ends differ only in bytes whose successors have all values.
void AppendUtf8Ranges(uint32_t first, uint32_t last, std::vector<Sequence>& out) {
  for (const uint32_t limit : {0x7FFu, 0xFFFFu}) {
    if (first <= limit && last > limit) {
      AppendUtf8Ranges(first, limit, out);
      return AppendUtf8Ranges(limit + 1, last, out);
    }
  }
  for (const uint32_t mask : {0x3Fu, 0xFFFu, 0x3FFFFu}) {
    if ((first & ~mask) == (last & ~mask)) continue;
    if ((first & mask) != 0) {
      AppendUtf8Ranges(first, first | mask, out);
      return AppendUtf8Ranges((first | mask) + 1, last, out);
    }
    if ((last & mask) != mask) {
      AppendUtf8Ranges(first, (last & ~mask) - 1, out);
      return AppendUtf8Ranges(last & ~mask, last, out);
    }
  }
  std::string low, high;
  AppendUtf8(first, low);
  AppendUtf8(last, high);
  Sequence sequence;
  for (size_t i = 0; i < low.size(); ++i) {
    sequence.emplace_back(static_cast<uint8_t>(low[i]), static_cast<uint8_t>(high[i]));
  }
  out.push_back(std::move(sequence));
}

// The spellings of the code points of a set.
std::vector<Sequence> SpellingsOf(const CodePoints& set) {
  std::vector<Sequence> spellings;
  for (const auto& [first, last] : set) {
    for (uint32_t c = first; c <= std::min<uint32_t>(last, 0x7F); ++c) {
      Sequence sequence;
      for (const char byte : EscapeOf(c))
        sequence.emplace_back(static_cast<uint8_t>(byte), static_cast<uint8_t>(byte));
      const bool itself = sequence.empty();
      const auto byte = static_cast<uint8_t>(c);
      if (itself && !spellings.empty() && spellings.back().size() == 1 &&
          spellings.back()[0].second + 1 == byte) {
        spellings.back()[0].second = byte;
        continue;
      }
      spellings.push_back(itself ? Sequence{{byte, byte}} : std::move(sequence));
    }
    if (last >= 0x80) AppendUtf8Ranges(std::max<uint32_t>(first, 0x80), last, spellings);
  }
  return spellings;
}

struct NfaState {
  enum Kind : uint8_t { kMatch, kBytes, kSplit, kBegin, kEnd } kind = kMatch;
  uint8_t first = 0, last = 0;   // of kBytes
  uint32_t next = 0, other = 0;  // other: of kSplit
};

class Nfa {
 public:
  /// For strings in which the pattern is found. False when it is too large.
  bool Build(const PatternTree& tree) {
    tree_ = &tree;
    const uint32_t match = Add({});
    start_ = AnyText(Emit(tree.root, AnyText(match)));
    FindUseful();
    return states_.size() < kMostNfaStates;
  }

  Result<ByteDfa> ToDfa() {
    std::array<bool, 257> begins{};
    for (const NfaState& state : states_) {
      if (state.kind == NfaState::kBytes) begins[state.first] = begins[state.last + 1u] = true;
    }
    struct Set {
      std::vector<uint32_t> states;
      bool at_begin = false;
      bool operator<(const Set& other) const {
        return std::tie(at_begin, states) < std::tie(other.at_begin, other.states);
      }
    };
    const auto step = [&](const Set& set, uint8_t byte) -> std::optional<Set> {
      if (work_ > kMostWork) return std::nullopt;
      std::vector<uint32_t> next;
      for (const uint32_t i : set.states) {
        const NfaState& state = states_[i];
        if (state.kind == NfaState::kBytes && state.first <= byte && byte <= state.last)
          next.push_back(state.next);
      }
      next = Closure(std::move(next), false, false);
      return next.empty() ? std::nullopt : std::optional(Set{std::move(next)});
    };
    const auto accepts = [&](const Set& set) {  // where both ^ and $ hold, one may lead to the other
      const auto at_end =
          Closure(set.at_begin ? std::vector<uint32_t>{start_} : set.states, set.at_begin, true);
      return std::any_of(at_end.begin(), at_end.end(),
                         [&](uint32_t i) { return states_[i].kind == NfaState::kMatch; });
    };
    const Set start = {Closure({start_}, true, false), true};
    auto dfa = ExploreDfa<Set>(RunsOfBytes(begins), start, step, accepts, kMostDfaStates);
    if (!dfa || work_ > kMostWork)
      return Fail(ErrorCode::kResourceExhausted, "its automaton would be too large");
    return *std::move(dfa);
  }

 private:
  using Kind = PatternTree::Kind;

  uint32_t Add(NfaState state) {
    states_.push_back(state);
    return static_cast<uint32_t>(states_.size() - 1);
  }
  uint32_t Split(uint32_t next, uint32_t other) {
    return Add({.kind = NfaState::kSplit, .next = next, .other = other});
  }

  // What leads to `next` by way of a node's texts.
  uint32_t Emit(uint32_t id, uint32_t next) {
    if (states_.size() >= kMostNfaStates) return next;  // which Build reports
    const PatternTree::Node& node = tree_->nodes[id];
    switch (node.kind) {
      case Kind::kNothing:
        return next;
      case Kind::kSet:
        return EmitSet(node.set, next);
      case Kind::kSequence:
        for (size_t i = node.children.size(); i-- > 0;) next = Emit(node.children[i], next);
        return next;
      case Kind::kAlternatives: {
        uint32_t entry = Emit(node.children.back(), next);
        for (size_t i = node.children.size() - 1; i-- > 0;)
          entry = Split(Emit(node.children[i], next), entry);
        return entry;
      }
      case Kind::kRepeat:
        return EmitRepeat(node, next);
      case Kind::kBegin:
        return Add({.kind = NfaState::kBegin, .next = next});
      case Kind::kEnd:
        return Add({.kind = NfaState::kEnd, .next = next});
    }
    return next;
  }

  uint32_t EmitRepeat(const PatternTree::Node& node, uint32_t next) {
    const uint32_t child = node.children[0], after = next;
    if (node.most == PatternTree::kUnlimited) {
      const uint32_t loop = Split(0, after);
      states_[loop].next = Emit(child, loop);
      next = loop;
    } else {
      for (uint32_t i = node.least; i < node.most; ++i) next = Split(Emit(child, next), after);
    }
    for (uint32_t i = 0; i < node.least; ++i) {
      const uint32_t entry = Emit(child, next);
      if (entry == next) break;  // there is nothing in it to repeat
      next = entry;
    }
    return next;
  }

  uint32_t EmitSet(const CodePoints& set, uint32_t next) {
    std::map<std::tuple<uint8_t, uint8_t, uint32_t>, uint32_t> made;  // ends are shared
    std::optional<uint32_t> entry;
    for (const Sequence& sequence : SpellingsOf(set)) {
      uint32_t state = next;
      for (size_t i = sequence.size(); i-- > 0;) {
        const auto [first, last] = sequence[i];
        const auto [found, added] = made.try_emplace({first, last, state}, 0);
        if (added)
          found->second = Add({.kind = NfaState::kBytes, .first = first, .last = last, .next = state});
        state = found->second;
      }
      entry = entry ? Split(state, *entry) : state;
    }
    if (entry) return *entry;
    return Add({.kind = NfaState::kBytes, .first = 1, .last = 0, .next = next});  // nothing: no byte fits
  }

  uint32_t AnyText(uint32_t next) {
    const uint32_t loop = Split(0, next);
    states_[loop].next = EmitSet({{0, 0xD7FF}, {0xE000, 0x10FFFF}}, loop);
    return loop;
  }

  // States from which a match is reached when the text has begun.
  void FindUseful() {
    std::vector<std::vector<uint32_t>> before(states_.size());
    for (uint32_t i = 0; i < states_.size(); ++i) {
      const NfaState& state = states_[i];
      if (state.kind != NfaState::kBegin && state.kind != NfaState::kMatch) before[state.next].push_back(i);
      if (state.kind == NfaState::kSplit) before[state.other].push_back(i);
    }
    useful_.assign(states_.size(), false);
    std::vector<uint32_t> queue = {0};  // the match
    for (size_t i = 0; i < queue.size(); ++i) {
      if (useful_[queue[i]]) continue;
      useful_[queue[i]] = true;
      queue.insert(queue.end(), before[queue[i]].begin(), before[queue[i]].end());
    }
  }

  // The states that are reached without a byte; those that only lead on are left out.
  std::vector<uint32_t> Closure(std::vector<uint32_t> open, bool at_begin, bool at_end) {
    seen_.resize(states_.size());
    ++closures_;
    std::vector<uint32_t> closed;
    while (!open.empty()) {
      const uint32_t i = open.back();
      open.pop_back();
      ++work_;
      if ((!at_begin && !useful_[i]) || std::exchange(seen_[i], closures_) == closures_) continue;
      const NfaState& state = states_[i];
      const bool passes =
          (state.kind == NfaState::kBegin && at_begin) || (state.kind == NfaState::kEnd && at_end);
      if (passes || state.kind == NfaState::kSplit) open.push_back(state.next);
      if (state.kind == NfaState::kSplit) open.push_back(state.other);
      if (state.kind != NfaState::kSplit && state.kind != NfaState::kBegin) closed.push_back(i);
    }
    std::sort(closed.begin(), closed.end());
    return closed;
  }

  const PatternTree* tree_ = nullptr;
  std::vector<NfaState> states_;
  std::vector<bool> useful_;
  std::vector<uint64_t> seen_;  // the closure in which a state was met last
  uint64_t closures_ = 0, work_ = 0;
  uint32_t start_ = 0;
};

}  // namespace

Result<ByteDfa> DfaOfPattern(std::string_view pattern) {
  ESPALIER_ASSIGN_OR_RETURN(const PatternTree tree, ParsePattern(pattern));
  Nfa nfa;
  if (!nfa.Build(tree)) return Fail(ErrorCode::kResourceExhausted, "it is too large");
  return nfa.ToDfa();
}

Result<ByteDfa> WithLength(const ByteDfa& dfa, uint32_t least, uint32_t most) {
  if (dfa.empty() || least > most) return ByteDfa();
  using State = std::tuple<uint32_t, uint8_t, uint32_t>;  // of dfa, StringState, code points
  const uint32_t counted = most == PatternTree::kUnlimited ? least : most;
  const auto step = [&](const State& state, uint8_t byte) -> std::optional<State> {
    auto [at, within, count] = state;
    if (within == kInText && count == most) return std::nullopt;
    if (within == kInText) count = std::min(count + 1, counted);
    at = dfa.Step(at, byte);
    if (at == ByteDfa::kDead) return std::nullopt;
    return State{at, StringStep(within, byte), count};
  };
  const auto accepts = [&](const State& s) {
    return dfa.accepting[std::get<0>(s)] && std::get<2>(s) >= least;
  };
  const ByteDfa* const automata[] = {&dfa};
  auto limited =
      ExploreDfa<State>(JointClasses(automata), {0, kInText, 0}, step, accepts, 5 * kMostDfaStates);
  if (!limited)
    return Fail(ErrorCode::kResourceExhausted, "its automaton would be too large with this length");
  return *std::move(limited);
}

ByteDfa Quoted(const ByteDfa& dfa) {
  if (dfa.empty()) return {};
  std::array<bool, 257> begins{};
  for (size_t byte = 1; byte < 256; ++byte) begins[byte] = dfa.class_of[byte] != dfa.class_of[byte - 1];
  begins['"'] = begins['"' + 1] = true;
  using State = std::pair<uint8_t, uint32_t>;  // before, in, behind the literal; state of dfa
  const auto step = [&](const State& state, uint8_t byte) -> std::optional<State> {
    const auto [place, at] = state;
    if (place == 0) return byte == '"' ? std::optional(State{1, 0}) : std::nullopt;
    if (place == 2) return std::nullopt;
    const uint32_t next = dfa.Step(at, byte);
    if (next != ByteDfa::kDead) return State{1, next};
    return byte == '"' && dfa.accepting[at] ? std::optional(State{2, 0}) : std::nullopt;
  };
  const auto accepts = [](const State& state) { return state.first == 2; };
  return *ExploreDfa<State>(RunsOfBytes(begins), {0, 0}, step, accepts, ByteDfa::kDead);
}

}  // namespace espalier
