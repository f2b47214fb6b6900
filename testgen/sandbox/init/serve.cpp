// Process 1 with a resident interpreter: for each request a fork of it, watched like a program of its own.
// The program is a child of process 1 (the resident forks twice), shares no descriptor with the resident and
// cannot look into it. Between two programs all other processes are killed and all that can be written to is
// emptied. A program that kills the resident ends the service, and is run again elsewhere.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "testgen/sandbox/init/steps.h"

namespace espalier::sandbox {
namespace {

constexpr int kTickMs = 20;
constexpr int kForkLimitMs = 15'000;
constexpr int kDrainLimitMs = 2'000;
constexpr uint64_t kMostRequestBytes = uint64_t{1} << 30;

struct Service {
  const Spec& spec;
  pid_t resident = 0;
  int socket = -1;  ///< to the resident
  int events = -1;  ///< signalfd that hears of children
};

/// Output of the program, of which the first bytes are kept.
struct Stream {
  int from = -1;
  int given = -1;  ///< the write end, until it is handed over
  std::string* bytes = nullptr;
  uint64_t most = 0;
  bool overflowed = false;

  /// False when there is nothing to read for now.
  bool ReadSome() {
    std::array<char, 1 << 16> buffer{};
    const ssize_t n = read(from, buffer.data(), buffer.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return false;
    if (n <= 0) {
      close(from);
      from = -1;
      return false;
    }
    const size_t kept = std::min(static_cast<size_t>(n), static_cast<size_t>(most - bytes->size()));
    bytes->append(buffer.data(), kept);
    overflowed = overflowed || kept < static_cast<size_t>(n);
    return true;
  }
};

struct Forked {
  Service& service;
  const Request& request;
  pid_t program = 0;
  bool ended = false;
  uint64_t begin_us = 0, earlier_cpu_us = 0;
  Stream out = {}, err = {};
  Report report = {};
};

Stream MakeStream(std::string& bytes, uint64_t most) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) GiveUp();
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {ends[0], ends[1], &bytes, most};
}

int MakeInput(const std::string& bytes) {
  const int fd = static_cast<int>(memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd < 0) GiveUp();
  WriteAll(fd, bytes);
  lseek(fd, 0, SEEK_SET);
  fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  return fd;
}

void NoteEnd(pid_t pid, int status, const rusage& use, void* context) {
  Forked& forked = *static_cast<Forked*>(context);
  if (pid != forked.program) return;
  forked.ended = true;
  forked.report.wait_status = static_cast<uint64_t>(status);
  forked.report.peak_bytes = std::max(forked.report.peak_bytes, static_cast<uint64_t>(use.ru_maxrss) * 1024);
}

void ReapEnded(Forked& forked) {
  std::array<char, 4096> ignored{};
  [[maybe_unused]] const ssize_t n = read(forked.service.events, ignored.data(), ignored.size());
  int status = 0;
  rusage use{};
  for (pid_t pid = 0; (pid = wait4(-1, &status, WNOHANG, &use)) > 0;) {
    if (pid == forked.service.resident) GiveUp();
    NoteEnd(pid, status, use, &forked);
  }
}

/// Hands a message and the program's three descriptors to the resident.
void AskForFork(int socket, const std::string& message, std::array<int, 3> descriptors) {
  iovec part{const_cast<char*>(message.data()), message.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(descriptors))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(descriptors));
  std::memcpy(CMSG_DATA(rights), descriptors.data(), sizeof(descriptors));
  if (sendmsg(socket, &header, MSG_NOSIGNAL) != static_cast<ssize_t>(message.size())) GiveUp();
}

/// A process id: the program says its own before it runs anything, the resident when it is ready.
pid_t ForkedPid(int socket) {
  pollfd wait{socket, POLLIN, 0};
  if (poll(&wait, 1, kForkLimitMs) != 1) GiveUp();
  std::array<char, 32> text{};
  if (recv(socket, text.data(), text.size() - 1, 0) <= 0) GiveUp();
  const auto pid = static_cast<pid_t>(std::atoi(text.data()));
  if (pid <= 1) GiveUp();
  return pid;
}

void Start(Forked& forked) {
  const Spec& spec = forked.service.spec;
  LayFiles(spec.work_folder, forked.request.files);
  constexpr uint64_t kMicroseconds = 1'000'000;
  std::string message = std::to_string(forked.request.cpu_us / kMicroseconds + 1);
  message.append(1, '\0').append(spec.work_folder);
  for (const std::string& argument : forked.request.arguments) message.append(1, '\0').append(argument);
  forked.out = MakeStream(forked.report.out, forked.request.output_bytes);
  forked.err = MakeStream(forked.report.err, forked.request.output_bytes);
  const std::array<int, 3> given = {MakeInput(forked.request.input), forked.out.given, forked.err.given};
  AskForFork(forked.service.socket, message, given);
  for (const int fd : given) close(fd);
  forked.program = ForkedPid(forked.service.socket);
  forked.begin_us = NowUs();
}

