// What the kernel says about this process's memory, from /proc/self/status. Linux only; a field the
// kernel does not report reads as 0. Stateless, so thread-safe.
#pragma once

#include <cstddef>

namespace espalier {

struct ProcessMemory {
  size_t resident = 0;       ///< bytes now in RAM, mapped files included (VmRSS)
  size_t anonymous = 0;      ///< the part of `resident` that no file backs (RssAnon)
  size_t peak_resident = 0;  ///< largest `resident` so far (VmHWM)
};

ProcessMemory ReadProcessMemory();

}  // namespace espalier
