#include "grammar/mask_store.h"

#include <algorithm>
#include <utility>

namespace espalier {
namespace {

constexpr size_t kLongestKey = 2048;
constexpr size_t kEntryBytes = 320;  // beside key and tokens
constexpr size_t kMostBases = 32;
// A set is said relative to another one if that takes so many times less memory.
constexpr size_t kWorthwhile = 3;

template <typename T>
void Append(std::string& key, const T& value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void AppendInternal(std::string& key, const Head& head) {
  Append(key, head.state);
  Append(key, head.keyword_state);
  Append(key, head.accepted);
  Append(key, head.accepted_keyword);
  const bool here = head.accepted_end == head.at;
  const bool empty = head.accepted_end == head.token_begin;
  key += static_cast<char>(here | empty << 1);
}

void AppendExternal(std::string& key, const Head& head) {
  Append(key, head.scan.valid);
  Append(key, head.scan.phase);
  Append(key, head.scan.flags);
  Append(key, head.scan.words);
  key += static_cast<char>(head.scan.mark <= head.begin);
}

void AppendStack(std::string& key, const StackNode* node, uint32_t lowest) {
  Append(key, node->state);
  for (const StackLink* link = &node->first; link != nullptr && key.size() <= kLongestKey;
       link = link->next) {
    const bool below = link->below != nullptr && link->below->height >= lowest;
    key += below ? '+' : '-';  // a link that was not followed counts as one all the same
    if (below) AppendStack(key, link->below, lowest);
  }
  key += ';';
}

void AppendText(std::string& key, std::string_view text, const Head& head) {
  for (const uint32_t place : {head.start, head.begin, head.accepted_end, head.scan.mark}) {
    Append(key, static_cast<uint32_t>(text.size()) - place);
  }
  key += text.substr(std::min<size_t>(head.start, text.size()));
}

}  // namespace

// Numbers of scanner states are a recogniser's own, so the state itself counts.
void AppendLexemeKey(std::string& key, const Grammar& grammar, const ScannerStates& states,
                     const Head& head) {
  key += static_cast<char>(head.phase);
  key += static_cast<char>(head.at == 0);  // a byte order mark may come
  if (grammar.scanner() != nullptr) {
    const std::string_view state = states[head.scanner_state];
    Append(key, static_cast<uint16_t>(state.size()));
    key += state;
  }
  IsExternal(head.phase) ? AppendExternal(key, head) : AppendInternal(key, head);
}

// Masks of the same language mostly differ little from one of a few.
TokenSet MaskStore::Shortened(TokenSet tokens) {
  if (!tokens.is_mask()) return tokens;
  std::optional<TokenSet> shortest;
  size_t most_bytes = tokens.bytes() / kWorthwhile;
  for (const auto& base : bases_) {
    std::optional<TokenSet> relative = tokens.RelativeTo(base, most_bytes);
    if (!relative) continue;
    most_bytes = relative->bytes();
    shortest = std::move(relative);
  }
  return shortest ? std::move(*shortest) : std::move(tokens);
}

std::shared_ptr<const TokenSet> MaskStore::Intern(TokenSet tokens) {
  tokens = Shortened(std::move(tokens));
  const uint64_t hash = tokens.Hash();
  const auto [first, last] = sets_.equal_range(hash);
  for (auto known = first; known != last; ++known) {
    std::shared_ptr<const TokenSet> set = known->second.lock();
    if (set && *set == tokens) return set;
  }
  const auto forget = [this, hash](const TokenSet* set) {
    Forget(*set, hash);
    delete set;
  };
  std::shared_ptr<const TokenSet> set(new TokenSet(std::move(tokens)), forget);
  bytes_ += set->bytes() + sizeof *set;
  sets_.emplace(hash, set);
  if (set->is_mask()) bases_.push_front(set);
  if (bases_.size() > kMostBases) bases_.pop_back();
  return set;
}

void MaskStore::Forget(const TokenSet& tokens, uint64_t hash) {
  bytes_ -= tokens.bytes() + sizeof tokens;
  const auto [first, last] = sets_.equal_range(hash);
  const auto expired = std::find_if(first, last, [](const auto& entry) { return entry.second.expired(); });
  if (expired != last) sets_.erase(expired);
}

// Into `key_`. False when it is too long to be of use.
bool MaskStore::SetKey(std::string_view lexeme, const Head& head, std::string_view text,
                       const Dependence& dependence) {
  const uint32_t height = head.node->height;
  key_ = lexeme;
  Append(key_, dependence.stack_depth);
  key_ += static_cast<char>(dependence.on_text);
  AppendStack(key_, head.node, height - std::min(height, dependence.stack_depth));
  if (dependence.on_text) AppendText(key_, text, head);
  return key_.size() <= kLongestKey;
}

std::shared_ptr<const KeptMask> MaskStore::Find(std::string_view lexeme, const Head& head,
                                                std::string_view text, Dependence& dependence) {
  const auto known = dependences_.find(lexeme);
  if (known == dependences_.end()) return nullptr;
  for (const Dependence& candidate : known->second) {
    if (!SetKey(lexeme, head, text, candidate)) continue;
    const auto found = by_key_.find(key_);
    if (found == by_key_.end()) continue;
    entries_.splice(entries_.begin(), entries_, found->second);
    dependence = candidate;
    return found->second->mask;
  }
  return nullptr;
}

void MaskStore::Keep(std::string_view lexeme, const Head& head, std::string_view text,
                     const Dependence& dependence, std::shared_ptr<const KeptMask> mask) {
  if (!SetKey(lexeme, head, text, dependence) || by_key_.contains(key_)) return;
  auto known = dependences_.find(lexeme);
  if (known == dependences_.end()) known = dependences_.try_emplace(std::string(lexeme)).first;
  std::vector<Dependence>& kinds = known->second;
  if (std::find(kinds.begin(), kinds.end(), dependence) == kinds.end()) kinds.push_back(dependence);
  const size_t bytes = key_.size() + kEntryBytes;
  bytes_ += bytes;
  entries_.push_front({key_, std::move(mask), bytes});
  by_key_.emplace(entries_.front().key, entries_.begin());
  while (bytes_ > most_bytes_ && entries_.size() > 1) {
    bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  if (dependences_.size() > 4 * entries_.size() + 1000) dependences_.clear();  // of what is forgotten
}

void MaskStore::Clear() {
  by_key_.clear();
  for (const Entry& entry : entries_) bytes_ -= entry.bytes;
  entries_.clear();
  dependences_.clear();
  bases_.clear();
}

}  // namespace espalier
