#include "evals/fim_spans.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

#include "evals/gzip_lines.h"

namespace espalier {
namespace {

constexpr std::string_view kSpansSuffix = ".jsonl.gz";

std::vector<std::filesystem::path> SpanFiles(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().string().ends_with(kSpansSuffix)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

const Adapter* AdapterOfFile(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return AdapterForName(name.substr(0, name.size() - kSpansSuffix.size()));
}

Result<FimSpan> ParseSpan(const std::string& line, const Adapter* adapter) {
  const nlohmann::json row = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  FimSpan span;
  span.adapter = adapter;
  const std::pair<const char*, std::string*> fields[] = {{"task_id", &span.id},
                                                         {"kind", &span.kind},
                                                         {"prefix", &span.prefix},
                                                         {"middle", &span.middle},
                                                         {"suffix", &span.suffix}};
  for (const auto& [name, value] : fields) {
    if (!row.is_object() || !row.contains(name) || !row[name].is_string()) {
      return Fail(ErrorCode::kCorrupt, std::string("no string field \"") + name + "\"");
    }
    *value = row[name].get<std::string>();
  }
  return span;
}

}  // namespace

Result<std::vector<FimSpan>> LoadFimSpans(const std::filesystem::path& directory) {
  std::vector<FimSpan> spans;
  for (const std::filesystem::path& path : SpanFiles(directory)) {
    const Adapter* adapter = AdapterOfFile(path);
    if (adapter == nullptr) continue;
    ESPALIER_ASSIGN_OR_RETURN(const std::vector<std::string> lines, ReadGzipLines(path));
    for (size_t i = 0; i < lines.size(); ++i) {
      auto span = ParseSpan(lines[i], adapter);
      if (!span) {
        return Fail(span.error().code,
                    path.string() + ":" + std::to_string(i + 1) + ": " + span.error().message);
      }
      spans.push_back(std::move(*span));
    }
  }
  if (spans.empty()) {
    return Fail(ErrorCode::kNotFound, "no <language>.jsonl.gz with spans in " + directory.string());
  }
  return spans;
}

std::vector<FimSpan> SampleFimSpans(const std::vector<FimSpan>& spans, size_t per_cell, uint32_t seed) {
  std::map<std::pair<std::string_view, std::string_view>, std::vector<size_t>> cells;
  for (size_t i = 0; i < spans.size(); ++i) {
    cells[{spans[i].adapter->display_name, spans[i].kind}].push_back(i);
  }
  std::mt19937 random(seed);
  std::vector<size_t> chosen;
  for (auto& [cell, members] : cells) {
    const size_t wanted = std::min(per_cell, members.size());
    for (size_t k = 0; k < wanted; ++k) {  // Fisher and Yates, written out: std::shuffle differs by library
      std::swap(members[k], members[k + random() % (members.size() - k)]);
    }
    chosen.insert(chosen.end(), members.begin(), members.begin() + static_cast<std::ptrdiff_t>(wanted));
  }
  std::sort(chosen.begin(), chosen.end());
  std::vector<FimSpan> sample;
  for (size_t i : chosen) sample.push_back(spans[i]);
  return sample;
}

}  // namespace espalier
