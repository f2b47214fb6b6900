// File descriptors that close with their owner, and small things around them.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace espalier::sandbox {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { Close(); }

  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void Close();

 private:
  int fd_;
};

struct Pipe {
  Descriptor read, write;
};

/// Closed on exec, and numbered high enough not to be in the way of the numbers that a child starts with.
Result<Pipe> MakePipe();
struct SocketPair {
  Descriptor ours, theirs;
};

/// Two ends of a stream, otherwise like the ends of a pipe.
Result<SocketPair> MakeSocketPair();
/// A memory file that holds `bytes` and cannot be changed any more; executable when asked for.
Result<Descriptor> MakeMemoryFile(const char* name, std::string_view bytes, bool executable = false);

/// "cannot ...: reason" from errno.
Error IoError(std::string_view what);

}  // namespace espalier::sandbox
