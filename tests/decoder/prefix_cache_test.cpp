#include "decoder/prefix_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace espalier {
namespace {

using Tokens = std::vector<TokenId>;

/// A KV cache whose contents tell which tokens they were computed from: the key of a position is a hash
/// of all tokens up to it.
class PrefixCacheTest : public ::testing::Test {
 protected:
  explicit PrefixCacheTest(uint32_t pages = 64)
      : kv_(std::move(*KvCache::Create(Shape(), {pages * kKvPageTokens, KvType::kF16}))), cache_(kv_) {}

  static HyperParameters Shape() {
    HyperParameters shape;
    shape.n_layers = shape.n_heads = shape.n_kv_heads = 1;
    shape.head_dim = 2;
    return shape;
  }

  static float Fingerprint(std::span<const TokenId> tokens) {
    uint32_t hash = 1;
    for (const TokenId token : tokens) hash = (hash * 31 + static_cast<uint32_t>(token)) % 2039;
    return static_cast<float>(hash);  // below 2048: exact in half precision
  }

  /// Computes what `sequence` lacks of `tokens`; false when the cache is full.
  bool Compute(KvSequence& sequence, std::span<const TokenId> tokens) {
    const uint32_t begin = sequence.length();
    const auto count = static_cast<uint32_t>(tokens.size()) - begin;
    if (!kv_.Reserve(sequence, count)) return false;
    for (uint32_t i = begin; i < tokens.size(); ++i) {
      const float key[2] = {Fingerprint(tokens.first(i + 1)), 0};
      kv_.Store(0, sequence, i, 0, key, key);
    }
    kv_.Commit(sequence, count);
    return true;
  }

  /// Whether `sequence` holds what belongs to the first tokens of `tokens`.
  bool Holds(const KvSequence& sequence, std::span<const TokenId> tokens) {
    for (uint32_t i = 0; i < sequence.length(); ++i) {
      float key[2];
      kv_.LoadKey(0, sequence, i, 0, key);
      if (key[0] != Fingerprint(tokens.first(i + 1))) return false;
    }
    return true;
  }

  /// What a request does: take over what is known, compute the rest, give it back.
  uint32_t Use(const Tokens& tokens) {
    KvSequence sequence = cache_.Match(tokens);
    const uint32_t matched = sequence.length();
    EXPECT_TRUE(Holds(sequence, tokens));
    EXPECT_TRUE(Compute(sequence, tokens));
    cache_.Insert(tokens, std::move(sequence));
    return matched;
  }

  void ExpectNoLeak() {
    EXPECT_EQ(kv_.free_pages() + cache_.pages(), kv_.total_pages());
    cache_.Clear();
    EXPECT_EQ(kv_.free_pages(), kv_.total_pages());
  }

