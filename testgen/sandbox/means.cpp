#include "testgen/sandbox/means.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

#include "base/cancellation.h"
#include "testgen/sandbox/descriptor.h"
#include "testgen/sandbox/landlock.h"

namespace espalier::sandbox {
namespace {

/// Starts the program with `output` as its standard output; 0 when that fails.
pid_t SpawnQuietly(const std::vector<std::string>& arguments, int output) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : 0;
}

/// Reads to the end; false when that does not come in time.
bool ReadToEnd(int fd, std::string& text) {
  constexpr size_t kMostBytes = 1 << 16;
  const auto deadline = Clock::now() + std::chrono::seconds(10);
  std::array<char, 4096> buffer{};
  while (text.size() < kMostBytes) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd wait{fd, POLLIN, 0};
    if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) == 0) return false;
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n == 0) return true;
    if (n > 0) text.append(buffer.data(), static_cast<size_t>(n));
  }
  return false;
}

bool IsProgram(const std::string& path) {
  struct stat status {};
  return ::access(path.c_str(), X_OK) == 0 && ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

/// The options that the bubblewrap at `path` knows, asked once.
const std::string& HelpOf(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, std::string> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(path);
  return found != known.end() ? found->second : known[path] = OutputOf({path, "--help"});
}

}  // namespace

std::string FindOnPath(const std::string& name) {
  if (name.find('/') != std::string::npos) return IsProgram(name) ? name : std::string();
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string candidate = folder;
    candidate.append("/").append(name);
    if (folder.starts_with('/') && IsProgram(candidate)) return candidate;
  }
  return {};
}

std::string OutputOf(const std::vector<std::string>& arguments) {
  auto pipe = MakePipe();
  if (!pipe) return {};
  const pid_t pid = SpawnQuietly(arguments, pipe->write.get());
  pipe->write.Close();
  if (pid == 0) return {};
  std::string text;
  if (!ReadToEnd(pipe->read.get(), text)) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : std::string();
}

Bubblewrap FindBubblewrap() {
  Bubblewrap found{FindOnPath("bwrap")};
  if (found.path.empty()) return found;
  const std::string& help = HelpOf(found.path);
  found.can_limit_size = help.find("--size ") != std::string::npos;
  found.can_disable_userns = help.find("--disable-userns") != std::string::npos;
  return found;
}

uint64_t LandlockAbi() {
  const long abi = syscall(landlock::kCreateRuleset, nullptr, 0, landlock::kVersionFlag);
  return abi > 0 ? static_cast<uint64_t>(abi) : 0;
}

bool HasSeccomp() {
  std::ifstream actions("/proc/sys/kernel/seccomp/actions_avail");
  return actions.good();
}

bool CanBecomeAnyone() {
  constexpr int kSetUser = 7, kSystemAdmin = 21;  // capabilities(7)
  if (::geteuid() != 0) return false;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("CapEff:")) continue;
    const uint64_t mask = std::strtoull(line.c_str() + 7, nullptr, 16);
    return (mask >> kSetUser & 1) != 0 && (mask >> kSystemAdmin & 1) != 0;
  }
  return false;
}

}  // namespace espalier::sandbox
