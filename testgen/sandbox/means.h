// What this machine offers the sandbox, looked for when called.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace espalier::sandbox {

/// The full path of a program, as the shell would find it on this process's PATH; empty when there is none.
std::string FindOnPath(const std::string& name);

/// What a program prints on standard output, run in "/" with standard error thrown away; empty when it cannot
/// be run or does not come to an end within a few seconds.
std::string OutputOf(const std::vector<std::string>& arguments);

struct Bubblewrap {
  std::string path;                 ///< empty: not installed
  bool can_limit_size = false;      ///< --size, since 0.5; without it a tmpfs takes half of the memory
  bool can_disable_userns = false;  ///< --disable-userns, since 0.8; the seccomp filter says the same
};
Bubblewrap FindBubblewrap();

/// The kernel's Landlock ABI, 0 without Landlock.
uint64_t LandlockAbi();
/// Can system calls be filtered here?
bool HasSeccomp();
/// Is this process root in the full sense, so that it may mount and change its user?
bool CanBecomeAnyone();

}  // namespace espalier::sandbox
