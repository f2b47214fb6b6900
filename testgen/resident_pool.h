// Interpreters and compilers that stay. A program runs in a fork of a resident interpreter: an answer within
// milliseconds, where a new sandbox and a new interpreter take some tens. A resident compiler is warm.
//
// Each program starts from the same clean interpreter, in an emptied folder, with all processes of the one
// before it dead. What differs from a run of its own: modules that the interpreter has loaded already are
// loaded (not named), and the seed of Python's string hashes is that of the interpreter, so that two runs on
// one of them order a set alike. Programs that interfere with it are noticed and not answered; the caller
// runs them alone.
//
// Thread-safe; callers wait for a free resident.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "testgen/sandbox/resident.h"

namespace espalier {

class ResidentPool {
 public:
  /// `policy` and `run` start an interpreter (see Resident); programs share the policy's limits with it.
  ResidentPool(SandboxPolicy policy, SandboxRun run, sandbox::SandboxLife life, unsigned most);
  ~ResidentPool();

  /// Runs a program, or compiles one; nothing when no resident could. Errors: kCancelled, kDeadlineExceeded.
  Result<std::optional<SandboxOutcome>> Run(const sandbox::Request& request, const CancelToken& cancel);

 private:
  using ResidentPtr = std::unique_ptr<sandbox::Resident>;

  /// A free interpreter, or a new one; nothing when none can be started.
  ResidentPtr Take(const CancelToken& cancel);
  void GiveBack(ResidentPtr resident);
  ResidentPtr StartOne();
  void RunStarter();

  const SandboxPolicy policy_;
  const SandboxRun run_;
  const sandbox::SandboxLife life_;
  const unsigned most_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<ResidentPtr> free_;
  unsigned in_use_ = 0;
  int failed_starts_ = 0;  ///< in a row; after a few nobody tries again
  bool ending_ = false;
  std::deque<std::function<void()>> tasks_;
  std::thread starter_;  ///< sandboxes end with the thread that started them, so it lives as long as they do
};

}  // namespace espalier
