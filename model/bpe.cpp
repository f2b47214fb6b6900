#include "model/bpe.h"

#include <algorithm>
#include <queue>

#include "model/byte_alphabet.h"

namespace espalier {
namespace {

/// Up to this many bytes, finding the best pair by looking at all of them is faster than a heap.
constexpr size_t kShortWord = 48;

/// A token of a long word, in a doubly linked list over the word's bytes.
struct Symbol {
  static constexpr size_t kNone = SIZE_MAX;
  TokenId token;
  size_t previous, next;
};

/// A pair that could merge when it was put into the heap; stale once either token has changed.
struct Candidate {
  Merge merge;
  size_t left, right;
  TokenId left_token, right_token;
  bool operator<(const Candidate& other) const {  // std::priority_queue gives the greatest first
    return merge.rank != other.merge.rank ? merge.rank > other.merge.rank : left > other.left;
  }
};

/// The merging of one long word in O(n log n).
class LongWord {
 public:
  LongWord(std::vector<TokenId> tokens, const MergeTable& merges) : merges_(merges) {
    symbols_.reserve(tokens.size());
    for (size_t i = 0; i < tokens.size(); ++i)
      symbols_.push_back({tokens[i], i == 0 ? Symbol::kNone : i - 1, i + 1});
    symbols_.back().next = Symbol::kNone;
    for (size_t i = 0; i + 1 < symbols_.size(); ++i) Offer(i);
  }

  void MergeAll() {
    while (!heap_.empty()) {
      const Candidate best = heap_.top();
      heap_.pop();
      if (!IsStale(best)) Apply(best);
    }
  }

  void AppendTo(std::vector<TokenId>& out) const {
    for (size_t i = 0; i != Symbol::kNone; i = symbols_[i].next) out.push_back(symbols_[i].token);
  }

 private:
  /// Puts the pair that begins at `left` into the heap if it merges.
  void Offer(size_t left) {
    const size_t right = symbols_[left].next;
    if (right == Symbol::kNone) return;
    const TokenId a = symbols_[left].token, b = symbols_[right].token;
    const Merge merge = merges_.Find(a, b);
    if (merge.rank != Merge::kNone) heap_.push({merge, left, right, a, b});
  }

  bool IsStale(const Candidate& c) const {
    return symbols_[c.left].token != c.left_token || symbols_[c.right].token != c.right_token ||
           symbols_[c.left].next != c.right;
  }

  void Apply(const Candidate& c) {
    Symbol& left = symbols_[c.left];
    Symbol& right = symbols_[c.right];
    left.token = c.merge.token;
    left.next = right.next;
    right.token = kNoToken;  // makes candidates that begin at it stale
    if (left.next != Symbol::kNone) symbols_[left.next].previous = c.left;
    if (left.previous != Symbol::kNone) Offer(left.previous);
    Offer(c.left);
  }

