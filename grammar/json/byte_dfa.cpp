#include "grammar/json/byte_dfa.h"

#include <algorithm>
#include <tuple>

namespace espalier {
namespace {

// Refinement costs up to the square of the states; what is larger is used as it is, which is only less
// compact.
constexpr size_t kMostStatesToMinimise = 1000;
constexpr int kMostRounds = 100;

// Bytes to the nearest accepting state, by states; kDead where there is none.
std::vector<uint32_t> Distances(const ByteDfa& dfa) {
  std::vector<std::vector<uint32_t>> before(dfa.size());
  for (uint32_t i = 0; i < dfa.next.size(); ++i) {
    if (dfa.next[i] != ByteDfa::kDead) before[dfa.next[i]].push_back(i / dfa.classes);
  }
  std::vector<uint32_t> distance(dfa.size(), ByteDfa::kDead), queue;
  for (uint32_t state = 0; state < dfa.size(); ++state) {
    if (!dfa.accepting[state]) continue;
    distance[state] = 0;
    queue.push_back(state);
  }
  for (size_t i = 0; i < queue.size(); ++i) {
    for (const uint32_t state : before[queue[i]]) {
      if (distance[state] != ByteDfa::kDead) continue;
      distance[state] = distance[queue[i]] + 1;
      queue.push_back(state);
    }
  }
  return distance;
}

// Keeps one state of each group, those with kDead as their group none. REQUIRES: state 0 is in group 0, and
// groups are numbered by their first states.
ByteDfa KeepGroups(const ByteDfa& dfa, const std::vector<uint32_t>& group_of) {
  ByteDfa kept;
  kept.class_of = dfa.class_of;
  kept.classes = dfa.classes;
  for (uint32_t state = 0; state < dfa.size(); ++state) {
    if (group_of[state] != kept.size()) continue;
    kept.accepting.push_back(dfa.accepting[state]);
    for (uint32_t c = 0; c < dfa.classes; ++c) {
      const uint32_t next = dfa.next[state * dfa.classes + c];
      kept.next.push_back(next == ByteDfa::kDead ? next : group_of[next]);
    }
  }
  return kept;
}

ByteDfa Trimmed(const ByteDfa& dfa) {
  std::vector<uint32_t> group_of = Distances(dfa);
  if (group_of.empty() || group_of[0] == ByteDfa::kDead) return {};
  uint32_t groups = 0;
  for (uint32_t& group : group_of) {
    if (group != ByteDfa::kDead) group = groups++;
  }
  return KeepGroups(dfa, group_of);
}

// Bytes of the longest text from a state, by states; kDead where there is none.
std::vector<uint32_t> LongestTexts(const ByteDfa& dfa) {
  std::vector<std::vector<uint32_t>> before(dfa.size());
  std::vector<uint32_t> open(dfa.size()), longest(dfa.size()),
      queue;  // open: ways on that are not looked at yet
  for (uint32_t i = 0; i < dfa.next.size(); ++i) {
    if (dfa.next[i] == ByteDfa::kDead) continue;
    before[dfa.next[i]].push_back(i / dfa.classes);
    ++open[i / dfa.classes];
  }
  for (uint32_t state = 0; state < dfa.size(); ++state) {
    if (open[state] == 0) queue.push_back(state);
  }
  for (size_t i = 0; i < queue.size(); ++i) {
    for (const uint32_t state : before[queue[i]]) {
      longest[state] = std::max(longest[state], longest[queue[i]] + 1);
      if (--open[state] == 0) queue.push_back(state);
    }
  }
  for (uint32_t state = 0; state < dfa.size(); ++state) {
    if (open[state] > 0) longest[state] = ByteDfa::kDead;
  }
  return longest;
}

// Moore 1956: states are told apart by what they accept, then by what follows, until nothing changes. Equal
// states have equally long texts; to begin with these instead of what is accepted saves most rounds.
ByteDfa Minimal(const ByteDfa& dfa) {
  const std::vector<uint32_t> shortest = Distances(dfa), longest = LongestTexts(dfa);
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> lengths;
  std::vector<uint32_t> group_of;
  for (size_t state = 0; state < dfa.size(); ++state) {
    group_of.push_back(lengths.try_emplace({shortest[state], longest[state]}, lengths.size()).first->second);
  }
  size_t count = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    std::map<std::vector<uint32_t>, uint32_t> groups;
    std::vector<uint32_t> refined(dfa.size());
    for (uint32_t state = 0; state < dfa.size(); ++state) {
      std::vector<uint32_t> signature = {group_of[state]};
      for (uint32_t c = 0; c < dfa.classes; ++c) {
        const uint32_t next = dfa.next[state * dfa.classes + c];
        signature.push_back(next == ByteDfa::kDead ? next : group_of[next]);
      }
      refined[state] = groups.try_emplace(std::move(signature), groups.size()).first->second;
    }
    group_of = std::move(refined);
    if (groups.size() == count) return KeepGroups(dfa, group_of);
    count = groups.size();
  }
  return dfa;
}

// Bytes that lead to the same states everywhere become one class.
void MergeClasses(ByteDfa& dfa) {
  std::map<std::vector<uint32_t>, uint8_t> merged;
  std::vector<uint8_t> class_of(dfa.classes);
  for (uint32_t c = 0; c < dfa.classes; ++c) {
    std::vector<uint32_t> column;
    for (size_t state = 0; state < dfa.size(); ++state) column.push_back(dfa.next[state * dfa.classes + c]);
    class_of[c] = merged.try_emplace(std::move(column), static_cast<uint8_t>(merged.size())).first->second;
  }
  std::vector<uint32_t> next(dfa.size() * merged.size());
  for (const auto& [column, c] : merged) {
    for (size_t state = 0; state < dfa.size(); ++state) next[state * merged.size() + c] = column[state];
  }
  for (uint8_t& of : dfa.class_of) of = class_of[of];
  dfa.classes = static_cast<uint32_t>(merged.size());
  dfa.next = std::move(next);
}

}  // namespace

