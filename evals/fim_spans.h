// Fill-in-the-middle spans: a file with a stretch taken out, and that stretch. Read from gzip-compressed
// JSON lines with the fields task_id, kind, prefix, suffix and middle; the file's name is the language.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "adapters/adapter.h"
#include "base/result.h"

namespace espalier {

struct FimSpan {
  std::string id;
  std::string kind;  ///< "single_line", "multi_line", "random_span"
  const Adapter* adapter = nullptr;
  std::string prefix;
  std::string middle;
  std::string suffix;
};

/// Spans of every <language>.jsonl.gz in `directory` whose language has an adapter, by file name and line.
/// Errors: kNotFound (no such directory, or nothing in it), kCorrupt (a line that is no such object).
Result<std::vector<FimSpan>> LoadFimSpans(const std::filesystem::path& directory);

/// `per_cell` spans of each language and kind (fewer where there are not so many), drawn with a fixed
/// generator: the same seed gives the same spans on every machine. In the order of `spans`.
std::vector<FimSpan> SampleFimSpans(const std::vector<FimSpan>& spans, size_t per_cell, uint32_t seed);

}  // namespace espalier
