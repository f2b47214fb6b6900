#include "evals/bench/process_memory.h"

#include <malloc.h>

#include <fstream>
#include <string>

namespace espalier {
namespace {

constexpr size_t kKibibyte = 1024;

}  // namespace

ProcessMemory ReadProcessMemory() {
  ProcessMemory memory;
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string name = line.substr(0, colon);
    size_t* field = name == "VmRSS"     ? &memory.resident
                    : name == "RssAnon" ? &memory.anonymous
                    : name == "VmHWM"   ? &memory.peak_resident
                                        : nullptr;
    if (field != nullptr) *field = std::stoull(line.substr(colon + 1)) * kKibibyte;
  }
  return memory;
}

size_t HeapBytes() {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

}  // namespace espalier
