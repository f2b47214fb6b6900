// Source files to measure on and to cut holes into: the corpus of real files that scripts/collect_corpus.py
// gathers, or files and folders that the user names. Reads the file system; stateless.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "grammar/syntax.h"

namespace espalier {

/// Files by language, in the order in which they are to be measured.
using SourcePaths = std::array<std::vector<std::filesystem::path>, kLanguageCount>;

/// The corpus' folder: $ESPALIER_CORPUS, else espalier/corpus in the user's cache. Empty if there is no home.
std::filesystem::path CorpusFolder();

/// The files of the corpus, sorted by name, so that any first few of a language are spread over its packages.
/// Errors: kNotFound when there is none.
Result<SourcePaths> CorpusSources();

/// The files of a folder with one folder for each language, as the corpus has, else by their extensions.
/// Errors: kNotFound.
Result<SourcePaths> SourcesIn(const std::filesystem::path& folder);

/// The files named, and those below the folders named, by the language that their extension tells. With
/// `language`, all files named are of that one ("x.h" may be C or C++), and those below folders whose
/// extension tells the language. Errors: kNotFound for what is not there, kInvalidArgument for a file of no
/// known language.
Result<SourcePaths> SourcesAt(const std::vector<std::string>& paths, std::optional<Language> language);

/// A file's bytes. Errors: kNotFound, kIo.
Result<std::string> ReadSourceBytes(const std::filesystem::path& path);

}  // namespace espalier
