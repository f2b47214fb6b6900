// Control groups: a bound on the memory and the number of processes of a whole run that the kernel itself
// enforces. They can be used by root (version 1 or 2), or where a part of the hierarchy is delegated to the
// user (version 2, as systemd does). Nothing depends on them: without, memory is watched from process 1.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace espalier::sandbox {

/// Where groups can be made. Looked for when called.
struct ControlGroupRoots {
  int version = 0;               ///< 0: none
  std::filesystem::path memory;  ///< the folder below which a group is made
  std::filesystem::path pids;    ///< the same in version 2
};
ControlGroupRoots FindControlGroups();

/// One group for one run, removed with its owner (which must outlive the processes in it).
class ControlGroup {
 public:
  ControlGroup() = default;
  /// Empty when it cannot be made.
  static ControlGroup Make(const ControlGroupRoots& roots, uint64_t memory_bytes, uint64_t processes);
  ControlGroup(ControlGroup&& other) noexcept;
  ControlGroup& operator=(ControlGroup&& other) noexcept;
  ~ControlGroup();

  bool active() const { return version_ != 0; }
  int version() const { return version_; }
  /// The files to which a process writes "0" to join.
  std::vector<std::string> JoinFiles() const;
  /// Did the kernel kill a process of the group for memory?
  bool RanOutOfMemory() const;
  /// The most memory that was in use at one time, bytes; 0 when unknown.
  uint64_t PeakBytes() const;

 private:
  bool SetLimits(uint64_t memory_bytes, uint64_t processes) const;

  int version_ = 0;
  std::filesystem::path memory_, pids_;  // pids_ is empty in version 2
};

}  // namespace espalier::sandbox
