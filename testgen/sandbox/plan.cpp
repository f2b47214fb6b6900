#include "testgen/sandbox/plan.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "testgen/sandbox/seccomp_filter.h"

namespace espalier::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kNobody = 65534;  // whom root becomes, and who everybody is inside
constexpr uint64_t kMebibyte = 1 << 20;

/// Folders that are links into /usr on a merged system, and folders on others.
constexpr std::array<const char*, 6> kRootFolders = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
/// Of /etc, what a loader and a runtime need. No accounts, no names of hosts, no keys.
constexpr std::array<const char*, 4> kEtc = {"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf",
                                             "/etc/localtime"};
constexpr std::array<const char*, 5> kDevices = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                                 "/dev/urandom"};

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool IsWithin(const fs::path& path, const fs::path& folder) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

/// Normal form without a slash at the end, which std::filesystem counts as a part of the path.
fs::path Plain(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return normal.has_filename() || normal == normal.root_path() ? normal : normal.parent_path();
}

/// Behind all links; the path itself when it is gone by now.
fs::path Real(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::canonical(path, error);
  return error ? path : real;
}

std::optional<std::string> LinkTarget(const char* path) {
  std::error_code error;
  const fs::path target = fs::read_symlink(path, error);
  return error ? std::nullopt : std::optional(target.string());
}

/// An empty folder on which root may mount in a mount namespace of its own.
std::string StageFolder() {
  for (const char* folder : {"/mnt", "/media", "/srv", "/opt", "/run"}) {
    std::error_code ignored;
    if (fs::is_directory(folder, ignored)) return folder;
  }
  return "/var";
}

/// bubblewrap's command line, and what must be staged for it.
class Command {
 public:
  Command(const std::string& program, bool staged) : stage_(staged ? StageFolder() : std::string()) {
    Add({program});
  }

  void Add(std::initializer_list<std::string> words) { words_.insert(words_.end(), words); }
  void Bind(const std::string& source, const std::string& target) {
    if (stage_.empty()) return Add({"--ro-bind", source, target});
    Add({"--ro-bind", stage_ + "/" + std::to_string(sources_.size()), target});
    sources_.push_back(source);
  }
  void Into(LaunchSpec& launch) && {
    launch.command = std::move(words_);
    launch.staged = std::move(sources_);
    launch.stage = std::move(stage_);
  }

 private:
  std::string stage_;
  std::vector<std::string> words_, sources_;
};

void AddNamespaces(Command& command, const Bubblewrap& bubblewrap) {
  command.Add({"--unshare-all", "--unshare-user"});
  if (bubblewrap.can_disable_userns) command.Add({"--disable-userns"});
  const std::string id = std::to_string(kNobody);
  command.Add({"--uid", id, "--gid", id, "--hostname", "sandbox"});
  command.Add({"--die-with-parent", "--new-session", "--as-pid-1", "--clearenv"});
}

void AddSystemFolders(Command& command) {
  command.Bind("/usr", "/usr");
  for (const char* folder : kRootFolders) {
    if (const auto target = LinkTarget(folder)) {
      command.Add({"--symlink", *target, folder});
    } else if (Exists(folder)) {
      command.Bind(folder, folder);
    }
  }
  for (const char* path : kEtc) {
    if (Exists(path)) command.Bind(path, path);
  }
}

/// Everything that can be written to has a size; the root itself becomes read-only at the end.
void AddOwnFolders(Command& command, const SandboxPolicy& policy) {
  command.Add({"--proc", "/proc"});
  for (const char* device : kDevices) command.Add({"--dev-bind", device, device});
  command.Add({"--symlink", "/proc/self/fd", "/dev/fd", "--symlink", "/proc/self/fd/0", "/dev/stdin"});
  command.Add({"--symlink", "/proc/self/fd/1", "/dev/stdout", "--symlink", "/proc/self/fd/2", "/dev/stderr"});
  const uint64_t shared = std::min(policy.work_bytes, 16 * kMebibyte);
  command.Add({"--size", std::to_string(shared), "--tmpfs", "/dev/shm"});
  command.Add({"--size", std::to_string(policy.work_bytes), "--tmpfs", "/tmp", "--dir", kWorkFolder});
}

void AddNamedFolders(Command& command, const SandboxPolicy& policy) {
  for (const fs::path& folder : policy.toolchains) {
    if (!IsInSystemFolders(folder)) command.Bind(Real(folder), Plain(folder));
  }
  for (const SandboxBind& bind : policy.binds) command.Bind(Real(bind.source), Plain(bind.target));
}

