#include "adapters/line_pattern.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace espalier {
namespace {

constexpr std::array<std::string_view, 9> kSeverities = {
    "fatal error", "internal compiler error", "runtime error", "error", "warning", "note", "help", "ERROR",
    "info"};

bool IsWordByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '$' || c == '-';
}

/// May `text` stand where the pattern has the place `name`?
bool Fits(std::string_view name, std::string_view text) {
  constexpr size_t kMostDigits = 9;
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (name == "line" || name == "column")
    return !text.empty() && text.size() <= kMostDigits && std::all_of(text.begin(), text.end(), is_digit);
  if (name == "code") return !text.empty() && std::all_of(text.begin(), text.end(), IsWordByte);
  if (name == "severity") return std::find(kSeverities.begin(), kSeverities.end(), text) != kSeverities.end();
  if (name == "file") return !text.empty() && text.front() != ' ' && text.find('"') == std::string_view::npos;
  return true;
}

std::string_view* PartOf(std::string_view name, LineParts& parts) {
  if (name == "file") return &parts.file;
  if (name == "line") return &parts.line;
  if (name == "column") return &parts.column;
  if (name == "severity") return &parts.severity;
  if (name == "code") return &parts.code;
  if (name == "message") return &parts.message;
  return nullptr;
}

/// Each place takes as little as fits, with what follows literally as its end.
bool Match(std::string_view pattern, std::string_view line, MatchBudget& budget, LineParts& parts) {
  const size_t open = pattern.find('{');
  if (open == std::string_view::npos) return pattern == line;
  if (!line.starts_with(pattern.substr(0, open))) return false;
  line.remove_prefix(open);
  const size_t close = pattern.find('}', open);
  const std::string_view name = pattern.substr(open + 1, close - open - 1);
  const std::string_view rest = pattern.substr(close + 1);
  const std::string_view literal = rest.substr(0, rest.find('{'));
  for (size_t size = 0; size <= line.size(); ++size) {
    if (rest.empty()) size = line.size();
    if (!literal.empty()) size = line.find(literal, size);
    const size_t cost = 1 + std::min(size, line.size()) / 16;
    if (size == std::string_view::npos || budget.steps < cost) return false;
    budget.steps -= cost;
    if (!Fits(name, line.substr(0, size)) || !Match(rest, line.substr(size), budget, parts)) continue;
    if (std::string_view* part = PartOf(name, parts); part != nullptr) *part = line.substr(0, size);
    return true;
  }
  return false;
}

}  // namespace

std::optional<LineParts> MatchLine(std::string_view pattern, std::string_view line, MatchBudget& budget) {
  LineParts parts;
  return Match(pattern, line, budget, parts) ? std::optional(parts) : std::nullopt;
}

Severity SeverityOf(std::string_view word) {
  if (word == "warning") return Severity::kWarning;
  return word == "note" || word == "help" || word == "info" ? Severity::kNote : Severity::kError;
}

}  // namespace espalier
