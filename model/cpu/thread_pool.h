// A fixed team of threads for one parallel loop at a time. The calling thread takes part. Between
// loops that follow each other closely (the operations of one forward pass) workers spin for some tens
// of microseconds, then sleep on a futex, so that an idle model costs no CPU.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace espalier {

class ThreadPool {
 public:
  /// REQUIRES: threads >= 1. Starts threads - 1 workers.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls body(task, thread) for every task in [0, tasks), each exactly once, and returns when all are
  /// done. Tasks are handed out in runs that get shorter, so uneven ones balance. Not reentrant; one caller
  /// at a time.
  template <typename Body>
  void ParallelFor(size_t tasks, Body&& body) {
    Run(
        tasks, [](void* context, size_t task, int thread) { (*static_cast<Body*>(context))(task, thread); },
        const_cast<void*>(static_cast<const void*>(&body)));
  }

 private:
  using Trampoline = void (*)(void* context, size_t task, int thread);
  void Run(size_t tasks, Trampoline call, void* context);
  void WorkerLoop(int thread);
  void Drain(int thread);
  bool Enter();
  void Leave();

  std::vector<std::thread> workers_;
  // The current loop; written by the caller before `generation_` is bumped.
  Trampoline call_ = nullptr;
  void* context_ = nullptr;
  size_t tasks_ = 0;
  alignas(64) std::atomic<size_t> next_task_{0};
  alignas(64) std::atomic<uint32_t> generation_{0};
  // The number of workers inside the current loop, plus kOpen while it may be entered. A worker that
  // wakes up late finds the gate closed and is not waited for.
  alignas(64) std::atomic<uint32_t> gate_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace espalier
