#include "testgen/framework_run.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "adapters/adapter.h"
#include "grammar/syntax.h"

namespace espalier {
namespace {

constexpr size_t kMostLogBytes = 4000;
constexpr int64_t kMostLines = 1'000'000;  // of a file

std::string TextOf(const std::vector<SandboxFile>& files, std::string_view path) {
  const auto found = std::ranges::find(files, path, &SandboxFile::path);
  return found == files.end() ? std::string() : found->content;
}

std::string EndOf(std::string text) {
  if (text.size() <= kMostLogBytes) return text;
  const size_t line = text.find('\n', text.size() - kMostLogBytes);
  return text.substr(line == std::string::npos ? text.size() - kMostLogBytes : line + 1);
}

/// Names of the tests that the results say passed and never failed.
std::set<std::string> PassedOf(const std::string& results) {
  std::set<std::string> passed, failed;
  std::istringstream lines(results);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("pass ")) passed.insert(line.substr(5));
    if (line.starts_with("fail ")) failed.insert(line.substr(5));
  }
  for (const std::string& name : failed) passed.erase(name);
  return passed;
}

/// Lines on which a statement of the function's body begins.
std::set<uint32_t> StatementLines(const TestSuite& suite) {
  std::set<uint32_t> lines;
  const auto tree = SyntaxTree::Parse(suite.language, suite.source);
  if (!tree) return lines;
  const auto kinds = AdapterFor(suite.language).statement_kinds;
  const auto begin = suite.source.begin();
  for (const TreeNode& node : tree->Nodes()) {
    const bool inside = node.begin >= suite.function.body_begin && node.end <= suite.function.body_end;
    if (!inside || std::ranges::find(kinds, node.kind) == kinds.end()) continue;
    lines.insert(static_cast<uint32_t>(std::count(begin, begin + node.begin, '\n')) + 1);
  }
  return lines;
}

}  // namespace

LineCoverage CoverageOf(const TestSuite& suite, std::string_view report) {
  std::map<uint32_t, int64_t> counts;
  std::istringstream text{std::string(report)};
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    int64_t first = 0, last = 0, count = 0;
    if (!(words >> first >> last)) continue;
    if (!(words >> count)) count = std::exchange(last, first);
    if (first < 1 || last > kMostLines) continue;
    for (int64_t at = first; at <= last; ++at) {
      int64_t& known = counts[static_cast<uint32_t>(at)];
      known = std::max(known, count);
    }
  }
  LineCoverage coverage;
  if (counts.empty()) return coverage;
  for (const uint32_t line : StatementLines(suite)) {
    const auto known = counts.find(line);
    if (known == counts.end()) continue;
    ++coverage.lines;
    if (known->second > 0) {
      ++coverage.executed;
    } else {
      coverage.missed.push_back(line);
    }
  }
  return coverage;
}

Result<FrameworkRun> RunInFramework(Workshop& workshop, const TestSuite& suite, const RenderedTests& tests,
                                    const CancelToken& cancel) {
  const TestRecipe& recipe = *AdapterFor(suite.language).framework;
  ToolScript script;
  script.text = recipe.script;
  script.arguments = {suite.file, tests.path};
  for (const RecipeFile& file : recipe.files)
    script.files.push_back({std::string(file.path), std::string(file.content)});
  script.files.push_back({suite.file, suite.source});
  script.files.push_back({tests.path, tests.content});
  script.collect = {"results", "coverage"};
  ESPALIER_ASSIGN_OR_RETURN(const SandboxOutcome outcome, workshop.RunScript(suite.language, script, cancel));
  if (outcome.exit_status == kFrameworkMissing) {
    return Fail(ErrorCode::kNotFound, tests.framework +
                                          " is not installed, so the tests were not run in it; " +
                                          std::string(recipe.install_hint));
  }
  FrameworkRun run;
  run.wall = outcome.wall;
  const std::set<std::string> passed = PassedOf(TextOf(outcome.files, "results"));
  for (const std::string& name : tests.names) {
    if (passed.contains(name)) {
      ++run.passed;
    } else {
      run.failed.push_back(name);
    }
  }
  if (!run.failed.empty()) run.log = EndOf(outcome.out + outcome.err + outcome.failure);
  run.coverage = CoverageOf(suite, TextOf(outcome.files, "coverage"));
  return run;
}

}  // namespace espalier
