// What this machine offers: processor, memory, programs. Each function looks when
// it is called and keeps nothing; none of them fails, what cannot be found out is empty or zero.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

struct ProcessorInfo {
  std::string name;                     ///< "AMD EPYC 9B14", may be empty
  uint32_t logical_cores = 0;           ///< that this process may use
  std::vector<std::string> extensions;  ///< of those that matter here: avx2, fma, avx512f, avx512_vnni, ...
};
ProcessorInfo ReadProcessorInfo();

struct MemoryInfo {
  uint64_t total_bytes = 0;
  uint64_t available_bytes = 0;
};
MemoryInfo ReadMemoryInfo();

/// The program's full path as the shell would find it; empty when it is not on PATH.
std::filesystem::path FindProgram(std::string_view name);

/// Is there an NVIDIA device with a driver?
bool HasNvidiaGpu();

}  // namespace espalier
