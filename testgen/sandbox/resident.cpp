#include "testgen/sandbox/resident.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace espalier::sandbox {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStartLimit{15'000};  // for bubblewrap and the interpreter
constexpr milliseconds kGrace{20'000};       // for process 1, beyond what the program may take
constexpr int kTickMs = 20;                  // between two looks at the cancel token
constexpr uint64_t kMostAnswerBytes = uint64_t{1} << 30;

Verdict VerdictOf(const Report& report, const Request& request) {
  const int status = static_cast<int>(report.wait_status);
  switch (report.reason) {
    case EndReason::kOutput:
    case EndReason::kFiles:
      return Verdict::kOutputLimit;
    case EndReason::kMemory:
      return Verdict::kMemoryLimit;
    case EndReason::kWall:
    case EndReason::kCpu:
      return Verdict::kTimedOut;
    default:
      break;
  }
  if (report.cpu_us > request.cpu_us) return Verdict::kTimedOut;
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGXCPU ? Verdict::kTimedOut : Verdict::kSignalled;
  return WEXITSTATUS(status) == 0 ? Verdict::kOk : Verdict::kRuntimeError;
}

SandboxOutcome OutcomeOf(Report report, const Request& request) {
  SandboxOutcome outcome;
  outcome.verdict = VerdictOf(report, request);
  outcome.out = std::move(report.out);
  outcome.err = std::move(report.err);
  outcome.truncated = report.truncated != 0;
  FillFrom(std::move(report), outcome);
  return outcome;
}

/// Appends what can be read now; false at the end.
bool ReadSome(int fd, std::string& bytes) {
  std::array<char, 1 << 16> buffer{};
  const ssize_t n = ::read(fd, buffer.data(), buffer.size());
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  bytes.append(buffer.data(), static_cast<size_t>(n));
  return n > 0;
}

/// The length that an answer begins with; 0 when it has not come yet.
uint64_t AnswerBytes(const std::string& bytes) {
  return bytes.size() < sizeof(uint64_t) ? 0 : Reader(bytes).Number();
}

}  // namespace

Result<Resident> Resident::Start(const SandboxPolicy& policy, const SandboxRun& run, SandboxLife life) {
  ESPALIER_ASSIGN_OR_RETURN(SandboxProcess process, StartProcess(policy, run, life));
  Resident resident(std::move(process));
  pollfd wait{resident.process_.report.get(), POLLIN, 0};
  char stands = 0;
  const bool heard = ::poll(&wait, 1, static_cast<int>(kStartLimit.count())) == 1 &&
                     ::read(resident.process_.report.get(), &stands, 1) == 1;
  if (heard && stands == 'S') return resident;
  return Fail(ErrorCode::kUnavailable, "the sandbox of a resident interpreter did not start");
}

Resident::~Resident() { End(); }

void Resident::End() {
  if (!alive()) return;
  process_.control.Close();
  const Descriptor ended(static_cast<int>(syscall(SYS_pidfd_open, process_.pid, 0)));
  pollfd wait{ended.get(), POLLIN, 0};
  constexpr int kStopLimitMs = 3'000;
  if (::poll(&wait, 1, kStopLimitMs) == 0) ::kill(process_.pid, SIGKILL);
  while (::waitpid(process_.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool Resident::Send(const std::string& bytes) {
  std::string_view left = bytes;
  while (!left.empty()) {
    const ssize_t n = ::send(process_.control.get(), left.data(), left.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    left.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

std::string Resident::Receive(milliseconds most, const CancelToken& cancel) {
  const auto deadline = Clock::now() + most;
  const int fd = process_.report.get();
  std::string bytes;
  while (!cancel.stop_requested() && Clock::now() < deadline) {
    pollfd wait{fd, POLLIN, 0};
    if (::poll(&wait, 1, kTickMs) <= 0) continue;
    if (!ReadSome(fd, bytes)) return {};
    const uint64_t size = AnswerBytes(bytes);
    if (size > kMostAnswerBytes) return {};
    if (size > 0 && bytes.size() >= sizeof(size) + size) return bytes.substr(sizeof(size));
  }
  return {};
}

Result<std::optional<SandboxOutcome>> Resident::Ask(const Request& request, const CancelToken& cancel) {
  const std::string body = request.Encode();
  Writer head;
  head.Number(body.size());
  const milliseconds most =
      std::chrono::duration_cast<milliseconds>(std::chrono::microseconds(request.wall_us)) + kGrace;
  Report report;
  const bool answered = Send(head.bytes()) && Send(body) && Report::Decode(Receive(most, cancel), report);
  const bool out_of_memory = process_.group.RanOutOfMemory();
  if (!answered || out_of_memory) End();
  ESPALIER_RETURN_IF_ERROR(cancel.Check());
  if (!answered) return std::nullopt;
  if (out_of_memory) report.reason = EndReason::kMemory;
  SandboxOutcome outcome = OutcomeOf(std::move(report), request);
  outcome.mechanisms = process_.mechanisms;
  return outcome;
}

}  // namespace espalier::sandbox
