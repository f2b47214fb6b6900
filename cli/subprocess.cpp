#include "cli/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace espalier {
namespace {

constexpr int kTickMs = 200;
constexpr size_t kTailBytes = 4096;
constexpr auto kGracePeriod = std::chrono::seconds(3);

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct Child {
  pid_t pid = 0;
  Descriptor errors;  ///< read end of its standard error
};

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// The process's environment with `additions` taking the place of variables of the same name.
std::vector<std::string> MergedEnvironment(const std::vector<std::string>& additions) {
  std::vector<std::string> merged = additions;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    const std::string name = text.substr(0, text.find('=') + 1);
    bool replaced = false;
    for (const std::string& addition : additions) replaced = replaced || addition.starts_with(name);
    if (!replaced) merged.push_back(text);
  }
  return merged;
}

Result<Child> Spawn(const ProgramCall& call) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return Fail(ErrorCode::kIo, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  Child child{0, Descriptor(ends[0])};
  const Descriptor write_end(ends[1]);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);

  const std::vector<std::string> environment = MergedEnvironment(call.environment);
  const int error = posix_spawnp(&child.pid, call.arguments.front().c_str(), &actions, &attributes,
                                 Pointers(call.arguments).data(), Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    const auto code = error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
    return Fail(code, fmt::format("cannot run '{}': {}", call.arguments.front(), std::strerror(error)));
  }
  return child;
}

/// Reads what is there; false at the end of the stream, which is when the child has ended.
bool ReadErrors(const Child& child, std::string& tail) {
  std::array<char, 1024> buffer{};
  const ssize_t n = ::read(child.errors.get(), buffer.data(), buffer.size());
  if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) return false;
  if (n > 0) tail.append(buffer.data(), static_cast<size_t>(n));
  if (tail.size() > kTailBytes) tail.erase(0, tail.size() - kTailBytes);
  return true;
}

/// Waits for the next event: true while the child runs.
bool WatchOnce(const Child& child, std::string& tail) {
  pollfd events{child.errors.get(), POLLIN, 0};
  const int ready = ::poll(&events, 1, kTickMs);
  return ready <= 0 || ReadErrors(child, tail);
}

/// Follows the child until it ends; asks it to end when cancelled.
void Watch(const Child& child, const ProgramCall& call, const CancelToken& cancel, std::string& tail) {
  auto kill_at = Clock::time_point::max();
  while (WatchOnce(child, tail)) {
    if (call.on_tick) call.on_tick();
    if (cancel.stop_requested() && kill_at == Clock::time_point::max()) {
      ::kill(-child.pid, SIGTERM);
      kill_at = Clock::now() + kGracePeriod;
    }
    if (Clock::now() >= kill_at) ::kill(-child.pid, SIGKILL);
  }
}

int ExitCodeOf(pid_t pid) {
  constexpr int kSignalBase = 128;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? kSignalBase + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Result<ProgramResult> RunProgram(const ProgramCall& call, const CancelToken& cancel) {
  ESPALIER_ASSIGN_OR_RETURN(const Child child, Spawn(call));
  ProgramResult result;
  Watch(child, call, cancel, result.error_tail);
  result.exit_code = ExitCodeOf(child.pid);
  ESPALIER_RETURN_IF_ERROR(cancel.Check());
  return result;
}

}  // namespace espalier
