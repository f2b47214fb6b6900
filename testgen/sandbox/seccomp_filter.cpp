#include "testgen/sandbox/seccomp_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "testgen/sandbox/descriptor.h"

namespace espalier::sandbox {
namespace {

/// By name, so that one list serves every architecture and every version of libseccomp: a call that one of
/// them does not know cannot be filtered, and mostly does not exist there either.
constexpr const char* kRefused[] = {
    // Other processes and their memory.
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "process_mrelease",
    "pidfd_getfd",
    "kcmp",
    // Namespaces, mounts and roots.
    "unshare",
    "setns",
    "mount",
    "umount",
    "umount2",
    "pivot_root",
    "chroot",
    "mount_setattr",
    "open_tree",
    "open_tree_attr",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "swapon",
    "swapoff",
    "quotactl",
    "quotactl_fd",
    "name_to_handle_at",
    "open_by_handle_at",
    "fanotify_init",
    // Parts of the kernel with a history of holes, of no use to a test.
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "request_key",
    "vmsplice",
    "memfd_secret",
    "lookup_dcookie",
    "nfsservctl",
    "uselib",
    "vserver",
    // Memory that no limit but a control group counts.
    "memfd_create",
    "shmget",
    "shmat",
    "shmctl",
    "msgget",
    "msgsnd",
    "semget",
    "mq_open",
    // The machine.
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "create_module",
    "reboot",
    "acct",
    "syslog",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "stime",
    "iopl",
    "ioperm",
    "modify_ldt",
    "vm86",
    "vm86old",
    "sethostname",
    "setdomainname",
    "_sysctl",
    "sysfs",
    "vhangup",
};

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

bool RefuseNamed(scmp_filter_ctx context) {
  for (const char* name : kRefused) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) continue;
    const int added = seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), number, 0);
    if (added != 0 && added != -EDOM) return false;  // EDOM: not on this architecture
  }
  return true;
}

/// clone makes threads and processes, but no namespaces.
bool RefuseNewNamespaces(scmp_filter_ctx context) {
  constexpr std::array<uint64_t, 7> kFlags = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,   CLONE_NEWNET,
                                              CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP};
#if defined(__s390__) || defined(__CRIS__)
  constexpr unsigned kArgument = 1;
#else
  constexpr unsigned kArgument = 0;
#endif
  for (const uint64_t flag : kFlags) {
    const scmp_arg_cmp has_flag{kArgument, SCMP_CMP_MASKED_EQ, flag, flag};
    if (seccomp_rule_add_array(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, &has_flag) != 0)
      return false;
  }
  return seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

struct ArgumentRule {
  const char* name;
  scmp_arg_cmp refused;
};

/// Nobody lowers the limits or the priority of the sandbox's own process, which belongs to the same user and
/// is process 1. Only the lower half of an argument counts for the kernel, so "is 1" must look at that alone.
bool RefuseMeddling(scmp_filter_ctx context) {
  constexpr uint64_t kLowHalf = 0xffffffff, kOneProcess = 0, kOneIoProcess = 1;
  const scmp_arg_cmp other_process{0, SCMP_CMP_NE, 0, 0}, process_1{0, SCMP_CMP_MASKED_EQ, kLowHalf, 1};
  const scmp_arg_cmp as_second{1, SCMP_CMP_MASKED_EQ, kLowHalf, 1};
  const std::array<ArgumentRule, 9> rules = {{{"prlimit64", other_process},
                                              {"sched_setscheduler", other_process},
                                              {"sched_setparam", other_process},
                                              {"sched_setattr", other_process},
                                              {"sched_setaffinity", process_1},
                                              {"setpriority", {0, SCMP_CMP_NE, kOneProcess, 0}},
                                              {"setpriority", as_second},
                                              {"ioprio_set", {0, SCMP_CMP_NE, kOneIoProcess, 0}},
                                              {"ioprio_set", as_second}}};
  return std::all_of(rules.begin(), rules.end(), [&](const ArgumentRule& rule) {
    const int number = seccomp_syscall_resolve_name(rule.name);
    return seccomp_rule_add_array(context, SCMP_ACT_ERRNO(EPERM), number, 1, &rule.refused) == 0;
  });
}

bool RefuseSockets(scmp_filter_ctx context, bool unix_sockets) {
  const scmp_arg_cmp is_other{0, unix_sockets ? SCMP_CMP_NE : SCMP_CMP_GE, unix_sockets ? AF_UNIX : 0U, 0};
  const uint32_t refuse = SCMP_ACT_ERRNO(EAFNOSUPPORT);
  return seccomp_rule_add_array(context, refuse, SCMP_SYS(socket), 1, &is_other) == 0;
}

Result<std::string> Export(scmp_filter_ctx context) {
  const Descriptor file(memfd_create("filter", MFD_CLOEXEC));
  struct stat status {};
  if (!file.open() || seccomp_export_bpf(context, file.get()) != 0 || fstat(file.get(), &status) != 0)
    return Fail(ErrorCode::kInternal, "the seccomp filter cannot be made");
  std::string filter(static_cast<size_t>(status.st_size), '\0');
  if (pread(file.get(), filter.data(), filter.size(), 0) != static_cast<ssize_t>(filter.size()))
    return Fail(ErrorCode::kInternal, "the seccomp filter cannot be read");
  return filter;
}

Result<std::string> Make(bool unix_sockets) {
  const Context context(seccomp_init(SCMP_ACT_ALLOW), seccomp_release);
  const bool made = context != nullptr &&
                    seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
                    RefuseNamed(context.get()) && RefuseNewNamespaces(context.get()) &&
                    RefuseMeddling(context.get()) && RefuseSockets(context.get(), unix_sockets);
  if (!made) return Fail(ErrorCode::kInternal, "the seccomp filter cannot be made");
  return Export(context.get());
}

}  // namespace

Result<std::string> SeccompFilter(bool unix_sockets) {
  static const Result<std::string> with = Make(true), without = Make(false);
  return unix_sockets ? with : without;
}

}  // namespace espalier::sandbox
