#include "adapters/diagnostics.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "adapters/line_pattern.h"

namespace espalier {
namespace {

constexpr size_t kMostLineBytes = 2000;
constexpr size_t kMostMessageBytes = 1000;
constexpr size_t kMostLines = 20'000;

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < kMostLines) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, std::min(end, kMostLineBytes));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::optional<LineParts> MatchAny(std::span<const std::string_view> patterns, std::string_view line,
                                  MatchBudget& budget) {
  for (std::string_view pattern : patterns) {
    if (auto parts = MatchLine(pattern, line, budget)) return parts;
  }
  return std::nullopt;
}

uint32_t NumberOf(std::string_view digits) {
  return static_cast<uint32_t>(std::strtoul(std::string(digits).c_str(), nullptr, 10));
}

/// The name that the caller gave to a file of the program; other paths as they are.
std::string OwnName(std::string_view path, const FileNames& names) {
  if (path.starts_with("file://")) path.remove_prefix(7);
  if (path.starts_with(names.folder) && path.substr(names.folder.size()).starts_with('/'))
    path.remove_prefix(names.folder.size() + 1);
  if (path.starts_with("./")) path.remove_prefix(2);
  return std::string(path);
}

bool EndsWithPath(std::string_view path, std::string_view end) {
  return path.ends_with(end) && (path.size() == end.size() || path[path.size() - end.size() - 1] == '/');
}

/// Frames of some languages name a file without its folder, those of others by its full path.
const std::string* FindOwn(const std::string& name, const FileNames& names) {
  for (const std::string& file : names.files) {
    if (!name.empty() && (EndsWithPath(file, name) || EndsWithPath(name, file))) return &file;
  }
  return nullptr;
}

Diagnostic DiagnosticOf(const LineParts& parts, const FileNames& names) {
  Diagnostic diagnostic;
  diagnostic.severity = SeverityOf(parts.severity);
  diagnostic.file = OwnName(parts.file, names);
  diagnostic.line = NumberOf(parts.line);
  diagnostic.column = NumberOf(parts.column);
  diagnostic.message = parts.message.substr(0, kMostMessageBytes);
  diagnostic.code = parts.code;
  return diagnostic;
}

/// The column of a line that holds nothing but a caret (and the tildes around it), else 0.
uint32_t CaretColumn(std::string_view line) {
  const size_t caret = line.find('^');
  if (caret == std::string_view::npos || line.find_first_not_of(" \t~^") != std::string_view::npos) return 0;
  return static_cast<uint32_t>(caret) + 1;
}

void AddDetail(std::span<const std::string_view> details, std::string_view line, MatchBudget& budget,
               Diagnostic& diagnostic) {
  if (diagnostic.message.size() > kMostMessageBytes || !MatchAny(details, line, budget)) return;
  diagnostic.message.append("; ").append(line.substr(std::min(line.find_first_not_of(' '), line.size())));
}

/// A place in the program's own files.
struct Place {
  const std::string* file = nullptr;
  uint32_t line = 0, column = 0;
};

/// What is known of a crash so far, line by line.
class CrashReader {
 public:
  CrashReader(const CrashFormat& format, const FileNames& names) : format_(format), names_(names) {}

  void Read(const std::vector<std::string_view>& lines) {
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::string_view next = i + 1 < lines.size() ? lines[i + 1] : std::string_view();
      if (ReadHead(lines[i])) {
        ++i;
      } else if (!ReadFrame(lines[i])) {
        ReadMessage(lines[i], next);
      }
    }
  }

  std::optional<Crash> Found() && {
    if (!message_ && head_.file == nullptr) return std::nullopt;
    Crash crash;
    crash.called = frame_.file != nullptr;
    crash.diagnostic.message = "uncaught exception";
    if (message_) crash.diagnostic = std::move(*message_);
    const Place& place = crash.called ? frame_ : head_;
    if (place.file == nullptr) return crash;
    crash.diagnostic.file = *place.file;
    crash.diagnostic.line = place.line;
    crash.diagnostic.column = place.column;
    return crash;
  }

 private:
  Place PlaceOf(const LineParts& parts) const {
    return {FindOwn(OwnName(parts.file, names_), names_), NumberOf(parts.line), NumberOf(parts.column)};
  }

  bool ReadFrame(std::string_view line) {
    const auto parts = MatchAny(format_.frames, line, budget_);
    if (!parts) return false;
    if (format_.message_is_last && message_) {  // another traceback: the last one is what ended the program
      message_.reset();
      frame_ = {};
    }
    seen_frame_ = true;
    const Place place = PlaceOf(*parts);
    if (place.file != nullptr && (format_.message_is_last || frame_.file == nullptr)) frame_ = place;
    return true;
  }

  bool ReadHead(std::string_view line) {
    const auto parts = MatchAny(format_.heads, line, budget_);
    if (!parts) return false;
    seen_head_ = true;
    message_.reset();  // it was the program's own
    const Place place = PlaceOf(*parts);
    if (place.file != nullptr) head_ = place;
    return true;
  }

  /// May a message stand here? What the program itself wrote before it died may look like one.
  bool AwaitsMessage() const {
    if (format_.message_is_last) return seen_frame_ || seen_head_;
    return !seen_frame_ && (seen_head_ || format_.heads.empty());
  }

  void ReadMessage(std::string_view line, std::string_view next) {
    if (message_) return AddDetail(format_.details, line, budget_, *message_);
    const auto parts = AwaitsMessage() ? MatchAny(format_.messages, line, budget_) : std::nullopt;
    if (!parts) return;
    message_ = DiagnosticOf(*parts, names_);
    if (format_.message_on_next_line) message_->message = next.substr(0, kMostMessageBytes);
    if (const Place place = PlaceOf(*parts); place.file != nullptr) frame_ = place;
    message_->file.clear();
    message_->line = message_->column = 0;
  }

  const CrashFormat& format_;
  const FileNames& names_;
  MatchBudget budget_;
  std::optional<Diagnostic> message_;
  Place frame_, head_;
  bool seen_frame_ = false, seen_head_ = false;
};

}  // namespace

std::string_view SeverityName(Severity severity) {
  if (severity == Severity::kError) return "error";
  return severity == Severity::kWarning ? "warning" : "note";
}

std::vector<Diagnostic> ParseCompilerOutput(const CompilerFormat& format, std::string_view text,
                                            const FileNames& names) {
  std::vector<Diagnostic> found;
  MatchBudget budget;
  for (std::string_view line : LinesOf(text)) {
    if (const auto parts = MatchAny(format.patterns, line, budget)) {
      if (found.size() == kMostDiagnostics) break;
      found.push_back(DiagnosticOf(*parts, names));
    } else if (!found.empty()) {
      if (found.back().column == 0) found.back().column = CaretColumn(line);
      AddDetail(format.details, line, budget, found.back());
    }
  }
  return found;
}

std::optional<Crash> ParseCrash(const CrashFormat& format, std::string_view text, const FileNames& names) {
  CrashReader reader(format, names);
  reader.Read(LinesOf(text));
  return std::move(reader).Found();
}

std::string FormatDiagnostic(const Diagnostic& diagnostic) {
  std::string text = diagnostic.file;
  if (diagnostic.line > 0) text += ":" + std::to_string(diagnostic.line);
  if (diagnostic.column > 0) text += ":" + std::to_string(diagnostic.column);
  if (!text.empty()) text += ": ";
  text.append(SeverityName(diagnostic.severity)).append(": ").append(diagnostic.message);
  if (!diagnostic.code.empty()) text += " [" + diagnostic.code + "]";
  return text;
}

}  // namespace espalier
