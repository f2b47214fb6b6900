// Runs a program that nobody trusts (a model wrote it) and says how it went.
//
//   SandboxRun run;
//   run.arguments = {"python3", "main.py"};
//   run.files = {{.path = "main.py", .content = text}};
//   auto outcome = RunInSandbox(policy, run, cancel);   // outcome->verdict == Verdict::kOk?
//
// What the program gets: the system's folders (/usr and what belongs to it) and the folders that the policy
// names, read-only; a work folder in memory that vanishes with it; no network, no home, no other process, no
// variables of the caller's environment. What it may use up is limited, for it and all its children together.
// When RunInSandbox returns, none of its processes is left, and nothing of it on disk.
//
// How: bubblewrap makes user, pid, network, ipc, uts and mount namespaces; inside, a small program of ours
// (testgen/sandbox/init/) is process 1, sets Landlock, a seccomp filter and resource limits, starts the
// program, watches it and reports. Where control groups can be written (as root, or delegated), they bound
// memory and processes too. testgen/README.md says what each layer stops.
//
// Thread-safe: any number of runs at once. The thread that calls waits until the run is over.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"

namespace espalier {

/// How a run went. The words are those of the `isolate` sandbox, as far as it has one.
enum class Verdict {
  kOk,              ///< OK: ended with exit status 0
  kRuntimeError,    ///< RE: ended with another exit status
  kSignalled,       ///< SG: a signal ended it (a crash, abort(), a file beyond its limit)
  kTimedOut,        ///< TO: wall clock or processor time ran out
  kOutputLimit,     ///< OL: wrote too much to standard output or error, or made too many files
  kMemoryLimit,     ///< ML: used too much memory
  kCompileError,    ///< CE: never given here; for callers whose run was a compiler that said no
  kSandboxFailure,  ///< XX: the program could not be run; `failure` says why
};

/// "OK", "RE", ...
std::string_view VerdictName(Verdict verdict);

/// What keeps the program from the rest of the machine.
enum class SandboxIsolation {
  kNamespaces,     ///< bubblewrap and user namespaces, or refuse to run anything
  kBestAvailable,  ///< namespaces, and only where there are none what kLandlock means
  /// The weaker form, without bubblewrap: Landlock, seccomp and limits. The work folder is one on disk whose
  /// size is not limited, and daemons that fork fast enough may outlive the run.
  kLandlock,
};

struct SandboxBind {
  std::filesystem::path source;  ///< file or folder of this machine
  std::filesystem::path target;  ///< absolute path under which the program sees it, read-only
};

/// What a program may see and use up. The defaults fit a small test in any language.
struct SandboxPolicy {
  /// Folders that are seen read-only where they are, beside the system's; their bin/ goes before PATH.
  std::vector<std::filesystem::path> toolchains;
  std::vector<SandboxBind> binds;               ///< more of this machine, elsewhere
  std::chrono::milliseconds wall{10'000};       ///< from the program's start to its end
  std::chrono::milliseconds cpu{10'000};        ///< processor time, of all its processes together
  uint64_t memory_bytes = uint64_t{512} << 20;  ///< of all its processes together
  uint64_t work_bytes = uint64_t{64} << 20;     ///< what the work folder and /tmp hold together
  uint32_t work_files = 1 << 15;                ///< how many files and folders they hold
  uint32_t processes = 64;                      ///< and threads, at one time
  uint64_t output_bytes = uint64_t{1} << 20;    ///< of standard output and of standard error, each
  uint64_t stack_bytes = uint64_t{8} << 20;     ///< of each main thread
  uint32_t open_files = 256;                    ///< descriptors of each process
  SandboxIsolation isolation = SandboxIsolation::kNamespaces;
};

struct SandboxFile {
  std::string path;  ///< relative to the work folder
  std::string content;
  bool executable = false;
};

/// One program to run.
struct SandboxRun {
  std::vector<std::string> arguments;  ///< the first is the program: a path, or a name looked up on its PATH
  std::string input;                   ///< its standard input
  std::vector<SandboxFile> files;      ///< laid into the work folder, where it starts
  std::vector<std::string> environment;  ///< "NAME=value"; PATH, HOME, TMPDIR and LANG are there already
  /// Files of the work folder that come back in the outcome when the program ends by itself, such as what a
  /// compiler made. A name that ends in "/" is a folder with all regular files below it. Missing ones are
  /// left out.
  std::vector<std::string> collect;
};

struct SandboxOutcome {
  Verdict verdict = Verdict::kSandboxFailure;
  int exit_status = 0;                ///< where the verdict is RE, else 0
  int signal = 0;                     ///< that ended it where the verdict is SG, else 0
  std::string out;                    ///< standard output, at most output_bytes
  std::string err;                    ///< standard error, likewise
  bool truncated = false;             ///< there was more of out or err
  std::chrono::microseconds wall{0};  ///< from its start to its end
  std::chrono::microseconds cpu{0};   ///< of all its processes that were waited for
  uint64_t peak_memory_bytes = 0;     ///< highest that was seen; at least that of its largest process
  std::vector<SandboxFile> files;     ///< what `collect` named
  std::vector<std::string>
      mechanisms;       ///< what held it: "namespaces", "seccomp", "landlock", "cgroup-v1", ...
  std::string failure;  ///< for kSandboxFailure: one sentence, what is wrong and what to do
};

/// Runs one program to its end. A program that fails, crashes or exceeds a limit is an outcome, not an error.
/// Errors: kInvalidArgument (the request makes no sense), kNotFound (a folder to bind), kUnavailable (a
/// mechanism is missing here: which, and what to install), kCancelled and kDeadlineExceeded (`cancel`), kIo.
Result<SandboxOutcome> RunInSandbox(const SandboxPolicy& policy, const SandboxRun& run,
                                    const CancelToken& cancel = {});

/// A language tool as a sandboxed program can use it.
struct Toolchain {
  std::filesystem::path program;               ///< the real one, behind shims and links
  std::vector<std::filesystem::path> folders;  ///< for SandboxPolicy::toolchains; may be empty
};

/// Finds `tool` ("python3", "go", "cargo", ...) on PATH and the installation folders it lives in, never a
/// home folder as a whole. Some tools are run once to ask for their folder, outside the sandbox and in "/".
/// Errors: kNotFound.
Result<Toolchain> ToolchainFolders(std::string_view tool);

/// One thing that the sandbox is made of.
struct SandboxMechanism {
  std::string name;  ///< "bubblewrap", "user namespaces", "seccomp", "landlock", "control groups"
  bool present = false;
  bool needed = false;  ///< without it nothing is run, unless the policy accepts the weaker form
  std::string what;     ///< what was found: "0.8.0, /usr/bin/bwrap"
  std::string cost;     ///< what its lack costs and how to mend it; empty when present
};

struct SandboxSupport {
  std::vector<SandboxMechanism> mechanisms;
  bool works = false;   ///< a program was run just now, with the default policy
  std::string failure;  ///< why not
};

/// Looks at what this machine offers, and tries it.
SandboxSupport ProbeSandbox();

}  // namespace espalier
