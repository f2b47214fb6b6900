// The inner program: a static executable that the library carries with it. It is started twice in a run.
// First outside ("launch"), where it joins control groups, gives up root and becomes bubblewrap. Then inside
// ("supervise"), as process 1 of the new pid namespace: it lays the files, starts the program, watches it and
// reports. Nothing inside can signal, trace or read it: process 1 ignores foreign signals, it is not
// dumpable, and the seccomp filter and Landlock are set only in its child.
//
// A failure before the program runs ends everything with a report (Die).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "testgen/sandbox/spec.h"

namespace espalier::sandbox {

/// Reports kCannotStart with `what` and the text of errno, and exits.
[[noreturn]] void Die(const std::string& what);
void SendReport(const Report& report);
void WriteAll(int fd, std::string_view bytes);

/// argv or envp of `texts`, which must outlive it.
std::vector<char*> Pointers(const std::vector<std::string>& texts);

/// Outside: returns only when there is no bubblewrap to become.
void Launch(const LaunchSpec& launch);

/// Inside: runs the program to its end, reports, exits.
[[noreturn]] void Supervise(const Spec& spec);

/// In the child: limits, no new privileges, Landlock, seccomp. Returns what failed, or empty.
std::string Confine(const Spec& spec);

/// Does the descriptor refer to a folder?
bool IsFolder(int fd);

void LayFiles(const Spec& spec);
std::vector<InnerFile> CollectFiles(const Spec& spec);
/// Files and folders below the work folder, where it has a file system of its own; else 0.
uint64_t CountWorkFiles(const Spec& spec);

/// What all processes under this one use now.
struct TreeUse {
  uint64_t memory_bytes = 0;
  uint64_t cpu_us = 0;  ///< without what was waited for
};
TreeUse MeasureTree();
/// As MeasureTree().memory_bytes, but pages that processes share count once. Costs milliseconds.
uint64_t MeasureTreeMemoryExactly();
/// Kills all processes under this one and waits for them. `on_end` hears of each.
void KillTree(void (*on_end)(pid_t, int, void*), void* context);

}  // namespace espalier::sandbox
