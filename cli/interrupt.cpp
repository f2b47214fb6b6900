#include "cli/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "cli/exit_codes.h"

namespace espalier {
namespace {

// A signal handler reaches the scope through this; lock-free, so it may.
std::atomic<CancelSource*> active_source{nullptr};
std::atomic<bool> interrupted_before{false};

void OnSignal(int) {
  if (interrupted_before.exchange(true)) _exit(static_cast<int>(ExitCode::kInterrupted));
  if (CancelSource* source = active_source.load()) source->Cancel();
}

void Install(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

Clock::time_point DeadlineAfter(std::chrono::milliseconds budget) {
  return budget.count() == 0 ? Clock::time_point::max() : Clock::now() + budget;
}

}  // namespace

InterruptScope::InterruptScope(std::chrono::milliseconds budget) : source_(DeadlineAfter(budget)) {
  interrupted_before = false;
  active_source = &source_;
  Install(OnSignal);
}

InterruptScope::~InterruptScope() {
  Install(SIG_DFL);
  active_source = nullptr;
}

}  // namespace espalier
