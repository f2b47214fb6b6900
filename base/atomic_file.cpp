#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace espalier {
namespace {

bool WriteAll(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(file) == 0;
}

Status Refused(const std::filesystem::path& path, int error) {
  return Fail(ErrorCode::kIo,
              "cannot write " + path.string() + ": " + std::generic_category().message(error));
}

}  // namespace

Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content) {
  std::string name = path.string() + ".XXXXXX";
  const int file = mkstemp(name.data());
  if (file < 0) return Refused(path, errno);
  const mode_t mask = umask(0);
  umask(mask);
  const bool written = fchmod(file, 0666 & ~mask) == 0 && WriteAll(file, content);
  const int error = errno;
  close(file);
  if (written && rename(name.c_str(), path.c_str()) == 0) return {};
  const int reason = written ? errno : error;
  unlink(name.c_str());
  return Refused(path, reason);
}

}  // namespace espalier
