#include "model/cpu/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <vector>

namespace espalier {
namespace {

TEST(ThreadPoolTest, EveryTaskRunsExactlyOnceInManyShortLoops) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    for (size_t tasks = 0; tasks < 300; ++tasks) {
      std::vector<int> counts(tasks, 0);
      pool.ParallelFor(tasks, [&](size_t task, int thread) {
        ASSERT_LT(thread, threads);
        ++counts[task];
      });
      ASSERT_EQ(std::accumulate(counts.begin(), counts.end(), size_t{0}), tasks);
      for (const int count : counts) ASSERT_EQ(count, 1);
    }
  }
}

TEST(ThreadPoolTest, WritesOfALoopAreSeenByTheNext) {
  ThreadPool pool(4);
  std::vector<uint64_t> values(64, 1);
  for (int round = 0; round < 20; ++round) {
    std::vector<uint64_t> next(64);
    pool.ParallelFor(64, [&](size_t i, int) { next[i] = values[i] + values[(i + 1) % 64]; });
    values.swap(next);
  }
  for (const uint64_t value : values) EXPECT_EQ(value, uint64_t{1} << 20);
}

TEST(ThreadPoolTest, PoolsMayBeDestroyedAtOnce) {
  for (int i = 0; i < 50; ++i) ThreadPool pool(4);
}

}  // namespace
}  // namespace espalier
