#include "testgen/sandbox/descriptor.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace espalier::sandbox {
namespace {

constexpr int kLowestFd = 20;           // above what a child starts with
constexpr unsigned kExecutable = 0x10;  // MFD_EXEC, Linux 6.3; older kernels know no other kind

Result<Descriptor> OutOfTheWay(int fd) {
  if (fd < 0) return Fail(IoError("cannot make a descriptor"));
  const Descriptor low(fd);
  Descriptor high(fcntl(fd, F_DUPFD_CLOEXEC, kLowestFd));
  if (!high.open()) return Fail(IoError("cannot make a descriptor"));
  return high;
}

int CreateMemoryFile(const char* name, bool executable) {
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const int fd = executable ? memfd_create(name, kFlags | kExecutable) : -1;
  return fd >= 0 ? fd : memfd_create(name, kFlags);
}

Status WriteWhole(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Fail(IoError("cannot write a memory file"));
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

}  // namespace

void Descriptor::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<Pipe> MakePipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Fail(IoError("cannot make a pipe"));
  Pipe pipe;
  auto read = OutOfTheWay(ends[0]), write = OutOfTheWay(ends[1]);
  ESPALIER_ASSIGN_OR_RETURN(pipe.read, std::move(read));
  ESPALIER_ASSIGN_OR_RETURN(pipe.write, std::move(write));
  return pipe;
}

Result<SocketPair> MakeSocketPair() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return Fail(IoError("cannot make a socket"));
  SocketPair pair;
  auto ours = OutOfTheWay(ends[0]), theirs = OutOfTheWay(ends[1]);
  ESPALIER_ASSIGN_OR_RETURN(pair.ours, std::move(ours));
  ESPALIER_ASSIGN_OR_RETURN(pair.theirs, std::move(theirs));
  return pair;
}

Result<Descriptor> MakeMemoryFile(const char* name, std::string_view bytes, bool executable) {
  ESPALIER_ASSIGN_OR_RETURN(Descriptor file, OutOfTheWay(CreateMemoryFile(name, executable)));
  ESPALIER_RETURN_IF_ERROR(WriteWhole(file.get(), bytes));
  if (lseek(file.get(), 0, SEEK_SET) != 0 ||
      fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return Fail(IoError("cannot seal a memory file"));
  return file;
}

Error IoError(std::string_view what) {
  return {ErrorCode::kIo, std::string(what) + ": " + std::strerror(errno)};
}

}  // namespace espalier::sandbox
