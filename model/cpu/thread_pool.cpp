#include "model/cpu/thread_pool.h"

namespace espalier {
namespace {

// About 30 microseconds of `pause`: longer than the gaps inside a forward pass, far shorter than a
// scheduler tick.
constexpr int kSpins = 1000;

constexpr uint32_t kOpen = 1u << 31;

inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Waits until `value` differs from `old`: spins first, then sleeps.
template <typename T>
void AwaitChange(const std::atomic<T>& value, T old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    Pause();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { WorkerLoop(i); });
}

ThreadPool::~ThreadPool() {
  stopping_.store(true, std::memory_order_relaxed);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::Run(size_t tasks, Trampoline call, void* context) {
  if (tasks == 0) return;
  if (tasks == 1 || workers_.empty()) {
    for (size_t i = 0; i < tasks; ++i) call(context, i, 0);
    return;
  }
  call_ = call;
  context_ = context;
  tasks_ = tasks;
  next_task_.store(0, std::memory_order_relaxed);
  gate_.store(kOpen, std::memory_order_release);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  Drain(0);
  // All tasks are taken: nobody else needs to come in, and those inside are waited for.
  for (uint32_t inside = gate_.fetch_and(~kOpen, std::memory_order_acq_rel) & ~kOpen; inside != 0;
       inside = gate_.load(std::memory_order_acquire)) {
    AwaitChange(gate_, inside);
  }
}

// Guided self-scheduling (Polychronopoulos, Kuck 1987): runs of neighbouring tasks, shorter towards the
// end. Neighbours lie together in memory, and what a task fetches ahead is then its own thread's next.
void ThreadPool::Drain(int thread) {
  const size_t share = 2 * (workers_.size() + 1);
  size_t begin = next_task_.load(std::memory_order_relaxed);
  while (begin < tasks_) {
    const size_t end = begin + (tasks_ - begin + share - 1) / share;
    if (!next_task_.compare_exchange_weak(begin, end, std::memory_order_relaxed)) continue;
    for (; begin < end; ++begin) call_(context_, begin, thread);
    begin = next_task_.load(std::memory_order_relaxed);
  }
}

bool ThreadPool::Enter() {
  uint32_t gate = gate_.load(std::memory_order_acquire);
  while ((gate & kOpen) != 0) {
    if (gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acq_rel)) return true;
  }
  return false;
}

void ThreadPool::Leave() {
  if (gate_.fetch_sub(1, std::memory_order_acq_rel) == 1) gate_.notify_one();
}

void ThreadPool::WorkerLoop(int thread) {
  uint32_t seen = 0;
  while (true) {
    AwaitChange(generation_, seen);
    seen = generation_.load(std::memory_order_acquire);
    if (stopping_.load(std::memory_order_relaxed)) return;
    if (!Enter()) continue;
    Drain(thread);
    Leave();
  }
}

}  // namespace espalier
