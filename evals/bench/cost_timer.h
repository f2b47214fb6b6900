// What a short piece of work cost: the smaller one of wall clock and of this thread's processor time. The
// clock of the latter takes a third of a microsecond to read, and the former counts what others do on this
// core; the smaller one is neither disturbed by other programs nor by its own clock. Linux. One thread.
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>

namespace espalier {

class CostTimer {
 public:
  double Microseconds() const {
    const double wall = std::chrono::duration<double, std::micro>(Clock::now() - wall_start_).count();
    return std::min(wall, ProcessorMicroseconds() - processor_start_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  static double ProcessorMicroseconds() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
  }

  double processor_start_ = ProcessorMicroseconds();
  Clock::time_point wall_start_ = Clock::now();
};

}  // namespace espalier
