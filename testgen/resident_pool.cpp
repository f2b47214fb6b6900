#include "testgen/resident_pool.h"

#include <chrono>
#include <future>
#include <utility>

namespace espalier {

ResidentPool::ResidentPool(SandboxPolicy policy, SandboxRun run, sandbox::SandboxLife life, unsigned most)
    : policy_(std::move(policy)), run_(std::move(run)), life_(life), most_(most), starter_([this] {
        RunStarter();
      }) {}

ResidentPool::~ResidentPool() {
  free_.clear();
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  starter_.join();
}

void ResidentPool::RunStarter() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
    if (ending_) return;
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

ResidentPool::ResidentPtr ResidentPool::StartOne() {
  std::promise<ResidentPtr> promise;
  {
    const std::lock_guard lock(mutex_);
    tasks_.emplace_back([this, &promise] {
      auto resident = sandbox::Resident::Start(policy_, run_, life_);
      promise.set_value(resident ? std::make_unique<sandbox::Resident>(std::move(*resident)) : nullptr);
    });
  }
  changed_.notify_all();
  return promise.get_future().get();
}

ResidentPool::ResidentPtr ResidentPool::Take(const CancelToken& cancel) {
  constexpr std::chrono::milliseconds kTick(20);
  constexpr int kMostFailedStarts = 3;
  std::unique_lock lock(mutex_);
  while (failed_starts_ < kMostFailedStarts && free_.empty() && in_use_ >= most_ && !cancel.stop_requested())
    changed_.wait_for(lock, kTick);
  if (failed_starts_ >= kMostFailedStarts || cancel.stop_requested()) return nullptr;
  ++in_use_;
  if (!free_.empty()) {
    ResidentPtr resident = std::move(free_.back());
    free_.pop_back();
    return resident;
  }
  lock.unlock();
  ResidentPtr resident = StartOne();
  lock.lock();
  failed_starts_ = resident == nullptr ? failed_starts_ + 1 : 0;
  if (resident == nullptr) --in_use_;
  return resident;
}

void ResidentPool::GiveBack(ResidentPtr resident) {
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
    if (resident->alive()) free_.push_back(std::move(resident));
  }
  changed_.notify_all();
}

Result<std::optional<SandboxOutcome>> ResidentPool::Run(const sandbox::Request& request,
                                                        const CancelToken& cancel) {
  ResidentPtr resident = Take(cancel);
  ESPALIER_RETURN_IF_ERROR(cancel.Check());
  if (resident == nullptr) return std::nullopt;
  auto outcome = resident->Ask(request, cancel);
  GiveBack(std::move(resident));
  return outcome;
}

}  // namespace espalier