/// Waits for bytes and ends of processes; gives up when the library does.
void WaitForNews(Forked& forked) {
  std::array<pollfd, 4> waits = {{{kControlFd, POLLIN, 0},
                                  {forked.service.events, POLLIN, 0},
                                  {forked.out.from, POLLIN, 0},
                                  {forked.err.from, POLLIN, 0}}};
  if (poll(waits.data(), waits.size(), kTickMs) <= 0) return;
  if (waits[0].revents != 0) GiveUp();
  if (waits[2].revents != 0) forked.out.ReadSome();
  if (waits[3].revents != 0) forked.err.ReadSome();
  if (waits[1].revents != 0) ReapEnded(forked);
}

/// Until the program ends or exceeds a limit; says which.
EndReason Watch(Forked& forked) {
  Limits limits = forked.service.spec.limits;
  limits.cpu_us = forked.request.cpu_us;
  limits.memory_bytes = forked.request.memory_bytes;
  uint64_t next_look = forked.begin_us + kTickMs * 1000;
  for (;;) {
    WaitForNews(forked);
    if (forked.out.overflowed || forked.err.overflowed) return EndReason::kOutput;
    if (forked.ended) return EndReason::kProgramEnded;
    if (NowUs() - forked.begin_us > forked.request.wall_us) return EndReason::kWall;
    if (NowUs() < next_look) continue;
    const EndReason reason =
        ExceededLimit(forked.service.spec, limits, forked.earlier_cpu_us, forked.report.peak_bytes);
    if (reason != EndReason::kProgramEnded) return reason;
    next_look = NowUs() + kTickMs * 1000;
  }
}

/// What is still in the pipe of a program whose processes are all gone.
void Drain(Stream& stream) {
  while (stream.from >= 0) {
    if (stream.ReadSome() || stream.from < 0) continue;
    pollfd wait{stream.from, POLLIN, 0};
    if (poll(&wait, 1, kDrainLimitMs) <= 0) GiveUp();
  }
}

Report RunForked(Service& service, const Request& request) {
  Forked forked{service, request};
  forked.earlier_cpu_us = EndedChildrenCpuUs();
  Start(forked);
  Report& report = forked.report;
  report.reason = Watch(forked);
  report.wall_us = NowUs() - forked.begin_us;
  if (!KillOthers(NoteEnd, &forked)) GiveUp();
  Drain(forked.out);
  Drain(forked.err);
  const bool overflowed = forked.out.overflowed || forked.err.overflowed;
  if (overflowed) report.reason = EndReason::kOutput;
  report.truncated = overflowed ? 1 : 0;
  report.cpu_us = EndedChildrenCpuUs() - forked.earlier_cpu_us;
  if (report.reason == EndReason::kProgramEnded)
    report.files = CollectFiles(service.spec.work_folder, request.collect, service.spec.collect_bytes);
  return report;
}

bool ReadWhole(int fd, char* to, size_t size) {
  while (size > 0) {
    const ssize_t n = read(fd, to, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

/// Nothing of one program is left for the next.
void CleanUp(const Spec& spec) {
  if (!EmptyFolder("/tmp") || !EmptyFolder("/dev/shm")) GiveUp();
  if (mkdir(spec.work_folder.c_str(), 0755) != 0) GiveUp();
}

}  // namespace

void GiveUp() { _exit(1); }

bool ReadRequest(Request& request) {
  uint64_t size = 0;
  if (!ReadWhole(kControlFd, reinterpret_cast<char*>(&size), sizeof(size))) return false;
  if (size > kMostRequestBytes) GiveUp();
  std::string bytes(size, '\0');
  return ReadWhole(kControlFd, bytes.data(), size) && Request::Decode(bytes, request);
}

void SendAnswer(const Report& report) {
  const std::string bytes = report.Encode();
  Writer head;
  head.Number(bytes.size());
  WriteAll(kReportFd, head.bytes());
  WriteAll(kReportFd, bytes);
}

void Serve(const Spec& spec) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) GiveUp();
  Service service{spec, 0, ends[0], ListenForChildren()};
  service.resident = StartProgram(spec, ends[1]);
  close(ends[1]);
  SpareProcess(service.resident);
  if (ForkedPid(service.socket) != service.resident) GiveUp();
  CleanUp(spec);  // the resident has read its own files
  for (Request request; ReadRequest(request); request = {}) {
    SendAnswer(RunForked(service, request));
    CleanUp(spec);
  }
  GiveUp();
}

}  // namespace espalier::sandbox
