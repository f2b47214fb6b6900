#include "cli/machine.h"

#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>

namespace espalier {
namespace {

namespace fs = std::filesystem;

/// The text after "key:" (or "key<tab>:") on the first line of `file` that begins so.
std::string FieldOf(const char* file, std::string_view key) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (!std::string_view(line).starts_with(key)) continue;
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const size_t value = line.find_first_not_of(" \t", colon + 1);
    return value == std::string::npos ? std::string() : line.substr(value);
  }
  return {};
}

/// A field in kB, as /proc prints memory.
uint64_t KilobytesOf(const char* file, std::string_view key) {
  constexpr uint64_t kKibibyte = 1024;
  return std::strtoull(FieldOf(file, key).c_str(), nullptr, 10) * kKibibyte;
}

}  // namespace

ProcessorInfo ReadProcessorInfo() {
  constexpr std::array<std::string_view, 8> kRelevant = {
      "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "amx_int8"};
  ProcessorInfo info;
  info.name = FieldOf("/proc/cpuinfo", "model name");
  cpu_set_t allowed;
  info.logical_cores =
      sched_getaffinity(0, sizeof(allowed), &allowed) == 0 ? static_cast<uint32_t>(CPU_COUNT(&allowed)) : 1;
  const std::string flags = " " + FieldOf("/proc/cpuinfo", "flags") + " ";
  for (const std::string_view name : kRelevant) {
    if (flags.find(" " + std::string(name) + " ") != std::string::npos) info.extensions.emplace_back(name);
  }
  return info;
}

MemoryInfo ReadMemoryInfo() {
  return {KilobytesOf("/proc/meminfo", "MemTotal"), KilobytesOf("/proc/meminfo", "MemAvailable")};
}

fs::path FindProgram(std::string_view name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    fs::path candidate = fs::path(folder.empty() ? "." : folder) / name;
    std::error_code ignored;
    if (access(candidate.c_str(), X_OK) == 0 && !fs::is_directory(candidate, ignored)) return candidate;
  }
  return {};
}

bool HasNvidiaGpu() {
  std::error_code ignored;
  return fs::exists("/proc/driver/nvidia/version", ignored);
}

}  // namespace espalier