/// Threads of the user that the program will be. Without a user namespace the limit counts them all.
uint64_t CountThreadsOf(uid_t user) {
  uint64_t threads = 0;
  std::error_code ignored;
  for (fs::directory_iterator entry("/proc", ignored), end; entry != end; entry.increment(ignored)) {
    struct stat status {};
    if (::stat(entry->path().c_str(), &status) != 0 || status.st_uid != user) continue;
    for (fs::directory_iterator task(entry->path() / "task", ignored), last; task != last;
         task.increment(ignored))
      ++threads;
  }
  return threads;
}

Limits LimitsOf(const SandboxPolicy& policy, bool memory_is_bounded) {
  using std::chrono::microseconds;
  Limits limits;
  limits.cpu_us = static_cast<uint64_t>(std::chrono::duration_cast<microseconds>(policy.cpu).count());
  limits.memory_bytes = policy.memory_bytes;
  // Memory is looked at every 20 ms. What a process could grab between two looks has an end too: with room
  // for what runtimes set aside and do not use.
  if (!memory_is_bounded) limits.data_bytes = policy.memory_bytes + 1024 * kMebibyte;
  limits.file_bytes = policy.work_bytes;
  limits.work_files = policy.work_files;
  limits.processes = policy.processes;
  limits.stack_bytes = policy.stack_bytes;
  limits.open_files = policy.open_files;
  return limits;
}

std::string ProgramPath(const SandboxPolicy& policy) {
  std::string path;
  for (const fs::path& folder : policy.toolchains) {
    if (Exists(folder / "bin")) path += (Plain(folder) / "bin").string() + ":";
  }
  return path + "/usr/local/bin:/usr/bin:/bin";
}

std::vector<std::string> EnvironmentOf(const SandboxPolicy& policy, const SandboxRun& run,
                                       const std::string& home, const std::string& temporary) {
  std::vector<std::string> variables = run.environment;
  for (const auto& variable : std::initializer_list<std::pair<std::string, std::string>>{
           {"PATH=", ProgramPath(policy)}, {"HOME=", home}, {"TMPDIR=", temporary}, {"LANG=", "C.UTF-8"}}) {
    const std::string& name = variable.first;
    const bool given = std::any_of(run.environment.begin(), run.environment.end(),
                                   [&](const std::string& one) { return one.starts_with(name); });
    if (!given) variables.push_back(name + variable.second);
  }
  return variables;
}

/// What both forms have in common.
Result<Spec> PlanCommon(const SandboxPolicy& policy, const SandboxRun& run, bool unix_sockets) {
  Spec spec;
  ESPALIER_ASSIGN_OR_RETURN(spec.filter, SeccompFilter(unix_sockets));
  spec.arguments = run.arguments;
  spec.collect = run.collect;
  spec.collect_bytes = policy.work_bytes;
  for (const SandboxFile& file : run.files) spec.files.push_back({file.path, file.content, file.executable});
  spec.landlock_abi = LandlockAbi();
  if (::geteuid() == 0) spec.launch.become_user = kNobody;
  return spec;
}

Status CheckPath(const std::string& path, std::string_view what) {
  const fs::path plain = Plain(path);
  const bool good = !path.empty() && path.find('\0') == std::string::npos && plain.is_relative() &&
                    plain != "." && *plain.begin() != "..";
  if (good) return {};
  return Fail(ErrorCode::kInvalidArgument,
              std::string(what) + " '" + path + "' must be a path below the work folder, without '..'");
}

Status CheckFolder(const fs::path& folder) {
  if (!folder.is_absolute() || HoldsHome(folder)) {
    return Fail(ErrorCode::kInvalidArgument, "'" + folder.string() +
                                                 "' is no folder to show to a sandboxed program; name the "
                                                 "toolchain's own folder, by its full path");
  }
  if (Exists(folder)) return {};
  return Fail(ErrorCode::kNotFound, "there is no '" + folder.string() + "' to show to a sandboxed program");
}

Status CheckBind(const SandboxBind& bind) {
  ESPALIER_RETURN_IF_ERROR(CheckFolder(bind.source));
  const fs::path target = Plain(bind.target);
  bool good = target.is_absolute() && target != target.root_path();
  for (const char* own : {"/proc", "/dev", "/tmp"}) good = good && target != own;
  if (good) return {};
  return Fail(
      ErrorCode::kInvalidArgument,
      "'" + bind.target.string() + "' is no place for a bind; choose a folder of its own, such as /data");
}

