#include "testgen/toolbox.h"

#include <unistd.h>

#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "testgen/command_line.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;

size_t IndexOf(const Adapter& adapter) { return static_cast<size_t>(adapter.language); }

/// FNV-1a, 64 bits: names a folder, protects nothing.
class Fingerprint {
 public:
  void Add(std::string_view text) {
    for (const char c : text) Mix(static_cast<unsigned char>(c));
    Mix(0);
  }
  std::string Hex() const {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (int shift = 60; shift >= 0; shift -= 4) hex += kDigits[(state_ >> shift) & 15];
    return hex;
  }

 private:
  void Mix(uint64_t byte) { state_ = (state_ ^ byte) * 0x100000001b3; }
  uint64_t state_ = 0xcbf29ce484222325;
};

/// Changes with the recipe and with the tools: a new compiler makes its own folder.
std::string WarmName(const Adapter& adapter, const Tools& tools) {
  Fingerprint fingerprint;
  for (std::string_view word : adapter.recipe->warm_command) fingerprint.Add(word);
  for (const RecipeFile& file : adapter.recipe->warm_files) fingerprint.Add(file.content);
  for (const fs::path& program : tools.programs) {
    std::error_code ignored;
    fingerprint.Add(program.string());
    fingerprint.Add(std::to_string(fs::file_size(program, ignored)));
    fingerprint.Add(std::to_string(fs::last_write_time(program, ignored).time_since_epoch().count()));
  }
  return std::string(LanguageId(adapter.language)) + "-" + fingerprint.Hex();
}

Status WriteFile(const fs::path& path, const std::string& content) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream stream(path, std::ios::binary);
  stream << content;
  stream.close();
  if (error || !stream) return Fail(ErrorCode::kIo, "cannot write '" + path.string() + "'");
  return {};
}

/// Written beside its place and moved there, so that nobody sees half of it.
Status WriteFolder(const fs::path& folder, const std::vector<SandboxFile>& files) {
  constexpr std::string_view kPrefix = "warm/";
  const fs::path making = folder.string() + ".making-" + std::to_string(::getpid());
  std::error_code error;
  Status written;
  for (const SandboxFile& file : files) {
    if (written) written = WriteFile(making / file.path.substr(kPrefix.size()), file.content);
  }
  if (written) fs::rename(making, folder, error);
  if (!written || error) fs::remove_all(making, error);
  return written;
}

}  // namespace

Result<Tools> Toolbox::Find(const Adapter& adapter) {
  const std::lock_guard lock(mutex_);
  std::optional<Tools>& known = tools_[IndexOf(adapter)];
  if (known) return *known;
  Tools tools;
  for (std::string_view name : adapter.recipe->tools) {
    auto found = ToolchainFolders(name);
    if (!found) {
      return Fail(ErrorCode::kNotFound, "'" + std::string(name) + "' is not on PATH, so " +
                                            std::string(adapter.display_name) + " programs cannot be run; " +
                                            std::string(adapter.recipe->install_hint));
    }
    tools.programs.push_back(std::move(found->program));
    tools.folders.insert(tools.folders.end(), found->folders.begin(), found->folders.end());
  }
  known = tools;
  return tools;
}

Result<fs::path> Toolbox::WarmFolder(const Adapter& adapter, const Tools& tools, const CancelToken& cancel) {
  if (adapter.recipe->warm_command.empty() || warm_root_.empty()) return fs::path();
  const std::lock_guard lock(warm_mutexes_[IndexOf(adapter)]);
  std::optional<fs::path>& known = warm_[IndexOf(adapter)];
  if (known) return *known;
  auto made = MakeWarmFolder(adapter, tools, cancel);
  ESPALIER_RETURN_IF_ERROR(cancel.Check());
  known = made ? *made : fs::path();
  return *known;
}

Result<fs::path> Toolbox::MakeWarmFolder(const Adapter& adapter, const Tools& tools,
                                         const CancelToken& cancel) const {
  fs::path folder = warm_root_ / WarmName(adapter, tools);
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) return folder;
  const Recipe& recipe = *adapter.recipe;
  SandboxPolicy policy;
  policy.isolation = isolation_;
  policy.toolchains = tools.folders;
  policy.wall = policy.cpu = std::chrono::minutes(10);
  policy.memory_bytes = recipe.build_bytes + (uint64_t{1} << 30);  // what is made lies in memory as well
  policy.work_bytes = uint64_t{1} << 30;
  policy.processes = 256;
  SandboxRun run;
  run.arguments = ExpandCommand(recipe.warm_command, {});
  run.environment = ExpandEnvironment(recipe.environment, {});
  for (const RecipeFile& file : recipe.warm_files)
    run.files.push_back({std::string(file.path), std::string(file.content)});
  run.collect = {"warm/"};
  ESPALIER_ASSIGN_OR_RETURN(const SandboxOutcome outcome, RunInSandbox(policy, run, cancel));
  if (outcome.verdict != Verdict::kOk || outcome.files.empty())
    return Fail(ErrorCode::kUnavailable, "cannot prepare builds: " + outcome.err + outcome.failure);
  ESPALIER_RETURN_IF_ERROR(WriteFolder(folder, outcome.files));
  return folder;
}

}  // namespace espalier
