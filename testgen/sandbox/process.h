// A sandboxed program that runs: started here, watched by whoever holds it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "testgen/sandbox.h"
#include "testgen/sandbox/control_group.h"
#include "testgen/sandbox/descriptor.h"
#include "testgen/sandbox/spec.h"

namespace espalier::sandbox {

/// A folder of this machine that is removed with its owner, whatever a program made of it.
class ScratchFolder {
 public:
  ScratchFolder() = default;
  static Result<ScratchFolder> Make();
  ScratchFolder(ScratchFolder&& other) noexcept { path_.swap(other.path_); }
  ScratchFolder& operator=(ScratchFolder&& other) noexcept {
    path_.swap(other.path_);
    return *this;
  }
  ~ScratchFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Everything ends when `control` is closed. It also ends when the thread that started it does (that is how
/// bubblewrap's --die-with-parent works), so a process may not outlive its thread.
struct SandboxProcess {
  ScratchFolder work;  ///< in the form without namespaces
  ControlGroup group;
  std::vector<std::string> mechanisms;
  pid_t pid = 0;                ///< bubblewrap, or the inner program without it
  Descriptor out, err, report;  ///< read ends; all are at their end when nothing of the run is left
  Descriptor control;           ///< one end of a socket
};

/// A program that stays serves requests, see resident.h. Errors: as RunInSandbox.
Result<SandboxProcess> StartProcess(const SandboxPolicy& policy, const SandboxRun& run,
                                    SandboxLife life = SandboxLife::kOneRun);

/// Fills what a report tells beside the verdict, which is known already: the ending (of a program that was
/// not stopped: what became of one that was depends on who came first, the kernel or us), times, memory,
/// files.
void FillFrom(Report report, SandboxOutcome& outcome);

}  // namespace espalier::sandbox
