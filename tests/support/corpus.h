// The corpus of real files that scripts/collect_corpus.py gathers, for tests over what people write. It is no
// part of the repository: without it the lists are empty, and tests that need it are skipped, visibly.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace espalier {

struct CorpusFile {
  std::string name;
  std::string text;
};

// The corpus' folder: $ESPALIER_CORPUS, else espalier/corpus in the user's cache. Empty if there is no home.
inline std::filesystem::path CorpusRoot() {
  auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (std::string root = variable("ESPALIER_CORPUS"); !root.empty()) return root;
  if (std::string cache = variable("XDG_CACHE_HOME"); !cache.empty()) {
    return std::filesystem::path(cache) / "espalier" / "corpus";
  }
  std::string home = variable("HOME");
  return home.empty() ? std::filesystem::path()
                      : std::filesystem::path(home) / ".cache" / "espalier" / "corpus";
}

// At most `most_files` files of a language ("cpp", "typescriptreact"), sorted by name; any first few of them
// are spread over the packages. Empty if the corpus is not there.
inline std::vector<CorpusFile> CorpusFiles(std::string_view language_id, size_t most_files = SIZE_MAX) {
  namespace fs = std::filesystem;
  std::vector<fs::path> paths;
  const fs::path root = CorpusRoot();
  if (root.empty()) return {};
  std::error_code error;
  for (fs::directory_iterator it(root / language_id, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename() != "MANIFEST.tsv") paths.push_back(it->path());
  }
  std::sort(paths.begin(), paths.end());
  if (paths.size() > most_files) paths.resize(most_files);
  std::vector<CorpusFile> files;
  for (const fs::path& path : paths) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    files.push_back({path.filename().string(), std::move(text).str()});
  }
  return files;
}

}  // namespace espalier
