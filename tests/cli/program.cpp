#include "tests/cli/program.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>

namespace espalier {
namespace {

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

ProgramWorld::ProgramWorld() {
  environment_ = {{"HOME", (folder_.path() / "home").string()},
                  {"PATH", getenv("PATH")},
                  {"LC_ALL", "C.UTF-8"},
                  {"ESPALIER_MODELS", (folder_.path() / "models").string()}};
  std::filesystem::create_directories(folder_.path() / "home");
  std::filesystem::create_directories(folder_.path() / "work");
}

ProgramOutput ProgramWorld::Run(const std::vector<std::string>& arguments, const std::string& input) const {
  std::string command = "\"$espalier\"";
  for (const std::string& argument : arguments) command += " " + Quoted(argument);
  return RunShell(command, input);
}

ProgramOutput ProgramWorld::RunShell(const std::string& command, const std::string& input) const {
  folder_.Write("in", input);
  folder_.Write("command", command);
  const auto file = [&](const char* name) { return Quoted((folder_.path() / name).string()); };
  std::string line = "cd " + file("work") + " && env -i espalier=" + Quoted(ESPALIER_BINARY_DIR "/espalier");
  for (const auto& [name, value] : environment_) line += " " + name + "=" + Quoted(value);
  line += " bash " + file("command") + " < " + file("in") + " > " + file("out") + " 2> " + file("err");
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          TemporaryFolder::Read(folder_.path() / "out"), TemporaryFolder::Read(folder_.path() / "err")};
}

std::filesystem::path ProgramWorld::TinyModel() {
  return std::filesystem::path(ESPALIER_SOURCE_DIR) / "tests/data/tiny/qwen2-k.gguf";
}

size_t LineCount(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace espalier
