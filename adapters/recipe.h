// How programs of a language are built and run: commands and facts, no code. testgen/program.h follows them,
// inside the sandbox; nothing here runs anything.
//
// In commands and variables, these stand for something:
//   {main}      the file in which the program begins           {stem}     its name without the extension
//   {sources}   (a word alone) all files of the language       {heap_mb}  MiB a runtime may use for its heap
//   {warm}      the folder that `warm_command` made; a word or variable with it is left out where there is
//   none
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "adapters/diagnostics.h"

namespace espalier {

/// A file that a command expects beside the program.
struct RecipeFile {
  std::string_view path;
  std::string_view content;
};

struct Recipe {
  std::string_view main_file = {};  ///< where a program begins unless it says otherwise: "main.py"
  /// Programs that must be on PATH, and how to get them when they are not.
  std::span<const std::string_view> tools = {};
  std::string_view install_hint = {};

  std::span<const std::string_view> build = {};  ///< the compiler's command; empty: nothing to build
  /// What the compiler makes and the program needs to run; a name that ends in "/" is a folder.
  std::span<const std::string_view> products = {};
  std::span<const RecipeFile> build_files = {};
  std::span<const std::string_view> run = {};  ///< the program's command; its own arguments follow

  std::span<const std::string_view> environment = {};  ///< "NAME=value"; of equal names the first counts
  uint32_t extra_processes = 0;     ///< threads of the runtime itself, beside those of the program
  uint64_t runtime_bytes = 0;       ///< memory of the runtime itself, beside that of the program
  uint64_t build_bytes = 1u << 30;  ///< memory of the compiler

  /// Run once on a machine, with the result kept: what makes builds faster, in the folder "warm/".
  std::span<const std::string_view> warm_command = {};
  std::span<const RecipeFile> warm_files = {};
  std::string_view warm_when = {};  ///< only for programs that hold this text; empty: for all

  /// A resident interpreter that forks a child for each program; empty: there is none. It is started with a
  /// SOCK_SEQPACKET socket as descriptor 3 and writes its process id when it is ready. A message is
  /// "SECONDS\0FOLDER\0MAIN\0ARGUMENT..." with three descriptors: standard input, output and error. The
  /// child, which must be orphaned, answers with its process id, then enters the folder, limits its processor
  /// time and goes on as `run` would.
  std::span<const std::string_view> fork_server = {};
  RecipeFile fork_server_file = {};

  /// A resident compiler, for languages whose compiler runs nothing of the program; empty: there is none. See
  /// ServeWorker (testgen/sandbox/init/steps.h) for how it is asked; the words of a task are
  /// `compile_arguments`.
  std::span<const std::string_view> compile_server = {};
  RecipeFile compile_server_file = {};
  std::span<const std::string_view> compile_arguments = {};

  CompilerFormat compiler = {};
  CrashFormat crash = {};
  /// Codes with which an interpreter says that a file does not parse: a compile error, where nothing of the
  /// program has run.
  std::span<const std::string_view> syntax_errors = {};
};

}  // namespace espalier
