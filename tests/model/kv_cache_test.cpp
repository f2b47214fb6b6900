#include "model/kv_cache.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace espalier {
namespace {

HyperParameters Shape() {
  HyperParameters h;
  h.n_layers = 2;
  h.n_heads = 4;
  h.n_kv_heads = 2;
  h.head_dim = 16;
  return h;
}

KvCache MakeCache(uint32_t tokens, KvType type = KvType::kF16) {
  auto cache = KvCache::Create(Shape(), {tokens, type});
  EXPECT_TRUE(cache.has_value());
  return std::move(*cache);
}

// Writes a recognisable vector for every layer and head of a position.
void Write(KvCache& cache, const KvSequence& sequence, uint32_t position, float value) {
  for (uint32_t layer = 0; layer < 2; ++layer) {
    for (uint32_t head = 0; head < 2; ++head) {
      const std::vector<float> key(16, value + head), vector(16, -value - layer);
      cache.Store(layer, sequence, position, head, key.data(), vector.data());
    }
  }
}

float KeyAt(KvCache& cache, const KvSequence& sequence, uint32_t position) {
  std::vector<float> out(16);
  cache.LoadKey(1, sequence, position, 0, out.data());
  return out[7];
}

void Append(KvCache& cache, KvSequence& sequence, uint32_t count, float first) {
  ASSERT_TRUE(cache.Reserve(sequence, count));
  for (uint32_t i = 0; i < count; ++i) {
    Write(cache, sequence, sequence.length() + i, first + static_cast<float>(i));
  }
  cache.Commit(sequence, count);
}

TEST(KvCacheTest, ForkSharesWholePagesAndCopiesAPartlyFilledOne) {
  KvCache cache = MakeCache(160);
  KvSequence parent;
  Append(cache, parent, 40, 0);  // 2 whole pages and 8 tokens
  const uint32_t free_before = cache.free_pages();
  auto child = cache.Fork(parent, 36);
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(free_before - cache.free_pages(), 1u);
  EXPECT_EQ(child->pages()[0], parent.pages()[0]);
  EXPECT_NE(child->pages()[2], parent.pages()[2]);
  Append(cache, *child, 4, 100);
  EXPECT_EQ(KeyAt(cache, parent, 36), 36);
  EXPECT_EQ(KeyAt(cache, *child, 35), 35);
  EXPECT_EQ(KeyAt(cache, *child, 36), 100);
  cache.Free(parent);
  EXPECT_EQ(KeyAt(cache, *child, 3), 3);
  cache.Free(*child);
  EXPECT_EQ(cache.free_pages(), cache.total_pages());
}

TEST(KvCacheTest, WritingBehindATruncationDoesNotTouchTheOtherOwner) {
  KvCache cache = MakeCache(160);
  KvSequence parent;
  Append(cache, parent, 32, 0);
  auto child = cache.Fork(parent, 32);
  ASSERT_TRUE(child.has_value());
  cache.Truncate(*child, 20);  // the second page is still shared
  Append(cache, *child, 1, 500);
  EXPECT_EQ(KeyAt(cache, parent, 20), 20);
  EXPECT_EQ(KeyAt(cache, *child, 20), 500);
  EXPECT_EQ(KeyAt(cache, *child, 19), 19);
}

TEST(KvCacheTest, FullCacheIsAnErrorThatChangesNothing) {
  KvCache cache = MakeCache(32);
  KvSequence sequence;
  Append(cache, sequence, 20, 0);
  const Status status = cache.Reserve(sequence, 13);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(sequence.length(), 20u);
  Append(cache, sequence, 12, 20);
  EXPECT_EQ(cache.free_pages(), 0u);
  EXPECT_FALSE(cache.Fork(sequence, 17));
  EXPECT_TRUE(cache.Fork(sequence, 16));
}

TEST(KvCacheTest, ReservedButUncommittedPagesComeBack) {
  KvCache cache = MakeCache(64);
  KvSequence sequence;
  ASSERT_TRUE(cache.Reserve(sequence, 50));
  EXPECT_EQ(cache.free_pages(), 0u);
  cache.Truncate(sequence, sequence.length());
  EXPECT_EQ(cache.free_pages(), 4u);
}

TEST(KvCacheTest, EightBitPagesRoundWithinHalfAStep) {
  KvCache cache = MakeCache(32, KvType::kQ8);
  KvSequence sequence;
  ASSERT_TRUE(cache.Reserve(sequence, 17));
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<float> key(16), value(16), out(16);
  for (auto* vector : {&key, &value}) {
    for (float& x : *vector) x = normal(random);
  }
  cache.Store(1, sequence, 16, 1, key.data(), value.data());
  cache.LoadKey(1, sequence, 16, 1, out.data());
  for (size_t i = 0; i < 16; ++i) EXPECT_NEAR(out[i], key[i], 4.0f / 127 / 2);
  cache.LoadValue(1, sequence, 16, 1, out.data());
  for (size_t i = 0; i < 16; ++i) EXPECT_NEAR(out[i], value[i], 4.0f / 127 / 2);
}

// Random forks, appends, truncations and frees against a plain model of every sequence's contents.
TEST(KvCacheTest, RandomOperationsKeepEverySequenceItsOwn) {
  KvCache cache = MakeCache(1024);
  std::mt19937 random(11);
  struct Tracked {
    KvSequence sequence;
    std::vector<float> values;
  };
  std::vector<Tracked> live;
  float next = 1;
  for (int step = 0; step < 3000; ++step) {
    const size_t pick = live.empty() ? 0 : random() % live.size();
    switch (random() % 4) {
      case 0: {
        Tracked fresh;
        if (!live.empty()) {
          const auto length = static_cast<uint32_t>(random() % (live[pick].values.size() + 1));
          auto fork = cache.Fork(live[pick].sequence, length);
          if (!fork) break;
          fresh = {std::move(*fork), {live[pick].values.begin(), live[pick].values.begin() + length}};
        }
        live.push_back(std::move(fresh));
        break;
      }
      case 1: {
        if (live.empty()) break;
        const auto count = static_cast<uint32_t>(random() % 20);
        if (!cache.Reserve(live[pick].sequence, count)) {
          cache.Truncate(live[pick].sequence, live[pick].sequence.length());
          break;
        }
        for (uint32_t i = 0; i < count; ++i) {
          next = next >= 2000 ? 1 : next + 1;  // halves hold integers up to 2048 exactly
          Write(cache, live[pick].sequence, live[pick].sequence.length() + i, next);
          live[pick].values.push_back(next);
        }
        cache.Commit(live[pick].sequence, count);
        break;
      }
      case 2: {
        if (live.empty()) break;
        const auto length = static_cast<uint32_t>(random() % (live[pick].values.size() + 1));
        cache.Truncate(live[pick].sequence, length);
        live[pick].values.resize(length);
        break;
      }
      case 3: {
        if (live.size() < 6) break;
        cache.Free(live[pick].sequence);
        live.erase(live.begin() + static_cast<std::ptrdiff_t>(pick));
        break;
      }
    }
    if (live.empty()) continue;
    Tracked& check = live[random() % live.size()];
    ASSERT_EQ(check.sequence.length(), check.values.size());
    for (uint32_t i = 0; i < check.values.size(); ++i)
      ASSERT_EQ(KeyAt(cache, check.sequence, i), check.values[i]);
  }
  for (Tracked& tracked : live) cache.Free(tracked.sequence);
  EXPECT_EQ(cache.free_pages(), cache.total_pages());
}

}  // namespace
}  // namespace espalier
