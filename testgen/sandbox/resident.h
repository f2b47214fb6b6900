// A sandbox that stays. A resident interpreter in it forks a child for each program, which process 1 watches
// (testgen/sandbox/init/serve.cpp); or a resident compiler does each task itself (serve_worker.cpp). Owned by
// one thread at a time.
#pragma once

#include <optional>

#include "testgen/sandbox.h"
#include "testgen/sandbox/process.h"
#include "testgen/sandbox/spec.h"

namespace espalier::sandbox {

class Resident {
 public:
  /// `run` is the resident itself; the policy bounds it and one program together. The sandbox ends with the
  /// thread that starts it, see SandboxProcess. Errors: as RunInSandbox.
  static Result<Resident> Start(const SandboxPolicy& policy, const SandboxRun& run, SandboxLife life);
  Resident(Resident&&) noexcept = default;
  Resident& operator=(Resident&&) noexcept = default;
  ~Resident();

  /// Runs one program. Nothing when the resident is no more: the program had a part in it, perhaps; run it in
  /// a sandbox of its own. Errors: kCancelled, kDeadlineExceeded; the resident is of no use afterwards.
  Result<std::optional<SandboxOutcome>> Ask(const Request& request, const CancelToken& cancel);

  /// False when there is nothing to ask any more.
  bool alive() const { return process_.control.open(); }

 private:
  explicit Resident(SandboxProcess process) : process_(std::move(process)) {}
  bool Send(const std::string& bytes);
  /// The bytes of the answer; empty when none came.
  std::string Receive(std::chrono::milliseconds most, const CancelToken& cancel);
  void End();

  SandboxProcess process_;
};

}  // namespace espalier::sandbox
