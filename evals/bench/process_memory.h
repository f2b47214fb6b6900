// This process's memory: what the kernel says, from /proc/self/status, and what malloc has given out. Linux
// only; what is not known reads as 0. Stateless, so thread-safe.
#pragma once

#include <cstddef>

namespace espalier {

struct ProcessMemory {
  size_t resident = 0;       ///< bytes now in RAM, mapped files included (VmRSS)
  size_t anonymous = 0;      ///< the part of `resident` that no file backs (RssAnon)
  size_t peak_resident = 0;  ///< largest `resident` so far (VmHWM)
};

ProcessMemory ReadProcessMemory();

/// Bytes of malloc that are in use (glibc's malloc; 0 under others).
size_t HeapBytes();

}  // namespace espalier
