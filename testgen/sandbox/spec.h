// What the program inside the sandbox is told (Spec) and what it says at the end (Report). See wire.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "testgen/sandbox/wire.h"

namespace espalier::sandbox {

/// Descriptors with which the inner program starts, besides the standard ones.
enum InnerDescriptor : int {
  kSpecFd = 3,     ///< the Spec, a sealed memory file
  kReportFd = 4,   ///< write end: an 'S' when the sandbox stands, then the Report
  kControlFd = 5,  ///< read end of a pipe: when it closes, everything ends
  kImageFd = 6,    ///< the inner program itself
};

/// What Landlock lets a process do below a path.
enum class PathAccess : uint64_t {
  kRead,
  kUse,
  kWrite
};  ///< read and execute; also write; also make and remove

struct PathRule {
  std::string path;
  PathAccess access = PathAccess::kRead;
};

struct Limits {
  uint64_t cpu_us = 0;
  uint64_t memory_bytes = 0;
  uint64_t data_bytes = 0;  ///< private memory of one process, RLIMIT_DATA; 0 = no such limit
  uint64_t file_bytes = 0;
  uint64_t work_files = 0;
  uint64_t processes = 0;
  uint64_t stack_bytes = 0;
  uint64_t open_files = 0;
};

struct InnerFile {
  std::string path;
  std::string content;
  uint64_t executable = 0;
};

/// What becomes of the program.
enum class SandboxLife : uint64_t {
  kOneRun,
  kForks,   ///< it stays; each Request is run in a fork of it (init/serve.cpp)
  kWorker,  ///< it stays and does each Request itself (init/serve_worker.cpp)
};

/// Before bubblewrap: what needs the rights of the caller.
struct LaunchSpec {
  std::vector<std::string> group_files;  ///< cgroup.procs files to join
  std::vector<std::string> staged;       ///< sources that root shows to the unprivileged user it becomes ...
  std::string stage;                 ///< ... below this folder, as "0", "1", ...; empty: nothing is staged
  uint64_t become_user = 0;          ///< user and group id to become; 0: stay
  std::vector<std::string> command;  ///< bubblewrap's argv; empty: go on without it
};

struct Spec {
  LaunchSpec launch;
  std::vector<std::string> arguments, environment, collect;
  std::vector<InnerFile> files;
  std::string work_folder;
  std::string filter;  ///< struct sock_filter[] of the seccomp filter
  std::vector<PathRule> paths;
  uint64_t landlock_abi = 0;  ///< 0: no Landlock
  uint64_t collect_bytes = 0;
  Limits limits;
  SandboxLife life = SandboxLife::kOneRun;

  std::string Encode() const;
  static Spec Decode(std::string_view bytes);
};

/// Why the inner program ended the run.
enum class EndReason : uint64_t {
  kProgramEnded,
  kStopped,
  kCpu,
  kMemory,
  kFiles,
  kCannotStart,
  kWall,
  kOutput
};

struct Report {
  EndReason reason = EndReason::kStopped;
  uint64_t wait_status = 0;  ///< as waitpid gives it
  uint64_t wall_us = 0, cpu_us = 0, peak_bytes = 0;
  std::string failure;  ///< for kCannotStart
  std::vector<InnerFile> files;
  std::string out, err;    ///< of a served request: process 1 reads them itself
  uint64_t truncated = 0;  ///< there was more of them

  std::string Encode() const;
  /// False when `bytes` are no whole report.
  static bool Decode(std::string_view bytes, Report& report);
};

/// A program for a resident to run. Requests and their Reports travel with their length before them, as a
/// Number.
struct Request {
  std::vector<std::string> arguments;  ///< the main file, then what it is given
  std::string input;
  std::vector<InnerFile> files;
  std::vector<std::string> collect;
  uint64_t wall_us = 0, cpu_us = 0, memory_bytes = 0, output_bytes = 0;

  std::string Encode() const;
  static bool Decode(std::string_view bytes, Request& request);
};

}  // namespace espalier::sandbox
