// Sets of tokens in all their forms hold what was put into them.
#include "grammar/token_mask.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace espalier {
namespace {

constexpr uint32_t kTokens = 5000;

TokenMask Empty() { return TokenMask((kTokens + 63) / 64); }

TokenMask MaskOf(const TokenSet& set) {
  TokenMask mask = Empty();
  set.AddTo(mask);
  return mask;
}

std::vector<uint32_t> IdsOf(const TokenSet& set) {
  std::vector<uint32_t> ids;
  set.ForEach([&](uint32_t id) { ids.push_back(id); });
  return ids;
}

/// Tokens that come with a probability, all in a stretch of the vocabulary.
TokenMask Random(std::mt19937& random, double share, uint32_t first, uint32_t end) {
  TokenMask mask = Empty();
  std::bernoulli_distribution draw(share);
  for (uint32_t id = first; id < end; ++id) SetBit(mask, id, draw(random));
  return mask;
}

TEST(TokenSet, HoldsWhatWasPutIn) {
  std::mt19937 random(1);
  for (const double share : {0.0, 0.001, 0.02, 0.3, 0.97, 1.0}) {
    for (const uint32_t end : {64u, 700u, kTokens}) {
      const TokenMask mask = Random(random, share, 0, end);
      const TokenSet of_mask = TokenSet::OfMask(mask);
      std::vector<uint32_t> ids = IdsOf(of_mask);
      EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
      EXPECT_EQ(MaskOf(of_mask), mask);
      std::shuffle(ids.begin(), ids.end(), random);
      if (!ids.empty()) ids.push_back(ids.front());  // twice
      const TokenSet of_ids = TokenSet::OfIds(ids);
      EXPECT_EQ(MaskOf(of_ids), mask);
      EXPECT_EQ(IdsOf(of_ids), IdsOf(of_mask));
      EXPECT_LE(of_mask.bytes(), mask.size() * sizeof mask[0]);  // no form is larger than the mask
    }
  }
}

TEST(TokenSet, AddsToWhatIsThere) {
  std::mt19937 random(2);
  const TokenMask one = Random(random, 0.3, 0, kTokens), other = Random(random, 0.9, 0, kTokens);
  TokenMask both = one;
  TokenSet::OfMask(other).AddTo(both);
  for (uint32_t id = 0; id < kTokens; ++id) EXPECT_EQ(HasBit(both, id), HasBit(one, id) || HasBit(other, id));
}

TEST(TokenSet, IsTheSameRelativeToAnother) {
  std::mt19937 random(3);
  const TokenMask base_mask = Random(random, 0.8, 0, kTokens);
  const auto base = std::make_shared<const TokenSet>(TokenSet::OfMask(base_mask));
  ASSERT_TRUE(base->is_mask());
  for (const int changes : {0, 1, 15, 3000}) {
    TokenMask mask = base_mask;
    for (int i = 0; i < changes; ++i) {
      const auto id = static_cast<uint32_t>(random() % (kTokens - 64));  // of the same length
      SetBit(mask, id, !HasBit(mask, id));
    }
    const TokenSet whole = TokenSet::OfMask(mask);
    const auto relative = whole.RelativeTo(base, whole.bytes() / 2);
    ASSERT_EQ(relative.has_value(), changes <= 15) << changes;
    if (!relative) continue;
    EXPECT_LE(relative->bytes(), static_cast<size_t>(changes) * 12);
    EXPECT_EQ(MaskOf(*relative), mask);
    EXPECT_EQ(IdsOf(*relative), IdsOf(whole));
    TokenMask full(mask.size(), ~uint64_t{0});  // what is there stays
    relative->AddTo(full);
    EXPECT_EQ(full, TokenMask(mask.size(), ~uint64_t{0}));
    EXPECT_EQ(*relative == *whole.RelativeTo(base, whole.bytes()), true);
    EXPECT_EQ(relative->Hash(), whole.RelativeTo(base, whole.bytes())->Hash());
  }
}

}  // namespace
}  // namespace espalier
