// How much a constraint was asked, and what that cost.
#pragma once

#include <chrono>
#include <cstdint>

namespace espalier {

struct ConstraintStats {
  uint64_t checked = 0, refused = 0, masks = 0;
  double read_seconds = 0;   ///< spent on the text before the first token
  double asked_seconds = 0;  ///< in questions
  double told_seconds = 0;   ///< in being told of tokens
  double seconds() const { return read_seconds + asked_seconds + told_seconds; }
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
