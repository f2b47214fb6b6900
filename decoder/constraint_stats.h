// How much a constraint was asked, and what that cost.
#pragma once

#include <chrono>
#include <cstdint>

namespace espalier {

struct ConstraintStats {
  uint64_t checked = 0, refused = 0, masks = 0;
  double seconds = 0;         ///< spent in questions and in being told of tokens
  double accept_seconds = 0;  ///< of these, in being told
};

/// Adds the time of its life to `seconds`.
class ConstraintTimer {
 public:
  explicit ConstraintTimer(double& seconds) : seconds_(seconds) {}
  ~ConstraintTimer() {
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  ConstraintTimer(const ConstraintTimer&) = delete;
  ConstraintTimer& operator=(const ConstraintTimer&) = delete;

 private:
  double& seconds_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace espalier
