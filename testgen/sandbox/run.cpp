// Watching a run from outside, and what it comes to.
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "testgen/sandbox.h"
#include "testgen/sandbox/process.h"
#include "testgen/sandbox/spec.h"

namespace espalier {
namespace sandbox {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{20};            // between two looks at the cancel token
constexpr milliseconds kStartLimit{15'000};  // for bubblewrap to set everything up
constexpr milliseconds kStopLimit{3'000};    // for process 1 to end everything

/// Bytes of a stream, of which only the first are kept.
struct Capture {
  Descriptor& from;
  size_t most;
  std::string bytes;
  bool overflowed = false;

  void ReadSome() {
    std::array<char, 1 << 16> buffer{};
    const ssize_t n = ::read(from.get(), buffer.data(), buffer.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n <= 0) return from.Close();
    const size_t kept = std::min(static_cast<size_t>(n), most - bytes.size());
    bytes.append(buffer.data(), kept);
    overflowed = overflowed || kept < static_cast<size_t>(n);
  }
};

enum class StopCause { kNone, kStart, kWall, kOutput, kMemory, kCancelled };

class Watcher {
 public:
  Watcher(SandboxProcess& process, const SandboxPolicy& policy, const CancelToken& cancel)
      : process_(process),
        policy_(policy),
        cancel_(cancel),
        out_{process.out, policy.output_bytes, {}},
        err_{process.err, policy.output_bytes, {}},
        report_{process.report, policy.work_bytes + (1 << 20), {}},
        deadline_(Clock::now() + kStartLimit) {}

  /// Until nothing of the run is left.
  void Watch() {
    while (!abandoned_ && (process_.out.open() || process_.err.open() || process_.report.open())) {
      WaitForBytes();
      Judge();
    }
    WaitForProcess();
  }

  /// What the run came to. Errors: see RunInSandbox.
  Result<SandboxOutcome> Outcome();

 private:
  bool started() const { return !report_.bytes.empty() && report_.bytes.front() == 'S'; }

  void WaitForBytes() {
    std::array<Capture*, 3> captures = {&out_, &err_, &report_};
    std::array<pollfd, 3> waits{};
    for (size_t i = 0; i < waits.size(); ++i) waits[i] = {captures[i]->from.get(), POLLIN, 0};
    if (::poll(waits.data(), waits.size(), kTick.count()) <= 0) return;
    for (size_t i = 0; i < waits.size(); ++i) {
      if (waits[i].fd >= 0 && waits[i].revents != 0) captures[i]->ReadSome();
    }
  }

  void Judge() {
    if (!clock_runs_ && started()) {
      clock_runs_ = true;
      if (cause_ == StopCause::kNone) deadline_ = Clock::now() + policy_.wall;
    }
    if (cause_ == StopCause::kNone) {
      if (cancel_.stop_requested()) Stop(StopCause::kCancelled);
      if (out_.overflowed || err_.overflowed) Stop(StopCause::kOutput);
      if (process_.group.RanOutOfMemory())
        Stop(StopCause::kMemory);  // one process is dead, and the rest a ruin
    }
    if (!process_.report.open() && !over_) {
      over_ = true;  // what still holds the output is a daemon that got away, in the form without namespaces
      deadline_ = Clock::now() + kStopLimit;
    }
    if (Clock::now() < deadline_) return;
    if (over_ || killed_) {
      abandoned_ = true;
    } else if (cause_ == StopCause::kNone) {
      Stop(clock_runs_ ? StopCause::kWall : StopCause::kStart);
    } else {
      killed_ = true;
      ::kill(process_.pid, SIGKILL);  // process 1 did not answer: bubblewrap takes it along
      deadline_ = Clock::now() + kStopLimit;
    }
  }

  /// Tells process 1 to end everything.
  void Stop(StopCause cause) {
    cause_ = cause;
    process_.control.Close();
    deadline_ = Clock::now() + kStopLimit;
  }

  void WaitForProcess() {
    const Descriptor ended(static_cast<int>(syscall(SYS_pidfd_open, process_.pid, 0)));
    pollfd wait{ended.get(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(kStopLimit.count())) == 0) ::kill(process_.pid, SIGKILL);
    while (::waitpid(process_.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  Verdict VerdictOf(const Report& report) const;
  Verdict VerdictWithoutReport(SandboxOutcome& outcome) const;
  Error StartFailure() const;

  SandboxProcess& process_;
  const SandboxPolicy& policy_;
  const CancelToken& cancel_;
  Capture out_, err_, report_;
  StopCause cause_ = StopCause::kNone;
  bool clock_runs_ = false, over_ = false, killed_ = false, abandoned_ = false;
  Clock::time_point deadline_;
};

Verdict Watcher::VerdictOf(const Report& report) const {
  const int status = static_cast<int>(report.wait_status);
  const auto cpu_limit = static_cast<uint64_t>(std::chrono::microseconds(policy_.cpu).count());
  if (report.reason == EndReason::kCannotStart) return Verdict::kSandboxFailure;
  if (out_.overflowed || err_.overflowed || report.reason == EndReason::kFiles) return Verdict::kOutputLimit;
  if (report.reason == EndReason::kMemory || process_.group.RanOutOfMemory()) return Verdict::kMemoryLimit;
  const bool out_of_time = cause_ == StopCause::kWall && report.reason == EndReason::kStopped;
  if (out_of_time || report.reason == EndReason::kCpu || report.cpu_us > cpu_limit) return Verdict::kTimedOut;
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGXCPU ? Verdict::kTimedOut : Verdict::kSignalled;
  return WEXITSTATUS(status) == 0 ? Verdict::kOk : Verdict::kRuntimeError;
}

/// Process 1 was killed: by the kernel for memory, or by us because it did not answer.
Verdict Watcher::VerdictWithoutReport(SandboxOutcome& outcome) const {
  if (process_.group.RanOutOfMemory()) return Verdict::kMemoryLimit;
  if (cause_ == StopCause::kOutput) return Verdict::kOutputLimit;
  if (cause_ == StopCause::kWall) return Verdict::kTimedOut;
  outcome.failure = "the sandbox's own process was killed; is the machine short of memory?";
  return Verdict::kSandboxFailure;
}

/// bubblewrap said no before anything ran.
Error Watcher::StartFailure() const {
  if (cause_ == StopCause::kStart)
    return {ErrorCode::kUnavailable, "the sandbox did not start within 15 s; is the machine overloaded?"};
  std::string said = err_.bytes.substr(0, err_.bytes.find('\n'));
  if (said.empty()) said = "bubblewrap ended without a word";
  return {ErrorCode::kUnavailable, "no sandbox can be made here (" + said +
                                       "); user namespaces must be allowed, see: espalier doctor"};
}

Result<SandboxOutcome> Watcher::Outcome() {
  if (cause_ == StopCause::kCancelled) ESPALIER_RETURN_IF_ERROR(cancel_.Check());
  Report report;
  const bool early_report = !started() && Report::Decode(report_.bytes, report);
  if (early_report) return Fail(ErrorCode::kUnavailable, "no sandbox can be made here: " + report.failure);
  if (!started()) return Fail(StartFailure());
  SandboxOutcome outcome;
  outcome.mechanisms = process_.mechanisms;
  outcome.truncated = out_.overflowed || err_.overflowed;
  if (Report::Decode(std::string_view(report_.bytes).substr(1), report)) {
    outcome.verdict = VerdictOf(report);
    outcome.failure = report.failure;
    FillFrom(std::move(report), outcome);
  } else {
    outcome.verdict = VerdictWithoutReport(outcome);
    outcome.peak_memory_bytes = process_.group.PeakBytes();
  }
  outcome.out = std::move(out_.bytes);
  outcome.err = std::move(err_.bytes);
  return outcome;
}

}  // namespace
}  // namespace sandbox

std::string_view VerdictName(Verdict verdict) {
  constexpr std::array<std::string_view, 8> kNames = {"OK", "RE", "SG", "TO", "OL", "ML", "CE", "XX"};
  return kNames[static_cast<size_t>(verdict)];
}

Result<SandboxOutcome> RunInSandbox(const SandboxPolicy& policy, const SandboxRun& run,
                                    const CancelToken& cancel) {
  ESPALIER_RETURN_IF_ERROR(cancel.Check());
  ESPALIER_ASSIGN_OR_RETURN(sandbox::SandboxProcess process, sandbox::StartProcess(policy, run));
  sandbox::Watcher watcher(process, policy, cancel);
  watcher.Watch();
  return watcher.Outcome();
}

}  // namespace espalier
