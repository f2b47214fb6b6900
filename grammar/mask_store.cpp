#include "grammar/mask_store.h"

#include <algorithm>
#include <utility>

#include "grammar/mask_walk.h"

namespace espalier {
namespace {

constexpr size_t kLongestKey = 2048;
constexpr size_t kEntryBytes = 256;  // beside key and value

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

// Empty when it is too long to be of use.
std::string FullKey(const std::string& lexeme, const StackNode* top, uint32_t stack_depth) {
  std::string key = lexeme;
  Append(key, stack_depth);
  AppendStack(key, top, top->height - std::min(top->height, stack_depth));
  return key.size() > kLongestKey ? std::string() : key;
}

}  // namespace

std::string LexemeKey(const Grammar& grammar, const Head& head) {
  std::string key;
  key += static_cast<char>(head.phase);
  key += static_cast<char>(head.at == 0);  // a byte order mark may come
  if (grammar.scanner() != nullptr) Append(key, head.scanner_state);
  IsExternal(head.phase) ? AppendExternal(key, head) : AppendInternal(key, head);
  return key;
}

std::string TextKey(std::string_view text, const Head& head) {
  std::string key = "=";
  for (const uint32_t place : {head.start, head.begin, head.accepted_end, head.scan.mark}) {
    Append(key, static_cast<uint32_t>(text.size()) - place);
  }
  key += text.substr(std::min<size_t>(head.start, text.size()));
  return key;
}

template <typename Value>
std::shared_ptr<const Value> ResultStore<Value>::Find(const std::string& lexeme, const StackNode* top,
                                                      uint32_t& stack_depth) {
  const auto depths = depths_.find(lexeme);
  if (depths == depths_.end()) return nullptr;
  for (const uint32_t depth : depths->second) {
    const auto found = by_key_.find(FullKey(lexeme, top, depth));
    if (found == by_key_.end()) continue;
    entries_.splice(entries_.begin(), entries_, found->second);
    stack_depth = depth;
    return found->second->value;
  }
  return nullptr;
}

template <typename Value>
void ResultStore<Value>::Store(const std::string& lexeme, const StackNode* top, uint32_t stack_depth,
                               std::shared_ptr<const Value> value, size_t bytes) {
  std::string key = FullKey(lexeme, top, stack_depth);
  if (key.empty() || by_key_.contains(key)) return;
  std::vector<uint32_t>& depths = depths_[lexeme];
  if (std::find(depths.begin(), depths.end(), stack_depth) == depths.end()) depths.push_back(stack_depth);
  bytes += key.size() + kEntryBytes;
  bytes_ += bytes;
  entries_.push_front({std::move(key), std::move(value), bytes});
  by_key_.emplace(entries_.front().key, entries_.begin());
  while (bytes_ > most_bytes_ && entries_.size() > 1) {
    bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  if (depths_.size() > 4 * entries_.size() + 1000) depths_.clear();  // of what is forgotten
}

template <typename Value>
void ResultStore<Value>::Clear() {
  by_key_.clear();
  entries_.clear();
  depths_.clear();
  bytes_ = 0;
}

template class ResultStore<SparseBits>;
template class ResultStore<HeadMask>;

}  // namespace espalier
