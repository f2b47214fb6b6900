// Programs of eight languages, built and run in the sandbox: what a compiler or a crash said comes back as
// diagnostics, what was built is kept.
//
//   Workshop workshop({});
//   auto build = workshop.Build({.language = Language::kCpp, .files = {{"main.cpp", text}}}, cancel);
//   if ((*build)->verdict == Verdict::kOk) {
//     auto outcome = workshop.Run(**build, {.input = "1 2\n"}, cancel);   // any number of times
//   }
//
// How a language is built and run is a recipe of its adapter (adapters/recipe.h). Python programs run in
// forks of a resident interpreter (testgen/resident_pool.h) unless a run asks for a fresh one.
//
// A Workshop is thread-safe: builds and runs go side by side. A Build is immutable.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "adapters/diagnostics.h"
#include "base/cancellation.h"
#include "base/result.h"
#include "grammar/syntax.h"
#include "testgen/sandbox.h"

namespace espalier {

struct Program {
  Language language = Language::kPython;
  std::vector<SandboxFile> files;  ///< all sources are built together; others lie beside them in a run
  std::string main = {};           ///< where it begins; empty: the language's usual name ("main.py")
};

/// A program that was built, or what the compiler said about it.
struct ProgramBuild {
  Language language = Language::kPython;
  /// kOk; kCompileError; or what became of the compiler itself (kTimedOut, kMemoryLimit, ...).
  Verdict verdict = Verdict::kSandboxFailure;
  std::vector<Diagnostic> diagnostics;  ///< errors, and warnings of a build that succeeded
  std::string log;                      ///< all that the compiler wrote
  std::chrono::microseconds wall{0};    ///< that it took; 0 where nothing is compiled
  std::vector<SandboxFile> files;       ///< what a run needs
  std::vector<std::string> names;       ///< of the program's own files
  std::string main;
};

struct ProgramLimits {
  std::chrono::milliseconds wall{10'000};
  std::chrono::milliseconds cpu{10'000};
  uint64_t memory_bytes = uint64_t{512} << 20;  ///< of the program, without its language's runtime
  uint64_t output_bytes = uint64_t{1} << 20;
};

struct ProgramRun {
  std::string input = {};                   ///< standard input
  std::vector<std::string> arguments = {};  ///< behind the program's own command
  ProgramLimits limits = {};
  std::vector<SandboxFile> files = {};    ///< more files beside the program
  std::vector<std::string> collect = {};  ///< see SandboxRun
  /// In a process that shares nothing with others, not even the seed of Python's hashes.
  bool fresh = false;
};

struct ProgramOutcome {
  /// kCompileError where an interpreter could not parse the program; else see testgen/sandbox.h.
  SandboxOutcome result;
  std::vector<Diagnostic> diagnostics;  ///< why it died, with the innermost place in its own files
  bool warm = false;                    ///< a resident interpreter ran it
};

/// Steps that are no build and no run of a program: those of a test framework.
struct ToolScript {
  std::string_view text;               ///< for sh
  std::vector<std::string> arguments;  ///< "$1", "$2", ...
  std::vector<SandboxFile> files;
  std::vector<std::string> collect;  ///< see SandboxRun; whatever the script's status
};

struct WorkshopOptions {
  SandboxIsolation isolation = SandboxIsolation::kNamespaces;
  std::chrono::milliseconds build_wall{60'000};     ///< also the processor time of a compiler
  uint64_t build_cache_bytes = uint64_t{64} << 20;  ///< what is kept of builds, in memory
  /// Where precompiled headers and the like are kept, made when first needed; empty: not at all.
  std::filesystem::path warm_folder = DefaultWarmFolder();
  unsigned residents = 0;  ///< interpreters and compilers that stay, of a language; 0: one a processor

  /// "espalier/warm" in the user's cache folder; empty when there is none.
  static std::filesystem::path DefaultWarmFolder();
};

class Workshop {
 public:
  explicit Workshop(WorkshopOptions options);
  ~Workshop();

  /// Whether programs of a language can be built and run here. Errors: kNotFound (a tool: which, and how to
  /// get it).
  Status Check(Language language);

  /// Builds a program, or finds it built. One that does not compile is a build with kCompileError, not an
  /// error. Errors: as Check and RunInSandbox; kInvalidArgument when its main file is not among its files.
  Result<std::shared_ptr<const ProgramBuild>> Build(const Program& program, const CancelToken& cancel = {});

  /// Runs what was built. REQUIRES: build.verdict == Verdict::kOk. Errors: as RunInSandbox.
  Result<ProgramOutcome> Run(const ProgramBuild& build, const ProgramRun& run,
                             const CancelToken& cancel = {});

  /// Runs a script with a language's tools and a compiler's limits. Errors: as Build.
  Result<SandboxOutcome> RunScript(Language language, const ToolScript& script,
                                   const CancelToken& cancel = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace espalier
