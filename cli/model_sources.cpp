#include "cli/model_sources.h"

#include <fmt/format.h>

#include <string>
#include <system_error>

#include "cli/machine.h"
#include "cli/package_parts.h"
#include "cli/subprocess.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;

std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const size_t line = text.rfind('\n');
  return line == std::string::npos ? text : text.substr(line + 1);
}

}  // namespace

fs::path FindHubClient() {
  const fs::path client = FindProgram("hf");
  return client.empty() ? FindProgram("huggingface-cli") : client;
}

Result<fs::path> FetchFromHub(const KnownModel& model, const fs::path& folder, const ByteProgress& progress,
                              const CancelToken& cancel) {
  const fs::path client = FindHubClient();
  if (client.empty()) return Fail(ErrorCode::kNotFound, "no hub client (hf or huggingface-cli) is on PATH");
  const fs::path target = folder / "hub";
  const auto tick = [&] {
    if (progress) progress(FolderBytes(target));
  };
  const ProgramCall call{.arguments = {client, "download", std::string(model.hub_repository),
                                       std::string(model.file_name), "--local-dir", target},
                         .environment = {},
                         .on_tick = tick};
  ESPALIER_ASSIGN_OR_RETURN(const ProgramResult result, RunProgram(call, cancel));
  const fs::path file = target / model.file_name;
  std::error_code ignored;
  if (result.exit_code == 0 && fs::exists(file, ignored)) return file;
  return Fail(ErrorCode::kUnavailable,
              fmt::format("{} could not fetch {} from {}: {}", client.filename().string(), model.file_name,
                          model.hub_repository, LastLine(result.error_tail)));
}

}  // namespace espalier
