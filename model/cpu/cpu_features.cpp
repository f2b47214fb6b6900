// Which backends this processor and operating system can run, and how many threads are useful.
#include <sched.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "model/backend.h"

namespace espalier {
namespace {

constexpr std::pair<BackendKind, std::string_view> kBackendNames[] = {
    {BackendKind::kAuto, "auto"},        {BackendKind::kScalar, "scalar"}, {BackendKind::kAvx2, "avx2"},
    {BackendKind::kAvxVnni, "avx-vnni"}, {BackendKind::kAvx512, "avx512"}, {BackendKind::kCuda, "cuda"}};

// F16C is bit 29 of ECX in CPUID leaf 1; Clang 14 has no name for it at run time.
bool HasAvx2() {
#if defined(__x86_64__)
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx >> 29 & 1) != 0;
#else
  return false;
#endif
}

// AVX-VNNI is bit 4 of EAX in CPUID leaf 7, sub-leaf 1; GCC 12 has no name for it at run time.
bool HasAvxVnni() {
#if defined(__x86_64__)
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return HasAvx2() && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax >> 4 & 1) != 0;
#else
  return false;
#endif
}

bool HasAvx512Vnni() {
#if defined(__x86_64__)
  return HasAvx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

// The lowest-numbered hyper-thread of the core that `cpu` belongs to.
int CoreOf(int cpu) {
  std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list");
  int first = cpu;
  file >> first;
  return file ? first : cpu;
}

}  // namespace

std::vector<BackendKind> AvailableBackends() {
  std::vector<BackendKind> kinds;
  if (HasAvx512Vnni()) kinds.push_back(BackendKind::kAvx512);
  if (HasAvxVnni()) kinds.push_back(BackendKind::kAvxVnni);
  if (HasAvx2()) kinds.push_back(BackendKind::kAvx2);
  kinds.push_back(BackendKind::kScalar);
  return kinds;
}

std::string_view BackendKindName(BackendKind kind) {
  for (const auto& [named, name] : kBackendNames) {
    if (named == kind) return name;
  }
  return "auto";
}

std::optional<BackendKind> BackendKindFromName(std::string_view name) {
  for (const auto& [kind, known] : kBackendNames) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

int DefaultThreads() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }
  std::set<int> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cores.insert(CoreOf(cpu));
  }
  return std::max(1, static_cast<int>(cores.size()));
}

}  // namespace espalier