  KvCache kv_;
  PrefixCache cache_;
};

Tokens Sequence(size_t n, TokenId first = 0) {
  Tokens tokens(n);
  for (size_t i = 0; i < n; ++i) tokens[i] = first + static_cast<TokenId>(i);
  return tokens;
}

Tokens Join(Tokens a, const Tokens& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_F(PrefixCacheTest, EmptyCacheMatchesNothing) {
  EXPECT_EQ(cache_.MatchLength(Sequence(40)), 0u);
  EXPECT_EQ(cache_.Match(Sequence(40)).length(), 0u);
}

TEST_F(PrefixCacheTest, MatchesUpToTheFirstDifferenceEvenInsideAPage) {
  Use(Sequence(50));
  EXPECT_EQ(cache_.MatchLength(Sequence(50)), 50u);
  EXPECT_EQ(cache_.MatchLength(Sequence(80)), 50u);
  EXPECT_EQ(cache_.MatchLength(Sequence(21)), 21u);
  EXPECT_EQ(Use(Join(Sequence(37), Sequence(30, 500))), 37u);
  EXPECT_EQ(Use(Join(Sequence(5), Sequence(30, 700))), 5u);
  EXPECT_EQ(Use(Sequence(50)), 50u);
  ExpectNoLeak();
}

TEST_F(PrefixCacheTest, SharesWholePagesAndCopiesOnlyThePartialOne) {
  Use(Sequence(48));
  const uint32_t before = kv_.free_pages();
  KvSequence whole = cache_.Match(Sequence(32));
  EXPECT_EQ(kv_.free_pages(), before);
  KvSequence partial = cache_.Match(Sequence(40));
  EXPECT_EQ(kv_.free_pages(), before - 1);
  kv_.Free(whole);
  kv_.Free(partial);
  ExpectNoLeak();
}

TEST_F(PrefixCacheTest, WithoutAFreePageAMatchIsCutToWholePages) {
  Use(Sequence(40));
  KvSequence rest;
  ASSERT_TRUE(kv_.Reserve(rest, kv_.free_pages() * kKvPageTokens));
  KvSequence match = cache_.Match(Sequence(40));
  EXPECT_EQ(match.length(), 32u);
  kv_.Free(match);
  kv_.Free(rest);
  ExpectNoLeak();
}

TEST_F(PrefixCacheTest, ALongerSequenceReplacesItsPrefix) {
  Use(Sequence(20));
  EXPECT_EQ(Use(Sequence(90)), 20u);
  EXPECT_EQ(cache_.pages(), 6u);
  ExpectNoLeak();
}

TEST_F(PrefixCacheTest, ASequenceComputedTwiceIsKeptOnce) {
  KvSequence a, b;
  ASSERT_TRUE(Compute(a, Sequence(70)));
  const Tokens longer = Join(Sequence(64), Sequence(20, 300));
  ASSERT_TRUE(Compute(b, longer));
  cache_.Insert(Sequence(70), std::move(a));
  cache_.Insert(longer, std::move(b));
  EXPECT_EQ(cache_.pages(), 7u);  // four in common, one and two of their own
  KvSequence match = cache_.Match(longer);
  EXPECT_EQ(match.length(), longer.size());
  EXPECT_TRUE(Holds(match, longer));
  kv_.Free(match);
  ExpectNoLeak();
}

TEST_F(PrefixCacheTest, AnUnfinishedSequenceSharesItsWholePages) {
  KvSequence running;
  ASSERT_TRUE(Compute(running, Sequence(39)));
  cache_.Share(Sequence(39), running);
  EXPECT_EQ(cache_.MatchLength(Sequence(39)), 32u);
  EXPECT_EQ(cache_.pages(), 2u);
  ASSERT_TRUE(Compute(running, Sequence(60)));
  cache_.Insert(Sequence(60), std::move(running));
  EXPECT_EQ(cache_.MatchLength(Sequence(60)), 60u);
  ExpectNoLeak();
}

TEST_F(PrefixCacheTest, TheLeastRecentlyUsedGoesFirstFromItsTail) {
  Use(Sequence(64, 1000));
  Use(Sequence(64, 2000));
  EXPECT_EQ(cache_.MatchLength(Sequence(64, 1000)), 64u);
  Use(Sequence(64, 1000));  // now 2000 is older
  EXPECT_TRUE(cache_.MakeFree(kv_.free_pages() + 1));
  EXPECT_EQ(cache_.MatchLength(Sequence(64, 1000)), 64u);
  EXPECT_EQ(cache_.MatchLength(Sequence(64, 2000)), 48u);
  EXPECT_TRUE(cache_.MakeFree(kv_.free_pages() + 4));
  EXPECT_EQ(cache_.MatchLength(Sequence(64, 1000)), 48u);
  EXPECT_EQ(cache_.MatchLength(Sequence(64, 2000)), 0u);
  ExpectNoLeak();
}

TEST_F(PrefixCacheTest, MakeFreeSaysWhenItCannot) {
  KvSequence held;
  ASSERT_TRUE(kv_.Reserve(held, 60 * kKvPageTokens));
  EXPECT_TRUE(cache_.MakeFree(4));
  EXPECT_FALSE(cache_.MakeFree(5));
  kv_.Free(held);
}

// Random prompts over a small alphabet, so that they share prefixes at every length. Without eviction
// a match is exactly the longest common prefix with anything that was used before.
TEST_F(PrefixCacheTest, MatchesTheLongestPrefixOfAllThatWasUsed) {
  std::mt19937 random(3);
  std::vector<Tokens> used;
  for (int round = 0; round < 60; ++round) {
    Tokens tokens(1 + random() % 60);
    // Mostly zeros: long common prefixes, differences anywhere.
    for (TokenId& t : tokens) t = random() % 12 == 0;
    size_t longest = 0;
    for (const Tokens& other : used) {
      const auto ends = std::mismatch(tokens.begin(), tokens.end(), other.begin(), other.end());
      longest = std::max<size_t>(longest, ends.first - tokens.begin());
    }
    if (kv_.free_pages() < 8) break;
    EXPECT_EQ(Use(tokens), longest);
    used.push_back(std::move(tokens));
    EXPECT_EQ(kv_.free_pages() + cache_.pages(), kv_.total_pages());
  }
  EXPECT_GT(used.size(), 20u);
  ExpectNoLeak();
}

class SmallPrefixCacheTest : public PrefixCacheTest {
 protected:
  SmallPrefixCacheTest() : PrefixCacheTest(12) {}
};

// With eviction, running sequences and a cache that is always too small: contents stay right, and no
// page is lost.
TEST_F(SmallPrefixCacheTest, StaysRightUnderPressure) {
  std::mt19937 random(4);
  struct Running {
    Tokens tokens;
    KvSequence sequence;
  };
  std::vector<Running> running;
  for (int round = 0; round < 3000; ++round) {
    if (running.size() < 3 && random() % 2 == 0) {
      Running next;
      next.tokens.resize(1 + random() % 50);
      for (TokenId& t : next.tokens) t = random() % 20 == 0;
      next.sequence = cache_.Match(next.tokens);
      ASSERT_TRUE(Holds(next.sequence, next.tokens));
      const auto pages = static_cast<uint32_t>(next.tokens.size() / kKvPageTokens + 1);
      cache_.MakeFree(pages);
      if (Compute(next.sequence, next.tokens)) {
        if (random() % 2 == 0) cache_.Share(next.tokens, next.sequence);
        running.push_back(std::move(next));
      } else {
        kv_.Free(next.sequence);
      }
    } else if (!running.empty()) {
      Running& done = running[random() % running.size()];
      ASSERT_TRUE(Holds(done.sequence, done.tokens));
      if (random() % 4 == 0) {
        kv_.Free(done.sequence);
      } else {
        cache_.Insert(done.tokens, std::move(done.sequence));
      }
      std::swap(done, running.back());
      running.pop_back();
    }
  }
  for (Running& r : running) kv_.Free(r.sequence);
  ExpectNoLeak();
}

}  // namespace
}  // namespace espalier
