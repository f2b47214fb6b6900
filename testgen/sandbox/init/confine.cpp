// What the child does to itself before it becomes the program.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "testgen/sandbox/init/steps.h"
#include "testgen/sandbox/landlock.h"

namespace espalier::sandbox {
namespace {

std::string Failure(const std::string& what) { return what + ": " + std::strerror(errno); }

struct Rlimit {
  int resource;
  uint64_t soft, hard;
};

std::string SetLimits(const Limits& limits) {
  constexpr uint64_t kMicroseconds = 1'000'000;
  const uint64_t seconds = limits.cpu_us / kMicroseconds + 1;  // per process; the tree's is watched
  const uint64_t data = limits.data_bytes == 0 ? RLIM_INFINITY : limits.data_bytes;
  const std::array<Rlimit, 9> all = {{
      {RLIMIT_CPU, seconds, seconds + 1},
      {RLIMIT_DATA, data, data},
      {RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes},
      {RLIMIT_NPROC, limits.processes + 1, limits.processes + 1},  // process 1 counts too
      {RLIMIT_STACK, limits.stack_bytes, limits.stack_bytes},
      {RLIMIT_NOFILE, limits.open_files, limits.open_files},
      {RLIMIT_CORE, 0, 0},
      {RLIMIT_MEMLOCK, 1 << 16, 1 << 16},
      {RLIMIT_MSGQUEUE, 0, 0},
  }};
  for (const Rlimit& one : all) {
    rlimit present{};
    getrlimit(static_cast<__rlimit_resource>(one.resource), &present);
    const rlimit wanted{std::min<rlim_t>(one.soft, present.rlim_max),
                        std::min<rlim_t>(one.hard, present.rlim_max)};
    if (setrlimit(static_cast<__rlimit_resource>(one.resource), &wanted) != 0)
      return Failure("cannot set resource limit " + std::to_string(one.resource));
  }
  return {};
}

std::string AllowPath(int rules, const PathRule& rule, uint64_t handled) {
  const int fd = open(rule.path.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? std::string() : Failure("cannot open " + rule.path);
  const landlock::PathBeneath attribute{landlock::Rights(rule.access, IsFolder(fd)) & handled, fd};
  const long added = syscall(landlock::kAddRule, rules, landlock::kPathBeneath, &attribute, 0);
  std::string failure = added == 0 ? std::string() : Failure("cannot allow " + rule.path);
  close(fd);
  return failure;
}

std::string SetLandlock(const Spec& spec) {
  if (spec.landlock_abi == 0) return {};
  const landlock::Ruleset set = landlock::RulesetFor(spec.landlock_abi);
  const auto rules =
      static_cast<int>(syscall(landlock::kCreateRuleset, &set, landlock::RulesetSize(spec.landlock_abi), 0));
  if (rules < 0) return Failure("cannot make Landlock rules");
  for (const PathRule& rule : spec.paths) {
    std::string failure = AllowPath(rules, rule, set.files);
    if (!failure.empty()) return failure;
  }
  if (syscall(landlock::kRestrictSelf, rules, 0) != 0) return Failure("cannot set Landlock rules");
  close(rules);
  return {};
}

std::string SetFilter(const std::string& filter) {
  std::vector<sock_filter> instructions(filter.size() / sizeof(sock_filter));
  std::memcpy(instructions.data(), filter.data(), instructions.size() * sizeof(sock_filter));
  const sock_fprog program{static_cast<unsigned short>(instructions.size()), instructions.data()};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
    return Failure("cannot set the seccomp filter");
  return {};
}

/// When memory runs out, this goes before anything else of the machine.
void OfferToOomKiller() {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  WriteAll(fd, "1000");
  close(fd);
}

}  // namespace

std::string Confine(const Spec& spec) {
  OfferToOomKiller();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Failure("cannot give up privileges");
  std::string failure = SetLandlock(spec);
  if (failure.empty()) failure = SetLimits(spec.limits);
  if (failure.empty()) failure = SetFilter(spec.filter);
  return failure;
}

}  // namespace espalier::sandbox
