// Process 1 of the sandbox.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "testgen/sandbox/init/steps.h"

namespace espalier::sandbox {
namespace {

constexpr int kTickMs = 20;  // between two looks at memory and processor time

uint64_t Microseconds(const timeval& time) {
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000 + static_cast<uint64_t>(time.tv_usec);
}

struct Run {
  const Spec& spec;
  pid_t program = 0;
  int events = -1;  ///< signalfd that hears of children
  uint64_t begin_us = 0;
  Report report;
};

/// Signals as a new process expects them. By system call, because the C library keeps two for itself.
void ResetSignals() {
  constexpr size_t kKernelMaskBytes = 8;
  struct {
    void* handler = nullptr;  // SIG_DFL
    unsigned long flags = 0;
    void* restorer = nullptr;
    uint64_t mask = 0;
  } plain;
  for (int number = 1; number <= 64; ++number)
    syscall(SYS_rt_sigaction, number, &plain, nullptr, kKernelMaskBytes);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// The child, up to exec. Says on `failures` what went wrong.
[[noreturn]] void BecomeProgram(const Spec& spec, int handed, int failures) {
  setsid();
  // Not closed on exec. The specification has been read.
  if (handed >= 0 && spec.life == SandboxLife::kForks) dup2(handed, kSpecFd);
  if (handed >= 0 && spec.life == SandboxLife::kWorker) {
    dup2(handed, STDIN_FILENO);
    dup2(handed, STDOUT_FILENO);
  }
  ResetSignals();
  std::string failure;
  if (chdir(spec.work_folder.c_str()) != 0) failure = "cannot enter the work folder";
  std::vector<char*> arguments = Pointers(spec.arguments), environment = Pointers(spec.environment);
  if (failure.empty()) failure = Confine(spec);
  if (failure.empty()) {
    environ = environment.data();  // execvp takes PATH from there
    execvp(arguments[0], arguments.data());
    failure = "cannot run '" + spec.arguments[0] + "' in the sandbox: " + std::strerror(errno);
  }
  WriteAll(failures, failure);
  _exit(1);
}

void NoteEnd(pid_t pid, int status, void* context) {
  Run& run = *static_cast<Run*>(context);
  if (pid == run.program) run.report.wait_status = static_cast<uint64_t>(status);
}

/// Waits for children that have ended; true when the program is one of them.
bool ReapEnded(Run& run) {
  signalfd_siginfo ignored{};
  [[maybe_unused]] const ssize_t n = read(run.events, &ignored, sizeof(ignored));
  bool program_ended = false;
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    NoteEnd(pid, status, &run);
    program_ended = program_ended || pid == run.program;
  }
  return program_ended;
}

/// Until the program ends, the library closes the control pipe, or a limit is exceeded.
void Watch(Run& run) {
  std::array<pollfd, 2> waits = {{{kControlFd, POLLIN, 0}, {run.events, POLLIN, 0}}};
  uint64_t next_look = run.begin_us;
  for (;;) {
    poll(waits.data(), waits.size(), kTickMs);
    if (waits[0].revents != 0) return;
    if (waits[1].revents != 0 && ReapEnded(run)) {
      run.report.reason = EndReason::kProgramEnded;
      return;
    }
    if (NowUs() < next_look) continue;
    const EndReason reason = ExceededLimit(run.spec, run.spec.limits, 0, run.report.peak_bytes);
    if (reason != EndReason::kProgramEnded) {
      run.report.reason = reason;
      return;
    }
    next_look = NowUs() + kTickMs * 1000;
  }
}

void Account(Report& report) {
  rusage use{};
  getrusage(RUSAGE_CHILDREN, &use);
  report.cpu_us = Microseconds(use.ru_utime) + Microseconds(use.ru_stime);
  report.peak_bytes = std::max(report.peak_bytes, static_cast<uint64_t>(use.ru_maxrss) * 1024);
}

}  // namespace

uint64_t NowUs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
}

int ListenForChildren() {
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, nullptr);
  const int fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) Die("cannot listen for children");
  return fd;
}

pid_t StartProgram(const Spec& spec, int handed) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) Die("cannot make a pipe");
  const pid_t pid = fork();
  if (pid < 0) Die("cannot start a process");
  if (pid == 0) BecomeProgram(spec, handed, ends[1]);
  close(ends[1]);
  std::array<char, 512> text{};
  const ssize_t n = read(ends[0], text.data(), text.size());
  close(ends[0]);
  if (n > 0) {
    Report report;
    report.reason = EndReason::kCannotStart;
    report.failure.assign(text.data(), static_cast<size_t>(n));
    SendReport(report);
    _exit(1);
  }
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) close(fd);  // they are the program's alone
  return pid;
}

uint64_t EndedChildrenCpuUs() {
  rusage use{};
  getrusage(RUSAGE_CHILDREN, &use);
  return Microseconds(use.ru_utime) + Microseconds(use.ru_stime);
}

EndReason ExceededLimit(const Spec& spec, const Limits& limits, uint64_t earlier_cpu_us,
                        uint64_t& peak_bytes) {
  const TreeUse use = MeasureTree();
  const uint64_t cpu = use.cpu_us + EndedChildrenCpuUs() - earlier_cpu_us;
  uint64_t memory = use.memory_bytes;
  if (memory > limits.memory_bytes) memory = MeasureTreeMemoryExactly();
  peak_bytes = std::max(peak_bytes, memory);
  if (memory > limits.memory_bytes) return EndReason::kMemory;
  if (cpu > limits.cpu_us) return EndReason::kCpu;
  return CountWorkFiles(spec) > limits.work_files ? EndReason::kFiles : EndReason::kProgramEnded;
}

void Supervise(const Spec& spec) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // for the form without a pid namespace
  signal(SIGPIPE, SIG_IGN);
  WriteAll(kReportFd, "S");  // the sandbox stands
  LayFiles(spec.work_folder, spec.files);
  if (spec.life == SandboxLife::kForks) Serve(spec);
  if (spec.life == SandboxLife::kWorker) ServeWorker(spec);
  Run run{spec, 0, ListenForChildren(), NowUs(), {}};
  run.program = StartProgram(spec, -1);
  Watch(run);
  run.report.wall_us = NowUs() - run.begin_us;
  KillTree(NoteEnd, &run);
  Account(run.report);
  if (run.report.reason == EndReason::kProgramEnded)
    run.report.files = CollectFiles(spec.work_folder, spec.collect, spec.collect_bytes);
  SendReport(run.report);
  _exit(0);
}

}  // namespace espalier::sandbox
