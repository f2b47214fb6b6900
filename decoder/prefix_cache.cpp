#include "decoder/prefix_cache.h"

#include <algorithm>
#include <utility>

namespace espalier {
namespace {

constexpr uint32_t kPage = kKvPageTokens;

uint32_t CommonPrefix(std::span<const TokenId> a, std::span<const TokenId> b) {
  const auto ends = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<uint32_t>(ends.first - a.begin());
}

uint32_t WholePages(uint32_t tokens) { return tokens / kPage * kPage; }

}  // namespace

struct PrefixCache::Node {
  std::vector<TokenId> tokens;  // what this node adds to its parent
  uint32_t begin = 0;           // position of the first of them
  KvSequence sequence;          // [0, end())
  Node* parent = nullptr;
  std::vector<std::unique_ptr<Node>> children;
  uint64_t last_use = 0;

  uint32_t end() const { return begin + static_cast<uint32_t>(tokens.size()); }
  uint32_t own_pages() const { return (static_cast<uint32_t>(tokens.size()) + kPage - 1) / kPage; }
};

// The walk matched everything up to `node`'s begin and `common` of its own tokens.
struct PrefixCache::Place {
  Node* node = nullptr;
  uint32_t common = 0;
  uint32_t length() const { return node->begin + common; }
  bool inside() const { return common < node->tokens.size(); }
};

PrefixCache::PrefixCache(KvCache& kv) : kv_(&kv), root_(std::make_unique<Node>()) {}

PrefixCache::~PrefixCache() { Clear(); }

template <typename Visit>
void PrefixCache::VisitAll(Visit visit) const {
  std::vector<Node*> stack{root_.get()};
  while (!stack.empty()) {
    Node* node = stack.back();
    stack.pop_back();
    visit(*node);
    for (const auto& child : node->children) stack.push_back(child.get());
  }
}

PrefixCache::Place PrefixCache::Find(std::span<const TokenId> tokens) const {
  Place place{root_.get(), 0};
  while (!place.inside()) {
    const auto rest = tokens.subspan(place.length());
    Place next;
    for (const auto& child : place.node->children) {
      const uint32_t common = CommonPrefix(child->tokens, rest);
      if (common > next.common) next = {child.get(), common};
    }
    if (next.node == nullptr) break;
    place = next;
  }
  return place;
}

void PrefixCache::Touch(Node* node) {
  ++clock_;
  for (; node != nullptr; node = node->parent) node->last_use = clock_;
}

uint32_t PrefixCache::MatchLength(std::span<const TokenId> tokens) const { return Find(tokens).length(); }

KvSequence PrefixCache::ForkPages(const KvSequence& sequence, uint32_t length) {
  // Whole pages are shared, not copied, so this needs no free page and cannot fail.
  return std::move(kv_->Fork(sequence, WholePages(length))).value_or(KvSequence{});
}

KvSequence PrefixCache::Match(std::span<const TokenId> tokens) {
  const Place place = Find(tokens);
  Touch(place.node);
  Result<KvSequence> fork = kv_->Fork(place.node->sequence, place.length());
  return fork ? std::move(*fork) : ForkPages(place.node->sequence, place.length());
}

PrefixCache::Node* PrefixCache::SplitAt(Node& child, uint32_t length) {
  auto head = std::make_unique<Node>();
  Node* parent = child.parent;
  head->tokens.assign(child.tokens.begin(), child.tokens.begin() + length);
  head->begin = child.begin;
  head->sequence = ForkPages(child.sequence, child.begin + length);
  head->parent = parent;
  head->last_use = child.last_use;
  auto& slot = *std::find_if(parent->children.begin(), parent->children.end(),
                             [&](const auto& node) { return node.get() == &child; });
  child.tokens.erase(child.tokens.begin(), child.tokens.begin() + length);
  child.begin += length;
  child.parent = head.get();
  head->children.push_back(std::exchange(slot, nullptr));
  slot = std::move(head);
  return slot.get();
}

void PrefixCache::Insert(std::span<const TokenId> tokens, KvSequence sequence) {
  const Place place = Find(tokens);
  Node* node = place.node;
  if (place.length() == tokens.size()) {
    Touch(node);
    kv_->Free(sequence);
    return;
  }
  if (!place.inside() && node != root_.get() && node->children.empty()) {
    node->tokens.assign(tokens.begin() + node->begin, tokens.end());
    kv_->ShareHead(sequence, node->sequence);
    std::swap(node->sequence, sequence);
    kv_->Free(sequence);
    Touch(node);
    return;
  }
  if (place.inside()) {
    const uint32_t shared = WholePages(place.common);
    node = shared > 0 ? SplitAt(*node, shared) : node->parent;
  }
  auto leaf = std::make_unique<Node>();
  leaf->begin = node->end();
  leaf->tokens.assign(tokens.begin() + leaf->begin, tokens.end());
  leaf->sequence = std::move(sequence);
  kv_->ShareHead(leaf->sequence, node->sequence);
  leaf->parent = node;
  node->children.push_back(std::move(leaf));
  Touch(node->children.back().get());
}

void PrefixCache::Share(std::span<const TokenId> tokens, const KvSequence& sequence) {
  const uint32_t length = WholePages(static_cast<uint32_t>(tokens.size()));
  if (MatchLength(tokens.first(length)) < length) {
    Insert(tokens.first(length), ForkPages(sequence, length));
  }
}

PrefixCache::Node* PrefixCache::OldestLeaf() const {
  Node* oldest = nullptr;
  VisitAll([&](Node& node) {
    if (!node.children.empty() || &node == root_.get()) return;
    if (oldest == nullptr || node.last_use < oldest->last_use) oldest = &node;
  });
  return oldest;
}

void PrefixCache::Shrink(Node& leaf, uint32_t pages) {
  if (pages < leaf.own_pages()) {
    leaf.tokens.resize((leaf.own_pages() - pages) * kPage);
    kv_->Truncate(leaf.sequence, leaf.end());
    return;
  }
  kv_->Free(leaf.sequence);
  auto& siblings = leaf.parent->children;
  siblings.erase(
      std::find_if(siblings.begin(), siblings.end(), [&](const auto& node) { return node.get() == &leaf; }));
}

bool PrefixCache::MakeFree(uint32_t pages) {
  while (kv_->free_pages() < pages) {
    Node* leaf = OldestLeaf();
    if (leaf == nullptr) return false;
    Shrink(*leaf, pages - kv_->free_pages());
  }
  return true;
}

void PrefixCache::Clear() {
  VisitAll([&](Node& node) { kv_->Free(node.sequence); });
  root_ = std::make_unique<Node>();
}

uint32_t PrefixCache::pages() const {
  uint32_t pages = 0;
  VisitAll([&](const Node& node) { pages += node.own_pages(); });
  return pages;
}

}  // namespace espalier
