// Ctrl-C as cooperative cancellation: the first one cancels the work under way, the second ends the
// process at once. One InterruptScope at a time in a process.
#pragma once

#include <chrono>

#include "base/cancellation.h"

namespace espalier {

class InterruptScope {
 public:
  /// Catches SIGINT and SIGTERM from now on. `budget` is the time until token() expires; 0 = no limit.
  explicit InterruptScope(std::chrono::milliseconds budget = std::chrono::milliseconds(0));
  /// Restores what signals did before.
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  CancelToken token() const { return source_.token(); }

 private:
  CancelSource source_;
};

}  // namespace espalier
