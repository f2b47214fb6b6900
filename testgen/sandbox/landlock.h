// Landlock as the kernel's documentation describes it (userspace-api/landlock, ABI 1 to 7). Written down here
// because the headers of Debian 12 know ABI 2 only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "testgen/sandbox/spec.h"

namespace espalier::sandbox::landlock {

// System calls, the same number on every architecture.
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr uint32_t kVersionFlag = 1;
constexpr int kPathBeneath = 1;

// Rights on files, LANDLOCK_ACCESS_FS_*.
constexpr uint64_t kExecute = 1 << 0, kWriteFile = 1 << 1, kReadFile = 1 << 2, kReadDir = 1 << 3;
constexpr uint64_t kAllOfAbi1 = (1 << 13) - 1;  // ... up to MAKE_SYM
constexpr uint64_t kRefer = 1 << 13, kTruncate = 1 << 14, kIoctlDev = 1 << 15;
// LANDLOCK_ACCESS_NET_BIND_TCP and _CONNECT_TCP; LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and _SIGNAL.
constexpr uint64_t kAllNetwork = 3, kAllScopes = 3;

struct Ruleset {
  uint64_t files = 0, network = 0, scopes = 0;
};

struct PathBeneath {
  uint64_t rights;
  int32_t folder;
} __attribute__((packed));

/// What a kernel of this ABI can refuse: everything.
inline Ruleset RulesetFor(uint64_t abi) {
  Ruleset set{kAllOfAbi1, 0, 0};
  if (abi >= 2) set.files |= kRefer;
  if (abi >= 3) set.files |= kTruncate;
  if (abi >= 4) set.network = kAllNetwork;
  if (abi >= 5) set.files |= kIoctlDev;
  if (abi >= 6) set.scopes = kAllScopes;
  return set;
}

/// How much of Ruleset a kernel of this ABI knows, in bytes.
inline size_t RulesetSize(uint64_t abi) {
  constexpr size_t kWord = sizeof(uint64_t);
  return abi >= 6 ? 3 * kWord : abi >= 4 ? 2 * kWord : kWord;
}

/// The rights that `access` grants below a path. A rule for a file may name rights on files only.
inline uint64_t Rights(PathAccess access, bool is_folder) {
  constexpr uint64_t kOnFiles = kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDev;
  const uint64_t read = kExecute | kReadFile | kReadDir;
  const uint64_t use = read | kWriteFile | kTruncate | kIoctlDev;
  const uint64_t all = kAllOfAbi1 | kRefer | kTruncate | kIoctlDev;
  const uint64_t wanted = access == PathAccess::kWrite ? all : access == PathAccess::kUse ? use : read;
  return is_folder ? wanted : wanted & kOnFiles;
}

}  // namespace espalier::sandbox::landlock
