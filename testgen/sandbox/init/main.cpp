// See steps.h.
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "testgen/sandbox/init/steps.h"

namespace espalier::sandbox {

void WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // the other end is gone, and so is who wanted to know
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void SendReport(const Report& report) { WriteAll(kReportFd, report.Encode()); }

void Die(const std::string& what) {
  Report report;
  report.reason = EndReason::kCannotStart;
  report.failure = what + ": " + std::strerror(errno);
  SendReport(report);
  _exit(1);
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

namespace {

Spec ReadSpec() {
  struct stat status {};
  if (fstat(kSpecFd, &status) != 0) _exit(2);
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t n = pread(kSpecFd, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (n <= 0) _exit(2);
    at += static_cast<size_t>(n);
  }
  return Spec::Decode(bytes);
}

/// From here on nobody else may look into this process, and the program inherits none of its descriptors.
void Seal() {
  if (prctl(PR_SET_DUMPABLE, 0) != 0) Die("cannot protect the sandbox's own process");
  if (syscall(SYS_close_range, kSpecFd, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  constexpr int kMostDescriptors = 1024;  // Linux before 5.11
  for (int fd = kSpecFd; fd < kMostDescriptors; ++fd) fcntl(fd, F_SETFD, FD_CLOEXEC);
}

}  // namespace
}  // namespace espalier::sandbox

int main(int argc, char** argv) {
  using namespace espalier::sandbox;  // NOLINT(google-build-using-namespace): main() is outside
  const Spec spec = ReadSpec();
  if (argc > 1 && std::string_view(argv[1]) == "launch") Launch(spec.launch);
  Seal();
  Supervise(spec);
}
