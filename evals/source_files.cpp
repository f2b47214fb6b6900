#include "evals/source_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <system_error>

#include "adapters/adapter.h"
#include "base/mapped_file.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "MANIFEST.tsv";

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<fs::path> FilesBelow(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code no_status;
    if (it->is_regular_file(no_status)) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// By folders that are named like languages; false when there is none with a file.
bool AddByFolder(const fs::path& root, SourcePaths& sources) {
  bool any = false;
  for (const Adapter* adapter : AllAdapters()) {
    std::vector<fs::path>& files = sources[static_cast<size_t>(adapter->language)];
    files = FilesBelow(root / LanguageId(adapter->language));
    std::erase_if(files, [](const fs::path& file) { return file.filename() == kManifest; });
    any |= !files.empty();
  }
  return any;
}

Status AddPath(const fs::path& path, std::optional<Language> language, SourcePaths& sources) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("there is no file or folder '{}'; check the path", path.string()));
  }
  if (!fs::is_directory(status)) {
    const Adapter* adapter = language ? &AdapterFor(*language) : AdapterForPath(path);
    if (adapter == nullptr) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("'{}' is a file of no known language; name source files or folders", path.string()));
    }
    sources[static_cast<size_t>(adapter->language)].push_back(path);
    return {};
  }
  for (const fs::path& file : FilesBelow(path)) {
    const Adapter* adapter = AdapterForPath(file);
    if (adapter != nullptr) sources[static_cast<size_t>(adapter->language)].push_back(file);
  }
  return {};
}

}  // namespace

fs::path CorpusFolder() {
  if (const std::string root = Variable("ESPALIER_CORPUS"); !root.empty()) return root;
  if (const std::string cache = Variable("XDG_CACHE_HOME"); !cache.empty()) {
    return fs::path(cache) / "espalier" / "corpus";
  }
  const std::string home = Variable("HOME");
  return home.empty() ? fs::path() : fs::path(home) / ".cache" / "espalier" / "corpus";
}

Result<SourcePaths> CorpusSources() {
  const fs::path root = CorpusFolder();
  SourcePaths sources;
  if (!root.empty() && AddByFolder(root, sources)) return sources;
  return Fail(
      ErrorCode::kNotFound,
      fmt::format("there is no corpus in '{}'; run scripts/collect_corpus.py, or name source files or "
                  "folders",
                  root.string()));
}

Result<SourcePaths> SourcesIn(const fs::path& folder) {
  SourcePaths sources;
  if (AddByFolder(folder, sources)) return sources;
  ESPALIER_RETURN_IF_ERROR(AddPath(folder, std::nullopt, sources));
  return sources;
}

Result<SourcePaths> SourcesAt(const std::vector<std::string>& paths, std::optional<Language> language) {
  SourcePaths sources;
  for (const std::string& path : paths) ESPALIER_RETURN_IF_ERROR(AddPath(path, language, sources));
  return sources;
}

Result<std::string> ReadSourceBytes(const fs::path& path) {
  ESPALIER_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  const std::span<const std::byte> bytes = file.bytes();
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace espalier
