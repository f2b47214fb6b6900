#include "testgen/sandbox/process.h"

#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include "testgen/sandbox/image.h"
#include "testgen/sandbox/plan.h"

namespace espalier::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

/// Attributes of a child that takes nothing over: signals as at the start, a process group of its own (Ctrl-C
/// at a terminal is for us).
class SpawnSettings {
 public:
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  void Give(const Descriptor& descriptor, int number) {
    posix_spawn_file_actions_adddup2(&actions, descriptor.get(), number);
  }

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

/// Starts the inner program, which does the rest.
Status Spawn(const Spec& spec, const SandboxRun& run, SandboxProcess& process) {
  ESPALIER_ASSIGN_OR_RETURN(const int image, InnerImage());
  ESPALIER_ASSIGN_OR_RETURN(const Descriptor input, MakeMemoryFile("input", run.input));
  ESPALIER_ASSIGN_OR_RETURN(const Descriptor told, MakeMemoryFile("spec", spec.Encode()));
  std::array<Pipe, 3> pipes;
  for (Pipe& pipe : pipes) {
    ESPALIER_ASSIGN_OR_RETURN(pipe, MakePipe());
  }
  auto& [out, err, report] = pipes;
  ESPALIER_ASSIGN_OR_RETURN(SocketPair control, MakeSocketPair());
  SpawnSettings settings;
  settings.Give(input, STDIN_FILENO);
  settings.Give(out.write, STDOUT_FILENO);
  settings.Give(err.write, STDERR_FILENO);
  settings.Give(told, kSpecFd);
  settings.Give(report.write, kReportFd);
  settings.Give(control.theirs, kControlFd);
  posix_spawn_file_actions_adddup2(&settings.actions, image, kImageFd);
  const std::string program = "/proc/self/fd/" + std::to_string(kImageFd);
  std::string name = "espalier-sandbox", step = "launch";
  std::array<char*, 3> arguments = {name.data(), step.data(), nullptr};
  std::array<char*, 1> environment = {nullptr};
  const int error = posix_spawn(&process.pid, program.c_str(), &settings.actions, &settings.attributes,
                                arguments.data(), environment.data());
  if (error != 0)
    return Fail(ErrorCode::kIo,
                std::string("cannot start the sandbox's own program: ") + std::strerror(error));
  process.out = std::move(out.read);
  process.err = std::move(err.read);
  process.report = std::move(report.read);
  process.control = std::move(control.ours);
  return {};
}

Error Missing(const std::string& what) { return {ErrorCode::kUnavailable, what}; }

void NoteMechanisms(const Spec& spec, SandboxProcess& process) {
  if (!spec.launch.command.empty()) process.mechanisms.emplace_back("namespaces");
  process.mechanisms.emplace_back("seccomp");
  if (spec.landlock_abi > 0) process.mechanisms.emplace_back("landlock");
  if (process.group.active())
    process.mechanisms.emplace_back("cgroup-v" + std::to_string(process.group.version()));
  process.mechanisms.emplace_back("rlimits");
}

Status CheckBubblewrap(const Bubblewrap& bubblewrap) {
  if (bubblewrap.path.empty()) {
    return Fail(
        Missing("bubblewrap is not installed, so programs cannot be run safely; install it: "
                "apt-get install bubblewrap"));
  }
  if (!bubblewrap.can_limit_size)
    return Fail(Missing("'" + bubblewrap.path +
                        "' is older than 0.5 and cannot limit a work folder; update bubblewrap"));
  return {};
}

Result<SandboxProcess> StartWithNamespaces(const SandboxPolicy& policy, const SandboxRun& run,
                                           const Bubblewrap& bubblewrap, SandboxLife life) {
  constexpr uint64_t kOwnProcesses = 4;  // bubblewrap's and process 1
  SandboxProcess process;
  process.group =
      ControlGroup::Make(FindControlGroups(), policy.memory_bytes, policy.processes + kOwnProcesses);
  ESPALIER_ASSIGN_OR_RETURN(Spec spec, PlanWithNamespaces(policy, run, bubblewrap, process.group.active()));
  spec.launch.group_files = process.group.JoinFiles();
  spec.life = life;
  NoteMechanisms(spec, process);
  ESPALIER_RETURN_IF_ERROR(Spawn(spec, run, process));
  return process;
}

Result<SandboxProcess> StartWithLandlock(const SandboxPolicy& policy, const SandboxRun& run) {
  if (LandlockAbi() == 0) {
    return Fail(
        Missing("this kernel has no Landlock, so there is no sandbox without namespaces; "
                "install bubblewrap, or a Linux of 5.13 or later"));
  }
  SandboxProcess process;
  ESPALIER_ASSIGN_OR_RETURN(process.work, ScratchFolder::Make());
  ESPALIER_ASSIGN_OR_RETURN(const Spec spec, PlanWithLandlock(policy, run, process.work.path()));
  NoteMechanisms(spec, process);
  ESPALIER_RETURN_IF_ERROR(Spawn(spec, run, process));
  return process;
}

/// Gives the owner back the right to remove what is below.
void MakeRemovable(const fs::path& folder) {
  std::error_code ignored;
  fs::permissions(folder, fs::perms::owner_all, ignored);
  for (fs::directory_iterator entry(folder, ignored), end; entry != end; entry.increment(ignored)) {
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) MakeRemovable(entry->path());
  }
}

}  // namespace

