// Cooperative cancellation with an optional deadline. A CancelSource belongs to whoever may give up
// (a request); CancelTokens are cheap copies that long work polls. Polling costs one relaxed atomic
// load plus, when there is a deadline, one clock read. Thread-safe: any thread may cancel or poll.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

#include "base/result.h"

namespace espalier {

using Clock = std::chrono::steady_clock;

class CancelToken {
 public:
  /// A token that is never cancelled.
  CancelToken() = default;
  CancelToken(std::shared_ptr<const std::atomic<bool>> flag, Clock::time_point deadline)
      : flag_(std::move(flag)), deadline_(deadline) {}
  /// A token that is cancelled when `check` says so, for work that several requests share: it stops once
  /// all of them gave up. `check` is called from whichever thread polls.
  explicit CancelToken(std::function<bool()> check)
      : check_(std::make_shared<const std::function<bool()>>(std::move(check))) {}

  /// True once the source was cancelled (deadlines are not consulted).
  bool cancelled() const {
    return (flag_ && flag_->load(std::memory_order_relaxed)) || (check_ && (*check_)());
  }
  bool expired() const { return deadline_ != Clock::time_point::max() && Clock::now() >= deadline_; }
  bool stop_requested() const { return cancelled() || expired(); }
  Clock::time_point deadline() const { return deadline_; }

  /// Ok, or kCancelled / kDeadlineExceeded.
  Status Check() const {
    if (cancelled()) return Fail(ErrorCode::kCancelled, "the request was cancelled");
    if (expired()) return Fail(ErrorCode::kDeadlineExceeded, "the time budget ran out");
    return {};
  }

 private:
  std::shared_ptr<const std::atomic<bool>> flag_;
  std::shared_ptr<const std::function<bool()>> check_;
  Clock::time_point deadline_ = Clock::time_point::max();
};

class CancelSource {
 public:
  explicit CancelSource(Clock::time_point deadline = Clock::time_point::max())
      : flag_(std::make_shared<std::atomic<bool>>(false)), deadline_(deadline) {}
  void Cancel() { flag_->store(true, std::memory_order_relaxed); }
  CancelToken token() const { return CancelToken(flag_, deadline_); }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
  Clock::time_point deadline_;
};

}  // namespace espalier
