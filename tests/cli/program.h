// Runs the espalier program of this build in a world of its own: an empty home, an empty model folder,
// no settings from outside.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace espalier {

struct ProgramOutput {
  int exit_code = -1;
  std::string out;
  std::string err;
};

class ProgramWorld {
 public:
  ProgramWorld();

  /// `input` is what the program reads on standard input.
  ProgramOutput Run(const std::vector<std::string>& arguments, const std::string& input = "") const;
  /// Runs a shell command in the same world, with $espalier as the program.
  ProgramOutput RunShell(const std::string& command, const std::string& input = "") const;

  const TemporaryFolder& folder() const { return folder_; }
  std::map<std::string, std::string>& environment() { return environment_; }

  /// A tiny random model that understands FIM and chat prompts.
  static std::filesystem::path TinyModel();

 private:
  TemporaryFolder folder_;
  std::map<std::string, std::string> environment_;
};

/// Lines of `text`, for "one clear line".
size_t LineCount(const std::string& text);

}  // namespace espalier
