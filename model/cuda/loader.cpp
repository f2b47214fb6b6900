#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "model/cuda/plugin.h"

namespace espalier {
namespace {

constexpr const char* kLibrary = "libespalier_cuda.so";

/// $ESPALIER_CUDA_LIBRARY, or beside the program, or where `install` puts it.
std::vector<std::filesystem::path> Candidates() {
  if (const char* named = std::getenv("ESPALIER_CUDA_LIBRARY"); named != nullptr && *named != '\0')
    return {named};
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  return {folder / kLibrary, folder.parent_path() / "lib" / "espalier" / kLibrary};
}

Result<const cuda::Plugin*> Open(const std::filesystem::path& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = ::dlerror();
    return Fail(ErrorCode::kUnavailable, reason == nullptr ? path.string() + " does not open" : reason);
  }
  using Entry = const cuda::Plugin* (*)();
  const auto entry = reinterpret_cast<Entry>(::dlsym(library, cuda::kPluginSymbol));
  const cuda::Plugin* plugin = entry == nullptr ? nullptr : entry();
  if (plugin != nullptr && plugin->version == cuda::kPluginVersion) return plugin;
  return Fail(ErrorCode::kUnavailable, path.string() + " is of another version of Espalier; build both anew");
}

Result<const cuda::Plugin*> FindPlugin() {
  std::error_code ignored;
  for (const std::filesystem::path& path : Candidates()) {
    if (std::filesystem::exists(path, ignored)) return Open(path);
  }
  return Fail(ErrorCode::kUnavailable,
              std::string(kLibrary) +
                  " is not beside the program; build it with scripts/setup.sh --cuda and make build");
}

/// Opened once and never closed: CUDA does not like to be unloaded.
const Result<const cuda::Plugin*>& ThePlugin() {
  static const Result<const cuda::Plugin*> plugin = FindPlugin();
  return plugin;
}

}  // namespace

Result<std::unique_ptr<Backend>> MakeCudaBackend(const ModelFile& file, const CudaOptions& options) {
  ESPALIER_ASSIGN_OR_RETURN(const cuda::Plugin* plugin, ThePlugin());
  return plugin->make_backend(file, options);
}

Result<GpuInfo> ProbeGpu() {
  ESPALIER_ASSIGN_OR_RETURN(const cuda::Plugin* plugin, ThePlugin());
  return plugin->probe();
}

}  // namespace espalier