Status CheckLimits(const SandboxPolicy& policy) {
  const bool good = policy.wall.count() > 0 && policy.cpu.count() > 0 && policy.memory_bytes > 0 &&
                    policy.work_bytes > 0 && policy.processes > 0 && policy.open_files > 3;
  if (good) return {};
  return Fail(ErrorCode::kInvalidArgument, "every limit of a sandbox must be more than 0");
}

}  // namespace

bool IsInSystemFolders(const fs::path& path) {
  const fs::path plain = Plain(path);
  if (IsWithin(plain, "/usr")) return true;
  return std::any_of(kRootFolders.begin(), kRootFolders.end(),
                     [&](const char* folder) { return IsWithin(plain, folder); });
}

bool HoldsHome(const fs::path& folder) {
  const fs::path plain = Plain(folder);
  if (plain == plain.root_path()) return true;
  std::vector<std::string> homes;
  if (const char* home = std::getenv("HOME"); home != nullptr) homes.emplace_back(home);
  std::array<char, 4096> buffer{};
  passwd entry{}, *found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    homes.emplace_back(found->pw_dir);
  return std::any_of(homes.begin(), homes.end(), [&](const std::string& home) {
    return Plain(home) != "/" && fs::path(home).is_absolute() && IsWithin(Plain(home), plain);
  });
}

Status CheckRequest(const SandboxPolicy& policy, const SandboxRun& run) {
  if (run.arguments.empty() || run.arguments.front().empty())
    return Fail(ErrorCode::kInvalidArgument, "name a program to run in the sandbox");
  ESPALIER_RETURN_IF_ERROR(CheckLimits(policy));
  for (const SandboxFile& file : run.files) ESPALIER_RETURN_IF_ERROR(CheckPath(file.path, "the file"));
  for (const std::string& path : run.collect)
    ESPALIER_RETURN_IF_ERROR(CheckPath(path, "the file to collect"));
  for (const fs::path& folder : policy.toolchains) ESPALIER_RETURN_IF_ERROR(CheckFolder(folder));
  for (const SandboxBind& bind : policy.binds) ESPALIER_RETURN_IF_ERROR(CheckBind(bind));
  return {};
}

Result<Spec> PlanWithNamespaces(const SandboxPolicy& policy, const SandboxRun& run,
                                const Bubblewrap& bubblewrap, bool memory_is_bounded) {
  ESPALIER_ASSIGN_OR_RETURN(Spec spec, PlanCommon(policy, run, true));
  spec.work_folder = kWorkFolder;
  spec.environment = EnvironmentOf(policy, run, kWorkFolder, "/tmp");
  spec.limits = LimitsOf(policy, memory_is_bounded);
  spec.paths = {{"/", PathAccess::kRead},
                {"/proc", PathAccess::kUse},
                {"/dev", PathAccess::kUse},
                {"/dev/shm", PathAccess::kWrite},
                {"/tmp", PathAccess::kWrite}};
  Command command(bubblewrap.path, CanBecomeAnyone());
  AddNamespaces(command, bubblewrap);
  AddSystemFolders(command);
  AddOwnFolders(command, policy);
  AddNamedFolders(command, policy);
  command.Add(
      {"--remount-ro", "/", "--chdir", "/", "--", "/proc/self/fd/" + std::to_string(kImageFd), "supervise"});
  std::move(command).Into(spec.launch);
  return spec;
}

Result<Spec> PlanWithLandlock(const SandboxPolicy& policy, const SandboxRun& run,
                              const std::string& work_folder) {
  if (!policy.binds.empty())
    return Fail(ErrorCode::kUnsupported,
                "without namespaces nothing can be bound elsewhere; install bubblewrap");
  ESPALIER_ASSIGN_OR_RETURN(Spec spec, PlanCommon(policy, run, false));
  spec.work_folder = work_folder;
  spec.environment = EnvironmentOf(policy, run, work_folder, work_folder);
  spec.limits = LimitsOf(policy, false);
  spec.limits.processes += CountThreadsOf(spec.launch.become_user != 0 ? kNobody : ::geteuid());
  spec.paths = {{"/usr", PathAccess::kRead}, {work_folder, PathAccess::kWrite}};
  for (const char* path : kRootFolders) spec.paths.push_back({path, PathAccess::kRead});
  for (const char* path : kEtc) spec.paths.push_back({path, PathAccess::kRead});
  for (const char* path : kDevices) spec.paths.push_back({path, PathAccess::kUse});
  for (const fs::path& folder : policy.toolchains) spec.paths.push_back({folder, PathAccess::kRead});
  return spec;
}

}  // namespace espalier::sandbox
