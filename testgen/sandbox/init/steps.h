// The inner program: a static executable that the library carries with it. It is started twice in a run.
// First outside ("launch"), where it joins control groups, gives up root and becomes bubblewrap. Then inside
// ("supervise"), as process 1 of the new pid namespace: it lays the files, starts the program, watches it and
// reports. Nothing inside can signal, trace or read it: process 1 ignores foreign signals, it is not
// dumpable, and the seccomp filter and Landlock are set only in its child.
//
// A failure before the program runs ends everything with a report (Die).
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

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
/// Inside: the program is a resident that forks; serves requests until the control socket closes. When
/// something is not as it should be, it exits without an answer: the library then starts another.
[[noreturn]] void Serve(const Spec& spec);
/// The same where the program does the requests itself: each is a line of its arguments, with zero bytes
/// between them, on standard input; its answer is "STATUS BYTES\n" and that many bytes. An answer says that
/// it is ready.
[[noreturn]] void ServeWorker(const Spec& spec);
/// For both: exits without an answer. Everything else in the namespace goes with process 1.
[[noreturn]] void GiveUp();
/// The next request; false when the library has closed the control socket.
bool ReadRequest(Request& request);
void SendAnswer(const Report& report);

uint64_t NowUs();
/// A descriptor that can be read when a child has ended.
int ListenForChildren();
/// Starts the program and waits until it has become it; it gets `handed` as descriptor 3, a worker as 0 and
/// 1, unless that is -1. Reports and exits when it cannot.
pid_t StartProgram(const Spec& spec, int handed);
/// Processor time of all children that were waited for.
uint64_t EndedChildrenCpuUs();
/// Looks at all processes together: which limit they exceed, or kProgramEnded. `earlier_cpu_us` does not
/// count.
EndReason ExceededLimit(const Spec& spec, const Limits& limits, uint64_t earlier_cpu_us,
                        uint64_t& peak_bytes);

/// In the child: limits, no new privileges, Landlock, seccomp. Returns what failed, or empty.
std::string Confine(const Spec& spec);

/// Does the descriptor refer to a folder?
bool IsFolder(int fd);

void LayFiles(const std::string& folder, const std::vector<InnerFile>& files);
std::vector<InnerFile> CollectFiles(const std::string& folder, const std::vector<std::string>& paths,
                                    uint64_t most_bytes);
/// Removes everything below a folder of the sandbox; false when something is left.
bool EmptyFolder(const char* folder);
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
/// The resident, which does not count among the processes below (but KillTree ends it too).
void SpareProcess(pid_t pid);
/// Kills all processes but the spared one and waits for them; false when some are left, or that one is gone.
bool KillOthers(void (*on_end)(pid_t, int, const rusage&, void*), void* context);
/// Kills all processes under this one and waits for them. `on_end` hears of each.
void KillTree(void (*on_end)(pid_t, int, void*), void* context);

}  // namespace espalier::sandbox