bool ByteDfa::Accepts(std::string_view text) const {
  uint32_t state = empty() ? kDead : 0;
  for (size_t i = 0; i < text.size() && state != kDead; ++i)
    state = Step(state, static_cast<uint8_t>(text[i]));
  return state != kDead && accepting[state];
}

ByteClasses SingleBytes() {
  std::array<bool, 257> begins;
  begins.fill(true);
  return RunsOfBytes(begins);
}

ByteClasses RunsOfBytes(const std::array<bool, 257>& begins) {
  ByteClasses classes;
  for (size_t byte = 0; byte < 256; ++byte) {
    if (byte == 0 || begins[byte]) classes.samples.push_back(static_cast<uint8_t>(byte));
    classes.of[byte] = static_cast<uint8_t>(classes.samples.size() - 1);
  }
  return classes;
}

ByteClasses JointClasses(std::span<const ByteDfa* const> automata) {
  ByteClasses classes;
  std::map<std::string, uint8_t> ids;  // by the byte's classes
  for (size_t byte = 0; byte < 256; ++byte) {
    std::string key;
    for (const ByteDfa* dfa : automata) key += static_cast<char>(dfa->class_of[byte]);
    const auto [found, added] = ids.try_emplace(std::move(key), static_cast<uint8_t>(ids.size()));
    if (added) classes.samples.push_back(static_cast<uint8_t>(byte));
    classes.of[byte] = found->second;
  }
  return classes;
}

ByteDfa Normalised(const ByteDfa& raw) {
  ByteDfa dfa = Trimmed(raw);
  if (dfa.empty()) return dfa;
  MergeClasses(dfa);
  if (dfa.size() <= kMostStatesToMinimise) {
    dfa = Minimal(dfa);
    MergeClasses(dfa);
  }
  dfa.distance = Distances(dfa);
  for (size_t state = 0; state < dfa.size(); ++state) {
    const auto begin = dfa.next.begin() + static_cast<std::ptrdiff_t>(state * dfa.classes);
    dfa.goes_on.push_back(
        std::any_of(begin, begin + dfa.classes, [](uint32_t n) { return n != ByteDfa::kDead; }));
  }
  return dfa;
}

ByteDfa DfaOfTexts(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  if (texts.empty()) return {};
  std::array<bool, 257> begins{};
  for (const std::string& text : texts) {
    for (const char c : text) begins[static_cast<uint8_t>(c)] = begins[static_cast<uint8_t>(c) + 1] = true;
  }
  using State = std::tuple<size_t, size_t, size_t>;  // texts from, to, that agree in so many bytes
  const auto step = [&](const State& state, uint8_t byte) -> std::optional<State> {
    const size_t from = std::get<0>(state), to = std::get<1>(state), depth = std::get<2>(state);
    const auto at = [&](size_t i) {
      return texts[i].size() > depth ? static_cast<uint8_t>(texts[i][depth]) : -1;
    };
    size_t first = from;
    while (first < to && at(first) < byte) ++first;
    size_t last = first;
    while (last < to && at(last) == byte) ++last;
    if (first == last) return std::nullopt;
    return State{first, last, depth + 1};
  };
  const auto accepts = [&](const State& state) {
    return texts[std::get<0>(state)].size() == std::get<2>(state);
  };
  return *ExploreDfa<State>(RunsOfBytes(begins), {0, texts.size(), 0}, step, accepts, ByteDfa::kDead);
}

std::optional<ByteDfa> Intersection(const ByteDfa& a, const ByteDfa& b, size_t most_states) {
  if (a.empty() || b.empty()) return ByteDfa();
  using State = std::pair<uint32_t, uint32_t>;
  const auto step = [&](const State& state, uint8_t byte) -> std::optional<State> {
    const State next = {a.Step(state.first, byte), b.Step(state.second, byte)};
    if (next.first == ByteDfa::kDead || next.second == ByteDfa::kDead) return std::nullopt;
    return next;
  };
  const auto accepts = [&](const State& s) { return a.accepting[s.first] && b.accepting[s.second]; };
  const ByteDfa* const automata[] = {&a, &b};
  return ExploreDfa<State>(JointClasses(automata), {0, 0}, step, accepts, most_states);
}

std::optional<ByteDfa> Union(std::span<const ByteDfa* const> automata, size_t most_states) {
  using State = std::vector<uint32_t>;
  const auto step = [&](const State& state, uint8_t byte) -> std::optional<State> {
    State next(state.size(), ByteDfa::kDead);
    bool alive = false;
    for (size_t i = 0; i < state.size(); ++i) {
      if (state[i] != ByteDfa::kDead) next[i] = automata[i]->Step(state[i], byte);
      alive |= next[i] != ByteDfa::kDead;
    }
    return alive ? std::optional(std::move(next)) : std::nullopt;
  };
  const auto accepts = [&](const State& state) {
    for (size_t i = 0; i < state.size(); ++i) {
      if (state[i] != ByteDfa::kDead && automata[i]->accepting[state[i]]) return true;
    }
    return false;
  };
  State start;
  for (const ByteDfa* dfa : automata) start.push_back(dfa->empty() ? ByteDfa::kDead : 0);
  return ExploreDfa<State>(JointClasses(automata), start, step, accepts, most_states);
}

}  // namespace espalier
