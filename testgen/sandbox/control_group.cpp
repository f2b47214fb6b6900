#include "testgen/sandbox/control_group.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <string_view>
#include <thread>
#include <utility>

namespace espalier::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "espalier-";  // then the process and a number

bool WriteFile(const fs::path& file, const std::string& text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return written;
}

std::string ReadFile(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Is `word` among the words of `text`, which blanks or commas part?
bool HasWord(std::string text, const std::string& word) {
  for (char& c : text) c = c == ',' ? ' ' : c;
  std::istringstream words(text);
  for (std::string one; words >> one;) {
    if (one == word) return true;
  }
  return false;
}

/// The value of a line "key value"; 0 when there is none.
uint64_t ValueOf(const fs::path& file, const std::string& key) {
  std::ifstream stream(file);
  uint64_t value = 0;
  for (std::string name; stream >> name >> value;) {
    if (name == key) return value;
  }
  return 0;
}

struct Mount {
  fs::path point;
  std::string type, options;
};

/// Control group hierarchies that are mounted here. See proc(5), /proc/PID/mountinfo.
std::vector<Mount> Mounts() {
  std::vector<Mount> mounts;
  std::ifstream table("/proc/self/mountinfo");
  for (std::string line; std::getline(table, line);) {
    const size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream before(line), after(line.substr(dash + 3));
    std::string skipped, source;
    Mount mount;
    for (int i = 0; i < 4; ++i) before >> skipped;
    before >> mount.point;
    after >> mount.type >> source >> mount.options;
    if (mount.type == "cgroup" || mount.type == "cgroup2") mounts.push_back(std::move(mount));
  }
  return mounts;
}

/// This process's own group in the hierarchy of `controller` ("" for version 2). See cgroups(7).
fs::path OwnGroup(const std::string& controller) {
  std::ifstream table("/proc/self/cgroup");
  for (std::string line; std::getline(table, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (controller.empty() ? controllers.empty() : HasWord(controllers, controller))
      return fs::path(line.substr(second + 1)).relative_path();
  }
  return {};
}

bool Writable(const fs::path& folder) { return ::access(folder.c_str(), W_OK) == 0; }

/// Version 1: below our own group, or the root when that is not to be seen here.
fs::path FindOld(const std::vector<Mount>& mounts, const std::string& controller) {
  for (const Mount& mount : mounts) {
    if (mount.type != "cgroup" || !HasWord(mount.options, controller)) continue;
    fs::path own = mount.point / OwnGroup(controller);
    if (Writable(own)) return own;
    if (Writable(mount.point)) return mount.point;
  }
  return {};
}

/// Version 2: the nearest group at or above our own that we may write to and that hands on both controllers.
fs::path FindUnified(const std::vector<Mount>& mounts) {
  for (const Mount& mount : mounts) {
    if (mount.type != "cgroup2") continue;
    for (fs::path group = OwnGroup("");; group = group.parent_path()) {
      fs::path folder = mount.point / group;
      const std::string handed_on = ReadFile(folder / "cgroup.subtree_control");
      if (HasWord(handed_on, "memory") && HasWord(handed_on, "pids") && Writable(folder) &&
          Writable(folder / "cgroup.procs"))
        return folder;
      if (group.empty()) break;
    }
  }
  return {};
}

/// The processes of a group are dead when it is removed, but the kernel may need a moment to see that.
void RemoveGroup(const fs::path& folder) {
  constexpr int kTries = 200;
  if (folder.empty()) return;
  for (int i = 0; i < kTries && ::rmdir(folder.c_str()) != 0 && errno == EBUSY; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

/// Groups of processes that were killed before they could tidy up. One that is in use cannot be removed.
void RemoveAbandoned(const fs::path& root) {
  std::error_code ignored;
  for (fs::directory_iterator entry(root, ignored), end; entry != end; entry.increment(ignored)) {
    const std::string name = entry->path().filename();
    if (!name.starts_with(kPrefix)) continue;
    const auto pid = static_cast<pid_t>(std::strtol(name.c_str() + kPrefix.size(), nullptr, 10));
    if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) ::rmdir(entry->path().c_str());
  }
}

std::string NewName() {
  static std::atomic<uint64_t> count{0};
  return std::string(kPrefix) + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

}  // namespace

ControlGroupRoots FindControlGroups() {
  const std::vector<Mount> mounts = Mounts();
  if (const fs::path unified = FindUnified(mounts); !unified.empty()) return {2, unified, unified};
  const fs::path memory = FindOld(mounts, "memory"), pids = FindOld(mounts, "pids");
  if (memory.empty() || pids.empty()) return {};
  return {1, memory, pids};
}

ControlGroup ControlGroup::Make(const ControlGroupRoots& roots, uint64_t memory_bytes, uint64_t processes) {
  ControlGroup group;
  if (roots.version == 0) return group;
  static std::once_flag tidied;
  std::call_once(tidied, [&] {
    RemoveAbandoned(roots.memory);
    RemoveAbandoned(roots.pids);
  });
  const std::string name = NewName();
  const fs::path memory = roots.memory / name, pids = roots.pids / name;
  if (::mkdir(memory.c_str(), 0755) != 0) return group;
  if (roots.version == 1 && ::mkdir(pids.c_str(), 0755) != 0) {
    RemoveGroup(memory);
    return group;
  }
  group.version_ = roots.version;
  group.memory_ = memory;
  if (roots.version == 1) group.pids_ = pids;
  return group.SetLimits(memory_bytes, processes) ? std::move(group) : ControlGroup();
}

ControlGroup::ControlGroup(ControlGroup&& other) noexcept { *this = std::move(other); }

ControlGroup& ControlGroup::operator=(ControlGroup&& other) noexcept {
  std::swap(version_, other.version_);
  std::swap(memory_, other.memory_);
  std::swap(pids_, other.pids_);
  return *this;
}

ControlGroup::~ControlGroup() {
  RemoveGroup(memory_);
  RemoveGroup(pids_);
}

bool ControlGroup::SetLimits(uint64_t memory_bytes, uint64_t processes) const {
  const std::string memory = std::to_string(memory_bytes), most = std::to_string(processes);
  if (version_ == 1) {
    WriteFile(memory_ / "memory.swappiness", "0");
    return WriteFile(memory_ / "memory.limit_in_bytes", memory) && WriteFile(pids_ / "pids.max", most);
  }
  WriteFile(memory_ / "memory.swap.max", "0");  // not there without swap
  return WriteFile(memory_ / "memory.max", memory) && WriteFile(memory_ / "pids.max", most);
}

std::vector<std::string> ControlGroup::JoinFiles() const {
  std::vector<std::string> files;
  for (const fs::path& group : {memory_, pids_}) {
    if (!group.empty()) files.push_back(group / "cgroup.procs");
  }
  return files;
}

bool ControlGroup::RanOutOfMemory() const {
  if (!active()) return false;
  return ValueOf(memory_ / (version_ == 1 ? "memory.oom_control" : "memory.events"), "oom_kill") > 0;
}

uint64_t ControlGroup::PeakBytes() const {
  if (!active()) return 0;
  const std::string text = ReadFile(memory_ / (version_ == 1 ? "memory.max_usage_in_bytes" : "memory.peak"));
  return std::strtoull(text.c_str(), nullptr, 10);
}

}  // namespace espalier::sandbox
