// Where a language's tools really live. Shims (pyenv, rustup) and links are seen through by asking the tool.
#include <array>
#include <cctype>
#include <string>
#include <system_error>
#include <utility>

#include "testgen/sandbox.h"
#include "testgen/sandbox/means.h"
#include "testgen/sandbox/plan.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;

/// How to ask for the folder that holds bin/NAME.
struct Question {
  std::string_view tool;               ///< "" ends the name as well: python3.11 is asked like python3
  std::vector<std::string> arguments;  ///< behind the tool itself
  std::string_view asked;              ///< another tool that knows; empty: the tool itself
};

const std::vector<Question>& Questions() {
  static const std::vector<Question> questions = {
      {"python", {"-I", "-c", "import sys; print(sys.base_prefix)"}, ""},
      {"go", {"env", "GOROOT"}, ""},
      {"gofmt", {"env", "GOROOT"}, "go"},
      {"cargo", {"--print", "sysroot"}, "rustc"},
      {"rust", {"--print", "sysroot"}, "rustc"},
      {"clippy-driver", {"--print", "sysroot"}, "rustc"},
  };
  return questions;
}

std::string Trimmed(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
  return text;
}

/// The tool behind its links; the path as it is when they lead nowhere.
fs::path Real(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::canonical(path, error);
  return error ? path : real;
}

/// python3 and python3.11 begin with "python"; gofmt is not asked like go.
const Question* QuestionFor(std::string_view tool) {
  for (const Question& question : Questions()) {
    const std::string_view rest = tool.substr(std::min(tool.size(), question.tool.size()));
    const bool is_family = question.tool == "python" || question.tool == "rust";
    if (tool.starts_with(question.tool) && (rest.empty() || is_family)) return &question;
  }
  return nullptr;
}

/// The installation folder, as the tool says; empty when it does not.
fs::path AskedPrefix(const std::string& path, std::string_view tool) {
  const Question* question = QuestionFor(tool);
  if (question == nullptr) return {};
  const std::string asked =
      question->asked.empty() ? path : sandbox::FindOnPath(std::string(question->asked));
  if (asked.empty()) return {};
  std::vector<std::string> command = {asked};
  command.insert(command.end(), question->arguments.begin(), question->arguments.end());
  const fs::path prefix = Trimmed(sandbox::OutputOf(command));
  return prefix.is_absolute() ? prefix : fs::path();
}

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// Debian keeps the configuration of its Java in /etc, with links to it from the installation.
void AddJavaSettings(const fs::path& program, std::vector<fs::path>& folders) {
  if (program.string().find("/jvm/") == std::string::npos) return;
  std::error_code ignored;
  for (fs::directory_iterator entry("/etc", ignored), end; entry != end; entry.increment(ignored)) {
    if (entry->path().filename().string().starts_with("java-")) folders.push_back(entry->path());
  }
}

/// The folder to show for a program that nothing was said about: that of its installation, or the program
/// alone when that would be a home folder.
fs::path FolderOf(const fs::path& program) {
  const fs::path bin = program.parent_path();
  const fs::path prefix = bin.filename() == "bin" ? bin.parent_path() : bin;
  return sandbox::HoldsHome(prefix) ? program : prefix;
}

}  // namespace

Result<Toolchain> ToolchainFolders(std::string_view tool) {
  const std::string path = sandbox::FindOnPath(std::string(tool));
  if (path.empty()) {
    return Fail(ErrorCode::kNotFound, "there is no program '" + std::string(tool) +
                                          "' on PATH; install it, or name it by its full path");
  }
  const std::string name = fs::path(path).filename();
  Toolchain found{Real(path), {}};
  if (const fs::path prefix = AskedPrefix(path, name); Exists(prefix / "bin" / name)) {
    found.program = Real(prefix / "bin" / name);
    if (prefix != "/usr" && !sandbox::HoldsHome(prefix)) found.folders.push_back(prefix);
  }
  AddJavaSettings(found.program, found.folders);
  const bool shown = sandbox::IsInSystemFolders(found.program) || !found.folders.empty();
  if (!shown) found.folders.push_back(FolderOf(found.program));
  return found;
}

}  // namespace espalier
