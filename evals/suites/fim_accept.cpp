// Holes cut into real files, where people ask for completions: at the beginning of a line, inside of one, in
// an expression, at the beginning of a block. There are no tests; what counts is what an answer does to the
// file.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>

#include "base/utf8.h"
#include "evals/source_files.h"
#include "evals/suites/loaders.h"
#include "evals/text_hash.h"

namespace espalier {
namespace {

constexpr size_t kFilesOfLanguage = 100;
constexpr size_t kLeastBytes = 300, kMostBytes = 32'000;
constexpr size_t kMostHoleBytes = 400, kMostHoleLines = 8;
constexpr size_t kLeastLineBytes = 8;
constexpr size_t kLeastExpressionBytes = 4, kMostExpressionBytes = 80;

/// Bytes [begin, end) of a file.
struct Hole {
  uint32_t begin = 0, end = 0;
};

bool Blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

/// A line of code without its indentation and the white space at its end.
std::vector<Hole> CodeLines(const std::string& text, const SyntaxTree& tree) {
  std::vector<Hole> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t stop = std::min(text.find('\n', at), text.size());
    size_t begin = at, end = stop;
    while (begin < end && Blank(text[begin])) ++begin;
    while (end > begin && Blank(text[end - 1])) --end;
    const Hole line = {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
    const bool code = !tree.InComment(line.begin + 1) && !tree.InString(line.begin);
    if (end - begin >= kLeastLineBytes && code) lines.push_back(line);
    at = stop + 1;
  }
  return lines;
}

bool IsExpression(std::string_view kind) {
  constexpr std::array<std::string_view, 9> kOthers = {
      "argument_list", "arguments",           "attribute", "binary_operator", "boolean_operator",
      "call",          "comparison_operator", "list",      "subscript"};
  return kind.ends_with("_expression") || std::ranges::find(kOthers, kind) != kOthers.end();
}

bool IsBlock(std::string_view kind) {
  constexpr std::array<std::string_view, 7> kBlocks = {
      "block",           "class_body",       "compound_statement",    "constructor_body",
      "statement_block", "declaration_list", "field_declaration_list"};
  return std::ranges::find(kBlocks, kind) != kBlocks.end();
}

/// What stands in a block, from its first character that is no white space to its last.
Hole Inside(const std::string& text, const TreeNode& block) {
  Hole hole = {block.begin, block.end};
  if (hole.end - hole.begin >= 2 && text[hole.begin] == '{' && text[hole.end - 1] == '}') {
    ++hole.begin;
    --hole.end;
  }
  while (hole.begin < hole.end && Blank(text[hole.begin])) ++hole.begin;
  while (hole.end > hole.begin && Blank(text[hole.end - 1])) --hole.end;
  return hole;
}

bool Fits(const std::string& text, const Hole& hole) {
  const size_t bytes = hole.end - hole.begin;
  const auto lines = std::count(text.begin() + hole.begin, text.begin() + hole.end, '\n');
  return bytes > 0 && bytes <= kMostHoleBytes && static_cast<size_t>(lines) < kMostHoleLines;
}

/// Whether a block's content begins a line, so that the cursor would stand behind its indentation.
bool BeginsLine(const std::string& text, uint32_t at) {
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) --at;
  return at > 0 && text[at - 1] == '\n';
}

struct HoleKind {
  std::string_view name;
  std::vector<Hole> places;
};

std::vector<HoleKind> PlacesIn(const std::string& text, const SyntaxTree& tree) {
  HoleKind line = {"line", CodeLines(text, tree)}, inside = {"inside", line.places};
  HoleKind expression = {"expression", {}}, block = {"block", {}};
  for (const TreeNode& node : tree.Nodes()) {
    const Hole whole = {node.begin, node.end};
    const size_t bytes = node.end - node.begin;
    const bool one_line = text.substr(node.begin, bytes).find('\n') == std::string::npos;
    if (node.named && IsExpression(node.kind) && one_line && bytes >= kLeastExpressionBytes &&
        bytes <= kMostExpressionBytes) {
      expression.places.push_back(whole);
    }
    if (!IsBlock(node.kind)) continue;
    if (const Hole hole = Inside(text, node); BeginsLine(text, hole.begin)) block.places.push_back(hole);
  }
  return {std::move(line), std::move(inside), std::move(expression), std::move(block)};
}

/// From a character inside of the line to its end.
Hole InsideLine(const std::string& text, Hole line, std::mt19937_64& random) {
  line.begin += 1 + static_cast<uint32_t>(random() % (line.end - line.begin - 1));
  while (line.begin < line.end && (text[line.begin] & 0xC0) == 0x80) ++line.begin;
  return line;
}

void CutFile(Language language, const std::string& name, const std::string& text, uint64_t seed,
             std::vector<SuiteTask>& tasks) {
  const auto tree = SyntaxTree::Parse(language, text);
  if (!tree || !tree->clean()) return;
  for (HoleKind& kind : PlacesIn(text, *tree)) {
    std::erase_if(kind.places, [&](const Hole& hole) { return !Fits(text, hole); });
    if (kind.places.empty()) continue;
    std::mt19937_64 random(TextHash(fmt::format("{}/{}/{}/{}", seed, LanguageId(language), kind.name, name)));
    Hole hole = kind.places[random() % kind.places.size()];
    if (kind.name == "inside") hole = InsideLine(text, hole, random);
    SuiteTask task;
    task.language = language;
    task.group = fmt::format("{}/{}", LanguageId(language), kind.name);
    task.id = fmt::format("{}/{}", task.group, name);
    task.prefix = text.substr(0, hole.begin);
    task.middle = text.substr(hole.begin, hole.end - hole.begin);
    task.suffix = text.substr(hole.end);
    tasks.push_back(std::move(task));
  }
}

}  // namespace

Result<Suite> LoadFimAccept(const std::filesystem::path& data, uint64_t seed) {
  ESPALIER_ASSIGN_OR_RETURN(const SourcePaths sources, SourcesIn(data));
  Suite suite;
  suite.kind = TaskKind::kFill;
  for (size_t i = 0; i < kLanguageCount; ++i) {
    size_t files = 0;
    for (const std::filesystem::path& path : sources[i]) {
      if (files == kFilesOfLanguage) break;
      ESPALIER_ASSIGN_OR_RETURN(const std::string text, ReadSourceBytes(path));
      const bool usable = text.size() >= kLeastBytes && text.size() <= kMostBytes &&
                          text.find('\r') == std::string::npos && IsValidUtf8(text);
      const size_t before = suite.tasks.size();
      const std::string name = path.lexically_relative(data).generic_string();
      if (usable) CutFile(static_cast<Language>(i), name, text, seed, suite.tasks);
      files += suite.tasks.size() > before ? 1 : 0;
    }
  }
  MixTasks(suite.tasks);
  return suite;
}

}  // namespace espalier