Result<ScratchFolder> ScratchFolder::Make() {
  std::error_code error;
  std::string name = (fs::temp_directory_path(error) / "espalier-sandbox-XXXXXX").string();
  if (error || ::mkdtemp(name.data()) == nullptr) return Fail(IoError("cannot make a temporary folder"));
  ScratchFolder folder;
  folder.path_ = name;
  if (::geteuid() == 0 && ::chown(name.c_str(), kNobody, kNobody) != 0)
    return Fail(IoError("cannot give away '" + name + "'"));
  return folder;
}

ScratchFolder::~ScratchFolder() {
  if (path_.empty()) return;
  std::error_code error;
  fs::remove_all(path_, error);
  if (!error) return;
  MakeRemovable(path_);
  fs::remove_all(path_, error);
}

Result<SandboxProcess> StartProcess(const SandboxPolicy& policy, const SandboxRun& run, SandboxLife life) {
  ESPALIER_RETURN_IF_ERROR(CheckRequest(policy, run));
  if (policy.isolation == SandboxIsolation::kLandlock) {
    if (life == SandboxLife::kOneRun) return StartWithLandlock(policy, run);
    return Fail(ErrorCode::kUnsupported, "without namespaces there are no resident programs");
  }
  const Bubblewrap bubblewrap = FindBubblewrap();
  const Status usable = CheckBubblewrap(bubblewrap);
  if (usable) return StartWithNamespaces(policy, run, bubblewrap, life);
  const bool weaker = policy.isolation == SandboxIsolation::kBestAvailable && life == SandboxLife::kOneRun;
  if (weaker) return StartWithLandlock(policy, run);
  return Fail(usable.error());
}

void FillFrom(Report report, SandboxOutcome& outcome) {
  const int status = static_cast<int>(report.wait_status);
  if (outcome.verdict == Verdict::kRuntimeError) outcome.exit_status = WEXITSTATUS(status);
  if (outcome.verdict == Verdict::kSignalled) outcome.signal = WTERMSIG(status);
  outcome.wall = std::chrono::microseconds(report.wall_us);
  outcome.cpu = std::chrono::microseconds(report.cpu_us);
  outcome.peak_memory_bytes = report.peak_bytes;
  for (InnerFile& file : report.files)
    outcome.files.push_back({std::move(file.path), std::move(file.content), file.executable != 0});
}

}  // namespace espalier::sandbox
