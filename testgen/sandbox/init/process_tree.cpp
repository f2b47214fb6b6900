// All processes under this one, read from /proc. As process 1 that is every other process there is; without a
// pid namespace it is what descends from us, daemons included, because we are their subreaper.
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "testgen/sandbox/init/steps.h"

namespace espalier::sandbox {
namespace {

pid_t spared = 0;  // see SpareProcess

struct ProcessUse {
  pid_t pid = 0, parent = 0;
  uint64_t cpu_ticks = 0, pages = 0;
};

/// The text of a small file of /proc; empty when the process is gone.
std::string ReadProc(pid_t pid, const char* name) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::array<char, 2048> buffer{};
  const ssize_t n = read(fd, buffer.data(), buffer.size());
  close(fd);
  return n > 0 ? std::string(buffer.data(), static_cast<size_t>(n)) : std::string();
}

/// proc(5), /proc/PID/stat: fields count from the one behind the name, which may hold anything.
bool ReadUse(pid_t pid, ProcessUse& use) {
  constexpr int kParent = 2, kUserTime = 12, kChildSystemTime = 15, kPages = 22;
  const std::string text = ReadProc(pid, "stat");
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return false;
  const char* at = text.c_str() + name_end + 2;
  use.pid = pid;
  for (int field = 1; field <= kPages && *at != '\0'; ++field) {
    char* end = nullptr;
    const auto value = static_cast<uint64_t>(std::strtoll(at, &end, 10));
    if (field == 1) end = const_cast<char*>(at) + 1;  // the state is a letter
    if (field == kParent) use.parent = static_cast<pid_t>(value);
    if (field >= kUserTime && field <= kChildSystemTime) use.cpu_ticks += value;
    if (field == kPages) use.pages = value;
    at = *end == '\0' ? end : end + 1;
  }
  return true;
}

std::vector<ProcessUse> ReadAll() {
  std::vector<ProcessUse> all;
  DIR* folder = opendir("/proc");
  if (folder == nullptr) return all;
  while (const dirent* entry = readdir(folder)) {
    const auto pid = static_cast<pid_t>(std::atoi(entry->d_name));
    ProcessUse use;
    if (pid > 0 && pid != getpid() && pid != spared && ReadUse(pid, use)) all.push_back(use);
  }
  closedir(folder);
  return all;
}

std::vector<ProcessUse> ReadTree() {
  std::vector<ProcessUse> all = ReadAll();
  if (getpid() == 1) return all;
  std::vector<pid_t> known = {getpid()};
  std::vector<ProcessUse> tree;
  for (size_t i = 0; i < known.size(); ++i) {
    for (const ProcessUse& use : all) {
      if (use.parent != known[i]) continue;
      known.push_back(use.pid);
      tree.push_back(use);
    }
  }
  return tree;
}

/// Its share of memory in bytes; 0 when it does not let us look.
uint64_t ProportionalBytes(pid_t pid) {
  const std::string text = ReadProc(pid, "smaps_rollup");
  const size_t at = text.find("\nPss:");
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + 5, nullptr, 10) * 1024;
}

void KillAll() {
  if (getpid() == 1) {
    kill(-1, SIGKILL);
    return;
  }
  for (const ProcessUse& use : ReadTree()) kill(use.pid, SIGKILL);
}

}  // namespace

void SpareProcess(pid_t pid) { spared = pid; }

bool KillOthers(void (*on_end)(pid_t, int, const rusage&, void*), void* context) {
  constexpr int kMostRounds =
      2000;  // what forks faster than it is killed is stopped by the limit on processes
  for (int round = 0; round < kMostRounds; ++round) {
    const std::vector<ProcessUse> others = ReadAll();
    for (const ProcessUse& use : others) kill(use.pid, SIGKILL);
    int status = 0;
    rusage use{};
    for (pid_t pid = 0; (pid = wait4(-1, &status, WNOHANG, &use)) > 0;) {
      if (pid == spared) return false;
      on_end(pid, status, use, context);
    }
    if (others.empty()) return true;
  }
  return false;
}

TreeUse MeasureTree() {
  static const auto kPageBytes = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  static const auto kTickUs = 1'000'000 / static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  TreeUse total;
  for (const ProcessUse& use : ReadTree()) {
    total.memory_bytes += use.pages * kPageBytes;
    total.cpu_us += use.cpu_ticks * kTickUs;
  }
  return total;
}

uint64_t MeasureTreeMemoryExactly() {
  static const auto kPageBytes = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  uint64_t total = 0;
  for (const ProcessUse& use : ReadTree()) {
    const uint64_t share = ProportionalBytes(use.pid);
    total += share != 0 ? share : use.pages * kPageBytes;
  }
  return total;
}

void KillTree(void (*on_end)(pid_t, int, void*), void* context) {
  for (;;) {
    KillAll();
    int status = 0;
    const pid_t pid = waitpid(-1, &status, 0);
    if (pid < 0 && errno == ECHILD) return;
    if (pid > 0) on_end(pid, status, context);
  }
}

}  // namespace espalier::sandbox
