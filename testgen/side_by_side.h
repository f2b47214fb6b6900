// Runs of programs, a few at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace espalier {

/// Calls work(i) once for each i below `count`, from as many threads as runs go well side by side; returns
/// when all are done.
template <typename Work>
void RunSideBySide(size_t count, const Work& work) {
  constexpr size_t kRunners = 2;
  std::atomic<size_t> next = 0;
  std::vector<std::jthread> runners;
  for (size_t k = 0; k < kRunners; ++k) {
    runners.emplace_back([&] {
      for (size_t i = next++; i < count; i = next++) work(i);
    });
  }
}

}  // namespace espalier
