// Internal to grammar/json/: deterministic automata over bytes, for what is a regular language in JSON:
// numbers, given values, strings under a pattern. Values, immutable once built.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace espalier {

/// State 0 is where it begins. Every state is reachable, and an accepting one is reachable from it; so an
/// automaton that accepts nothing has no states.
struct ByteDfa {
  static constexpr uint32_t kDead = 0xFFFFFFFF;

  std::array<uint8_t, 256> class_of{};  ///< bytes of a class lead to the same states
  uint32_t classes = 1;
  std::vector<uint32_t> next;      ///< [state * classes + class]
  std::vector<uint8_t> accepting;  ///< by state
  std::vector<uint32_t> distance;  ///< bytes from a state to the nearest accepting one
  std::vector<uint8_t> goes_on;    ///< whether any byte may follow

  size_t size() const { return accepting.size(); }
  bool empty() const { return accepting.empty(); }
  uint32_t Step(uint32_t state, uint8_t byte) const { return next[state * classes + class_of[byte]]; }
  bool Accepts(std::string_view text) const;
};

/// A division of the bytes into classes, with one byte of each.
struct ByteClasses {
  std::array<uint8_t, 256> of{};
  std::vector<uint8_t> samples;
};
/// Every byte is a class of its own.
ByteClasses SingleBytes();
/// Classes of runs of bytes, each beginning at a byte where `begins` is set.
ByteClasses RunsOfBytes(const std::array<bool, 257>& begins);
/// The coarsest that is as fine as each automaton's.
ByteClasses JointClasses(std::span<const ByteDfa* const> automata);

/// Brings an automaton with `next` and `accepting` into the form that ByteDfa promises; small ones become
/// minimal.
ByteDfa Normalised(const ByteDfa& raw);

/// The automaton over exactly these texts.
ByteDfa DfaOfTexts(std::vector<std::string> texts);

/// What both accept, or any; nothing when that takes more than `most_states`.
std::optional<ByteDfa> Intersection(const ByteDfa& a, const ByteDfa& b, size_t most_states);
std::optional<ByteDfa> Union(std::span<const ByteDfa* const> automata, size_t most_states);

/// Explores an automaton from its first state. `step(state, byte)` is the next state, or nothing; State has
/// an order.
template <typename State, typename Step, typename Accepts>
std::optional<ByteDfa> ExploreDfa(const ByteClasses& classes, State start, Step step, Accepts accepts,
                                  size_t most_states) {
  ByteDfa dfa;
  dfa.class_of = classes.of;
  dfa.classes = static_cast<uint32_t>(classes.samples.size());
  std::map<State, uint32_t> ids;
  std::vector<const State*> states;
  const auto id_of = [&](const State& state) {
    const auto [found, added] = ids.try_emplace(state, static_cast<uint32_t>(states.size()));
    if (added) states.push_back(&found->first);
    return found->second;
  };
  id_of(start);
  for (size_t i = 0; i < states.size(); ++i) {
    if (states.size() > most_states) return std::nullopt;
    const State& state = *states[i];
    dfa.accepting.push_back(accepts(state));
    for (const uint8_t byte : classes.samples) {
      const std::optional<State> next = step(state, byte);
      dfa.next.push_back(next ? id_of(*next) : ByteDfa::kDead);
    }
  }
  return Normalised(dfa);
}

}  // namespace espalier