  const MergeTable& merges_;
  std::vector<Symbol> symbols_;
  std::priority_queue<Candidate> heap_;
};

}  // namespace

Result<Bpe> Bpe::Create(const TokenTable& tokens, std::span<const std::pair<std::string, std::string>> merges,
                        bool whole_words) {
  Bpe bpe(tokens, merges.size(), whole_words);
  ESPALIER_RETURN_IF_ERROR(bpe.FindByteTokens());
  for (size_t rank = 0; rank < merges.size(); ++rank)
    ESPALIER_RETURN_IF_ERROR(bpe.AddMerge(merges[rank], static_cast<uint32_t>(rank)));
  bpe.TabulateBytePairs();
  return bpe;
}

Bpe::Bpe(const TokenTable& tokens, size_t merge_count, bool whole_words)
    : tokens_(&tokens),
      whole_words_(whole_words),
      merges_(merge_count),
      byte_pairs_(256 * 256),
      known_whole_(std::make_unique<std::atomic<uint64_t>[]>(tokens.size() / 64 + 1)) {}

Status Bpe::FindByteTokens() {
  for (size_t byte = 0; byte < 256; ++byte) {
    const char text = static_cast<char>(byte);
    byte_tokens_[byte] = tokens_->Find({&text, 1});
    if (byte_tokens_[byte] == kNoToken)
      return Fail(ErrorCode::kCorrupt, "the vocabulary has no token for the byte " + std::to_string(byte));
  }
  return {};
}

Status Bpe::AddMerge(const std::pair<std::string, std::string>& names, uint32_t rank) {
  std::string text;  // stays within the small-string buffer for nearly all merges
  const bool left_spelt = AppendAlphabetBytes(names.first, text);
  const size_t left_size = text.size();
  const bool right_spelt = AppendAlphabetBytes(names.second, text);
  const std::string_view whole = text;
  const TokenId left = left_spelt ? tokens_->Find(whole.substr(0, left_size)) : kNoToken;
  const TokenId right = right_spelt ? tokens_->Find(whole.substr(left_size)) : kNoToken;
  const TokenId merged = tokens_->Find(whole);
  if (left == kNoToken || right == kNoToken || merged == kNoToken)
    return Fail(ErrorCode::kCorrupt, "merge " + std::to_string(rank) + " ('" + names.first + "' + '" +
                                         names.second + "') names or makes no token of the vocabulary");
  merges_.Insert(left, right, {rank, merged});
  return {};
}

void Bpe::TabulateBytePairs() {
  for (size_t left = 0; left < 256; ++left)
    for (size_t right = 0; right < 256; ++right)
      byte_pairs_[left << 8 | right] = merges_.Find(byte_tokens_[left], byte_tokens_[right]);
}

void Bpe::Encode(std::string_view word, std::vector<TokenId>& out) const {
  const TokenId whole = tokens_->Find(word);
  if (whole != kNoToken && (whole_words_ || IsKnownWhole(whole))) {
    out.push_back(whole);
    return;
  }
  const size_t before = out.size();
  if (word.size() <= kShortWord) {
    EncodeShort(word, out);
  } else {
    EncodeLong(word, out);
  }
  if (whole != kNoToken && out.size() == before + 1) RememberWhole(whole);
}

void Bpe::EncodeShort(std::string_view word, std::vector<TokenId>& out) const {
  std::array<TokenId, kShortWord> tokens;
  std::array<Merge, kShortWord> pairs;  // pairs[i] is of tokens[i] and tokens[i + 1]
  size_t count = word.size();
  for (size_t i = 0; i < count; ++i) tokens[i] = ByteToken(word[i]);
  for (size_t i = 0; i + 1 < count; ++i) pairs[i] = BytePair(word[i], word[i + 1]);
  while (count > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < count; ++i) {
      if (pairs[i].rank < pairs[best].rank) best = i;
    }
    if (pairs[best].rank == Merge::kNone) break;
    tokens[best] = pairs[best].token;
    std::copy(&tokens[best + 2], &tokens[count], &tokens[best + 1]);
    std::copy(&pairs[best + 1], &pairs[count - 1], &pairs[best]);
    --count;
    if (best > 0) pairs[best - 1] = merges_.Find(tokens[best - 1], tokens[best]);
    if (best + 1 < count) pairs[best] = merges_.Find(tokens[best], tokens[best + 1]);
  }
  out.insert(out.end(), tokens.begin(), tokens.begin() + static_cast<ptrdiff_t>(count));
}

void Bpe::EncodeLong(std::string_view word, std::vector<TokenId>& out) const {
  std::vector<TokenId> tokens(word.size());
  std::transform(word.begin(), word.end(), tokens.begin(), [this](char byte) { return ByteToken(byte); });
  LongWord long_word(std::move(tokens), merges_);
  long_word.MergeAll();
  long_word.AppendTo(out);
}

}  // namespace espalier
