// Process 1 with a resident worker, such as a compiler that is loaded: it does each task itself. So only
// programs that run no foreign code may be workers. Whatever goes wrong ends the service without an answer;
// the library then does the task in a sandbox of its own.
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "testgen/sandbox/init/steps.h"

namespace espalier::sandbox {
namespace {

constexpr int kTickMs = 20;
constexpr uint64_t kStartLimitUs = 30'000'000;
constexpr uint64_t kMostLogBytes = uint64_t{4} << 20;

struct WorkerAnswer {
  int status = 0;
  std::string log;
};

/// "STATUS BYTES\n" and as many bytes; false when that is not all there.
bool ParseAnswer(const std::string& bytes, WorkerAnswer& answer) {
  const size_t line_end = bytes.find('\n');
  if (line_end == std::string::npos) return false;
  char* rest = nullptr;
  answer.status = static_cast<int>(std::strtol(bytes.c_str(), &rest, 10));
  const uint64_t size = std::strtoull(rest, nullptr, 10);
  if (bytes.size() < line_end + 1 + size) return false;
  answer.log = bytes.substr(line_end + 1, size);
  return true;
}

/// Waits for the worker's answer; gives up when it takes too long or too much, or the library goes away.
WorkerAnswer Await(const Spec& spec, int worker, uint64_t most_us) {
  const uint64_t begin_us = NowUs();
  uint64_t peak_bytes = 0;
  std::string bytes;
  for (WorkerAnswer answer;;) {
    std::array<pollfd, 2> waits = {{{kControlFd, POLLIN, 0}, {worker, POLLIN, 0}}};
    const int ready = poll(waits.data(), waits.size(), kTickMs);
    if (ready > 0 && waits[0].revents != 0 && most_us != kStartLimitUs) GiveUp();
    if (ready > 0 && waits[1].revents != 0) {
      std::array<char, 1 << 16> buffer{};
      const ssize_t n = read(worker, buffer.data(), buffer.size());
      if (n <= 0 || bytes.size() > kMostLogBytes) GiveUp();
      bytes.append(buffer.data(), static_cast<size_t>(n));
      if (ParseAnswer(bytes, answer)) return answer;
    }
    const bool too_much = ExceededLimit(spec, spec.limits, 0, peak_bytes) != EndReason::kProgramEnded;
    if (NowUs() - begin_us > most_us || too_much) GiveUp();
  }
}

Report Work(const Spec& spec, int worker, const Request& request) {
  LayFiles(spec.work_folder, request.files);
  std::string line;
  for (const std::string& argument : request.arguments)
    line.append(line.empty() ? 0 : 1, '\0').append(argument);
  const uint64_t begin_us = NowUs();
  WriteAll(worker, line + "\n");
  WorkerAnswer answer = Await(spec, worker, request.wall_us);
  constexpr int kExitStatusShift = 8;  // as waitpid() gives it
  Report report;
  report.reason = EndReason::kProgramEnded;
  report.wait_status = static_cast<uint64_t>(answer.status != 0 ? 1 : 0) << kExitStatusShift;
  report.wall_us = NowUs() - begin_us;
  report.err = std::move(answer.log);
  report.files = CollectFiles(spec.work_folder, request.collect, spec.collect_bytes);
  return report;
}

}  // namespace

void ServeWorker(const Spec& spec) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) GiveUp();
  ListenForChildren();
  StartProgram(spec, ends[1]);
  close(ends[1]);
  Await(spec, ends[0], kStartLimitUs);
  for (Request request; EmptyFolder(spec.work_folder.c_str()) && ReadRequest(request); request = {})
    SendAnswer(Work(spec, ends[0], request));
  GiveUp();
}

}  // namespace espalier::sandbox
