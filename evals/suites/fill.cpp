#include "evals/suites/fill.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <vector>

#include "adapters/text_lines.h"

namespace espalier {
namespace {

std::string Joined(std::string_view head, const SuiteTask& task, const Fill& fill) {
  std::string text(head.substr(0, head.size() - fill.before));
  return text.append(fill.text).append(task.suffix, fill.after);
}

/// Without white space at ends of lines, and without empty lines.
std::vector<std::string_view> TextLines(std::string_view text) {
  std::vector<std::string_view> lines = SplitLines(text);
  std::erase(lines, std::string_view());
  return lines;
}

/// Brackets that close and match none, outside of strings and comments.
size_t UnmatchedClosers(const SyntaxTree& tree) {
  std::string open;
  size_t unmatched = 0;
  for (const TreeNode& node : tree.Nodes()) {
    if (node.first_child >= 0 || node.begin == node.end) continue;
    if (node.kind.size() != 1 && node.kind != "${") continue;
    const char kind = node.kind.back();
    const size_t closer = std::string_view(")]}").find(kind);
    if (kind == '(' || kind == '[' || kind == '{') open += kind;
    if (closer == std::string_view::npos) continue;
    const bool matches = !open.empty() && open.back() == std::string_view("([{")[closer];
    if (matches) open.pop_back();
    unmatched += matches ? 0 : 1;
  }
  return unmatched;
}

/// The answer's last line stands behind the hole already, and the original has it once.
bool EndsWithNext(const SuiteTask& task, const Fill& fill) {
  const std::vector<std::string_view> answer = TextLines(fill.text);
  const std::vector<std::string_view> next = TextLines(std::string_view(task.suffix).substr(fill.after));
  if (answer.size() < 2 || next.empty() || answer.back() != next.front()) return false;
  const std::vector<std::string_view> middle = TextLines(task.middle);
  return middle.empty() || middle.back() != answer.back();
}

// --- Indentation

std::string_view Indent(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t");
  return line.substr(0, first == std::string_view::npos ? line.size() : first);
}

/// How a file indents: by one character, in steps.
struct Indentation {
  bool tabs = false, spaces = false;
  size_t step = 0;  ///< greatest common divisor of the widths

  void Add(std::string_view line) {
    const std::string_view indent = Indent(line);
    tabs = tabs || indent.find('\t') != std::string_view::npos;
    spaces = spaces || indent.starts_with(' ');
    step = std::gcd(step, indent.size());
  }
  bool Allows(std::string_view line) const {
    const std::string_view indent = Indent(line);
    if (indent.empty() || tabs == spaces) return true;  // the file says nothing, or both
    const char other = tabs ? ' ' : '\t';
    if (indent.find(other) != std::string_view::npos) return false;
    return step == 0 || indent.size() % step == 0;
  }
};

bool Misindented(const SuiteTask& task, const Fill& fill) {
  Indentation file;
  const std::string original = task.prefix + task.middle + task.suffix;
  for (const std::string_view line : TextLines(original)) file.Add(line);
  const std::string text = FilledFile(task, fill);
  const size_t end = task.prefix.size() - fill.before + fill.text.size();
  // Lines that begin in the answer.
  for (size_t at = text.find('\n', task.prefix.size() - fill.before); at < end;
       at = text.find('\n', at + 1)) {
    const std::string_view line = std::string_view(text).substr(at + 1, text.find('\n', at + 1) - at - 1);
    if (!Trimmed(line).empty() && !file.Allows(line)) return true;
  }
  return false;
}

// --- Similarity

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replace});
    }
  }
  return row.back();
}

/// What stands between the task's prefix and suffix in the filled file.
std::string_view Between(const SuiteTask& task, std::string_view file) {
  const size_t around = task.prefix.size() + task.suffix.size();
  return file.size() <= around ? std::string_view() : file.substr(task.prefix.size(), file.size() - around);
}

double Similarity(std::string_view a, std::string_view b) {
  const size_t longer = std::max(a.size(), b.size());
  return longer == 0 ? 1 : 1 - static_cast<double>(EditDistance(a, b)) / static_cast<double>(longer);
}

}  // namespace

std::string FilledFile(const SuiteTask& task, const Fill& fill) { return Joined(task.prefix, task, fill); }

std::string FilledProgram(const SuiteTask& task, const Fill& fill) {
  return Joined(task.head.empty() ? task.prefix : task.head, task, fill);
}

FillFacts JudgeFill(const SuiteTask& task, const Fill& fill) {
  FillFacts facts;
  if (!fill.answered()) return facts;
  facts.answered = true;
  const std::string document = task.prefix + task.suffix;
  const std::string original = task.prefix + task.middle + task.suffix;
  const std::string file = FilledFile(task, fill);
  const auto hole = static_cast<uint32_t>(task.prefix.size());
  if (const auto before = JoinChecker::Create(task.language, document)) {
    const ByteEdit edit = {hole - fill.before, hole + fill.after, fill.text};
    const JoinVerdict verdict = before->CheckFromScratch(edit);
    facts.parses = verdict != JoinVerdict::kWorse;
    facts.clean = verdict == JoinVerdict::kClean;
  }
  facts.exact = TextLines(file) == TextLines(original);
  const auto tree = SyntaxTree::Parse(task.language, file);
  const auto intended = SyntaxTree::Parse(task.language, original);
  const bool closes = tree && intended && UnmatchedClosers(*tree) > UnmatchedClosers(*intended);
  facts.duplicates = closes || EndsWithNext(task, fill);
  facts.misindented = Misindented(task, fill);
  facts.similarity = Similarity(TrimmedRight(Between(task, file)), TrimmedRight(task.middle));
  return facts;
}

Result<std::optional<bool>> CompilesAlone(Workshop& workshop, Language language, const std::string& text,
                                          const CancelToken& cancel) {
  ToolScript script;
  if (language == Language::kPython) {
    script.text = "python3 -I -B -c 'compile(open(\"file.py\").read(), \"file.py\", \"exec\")'";
    script.files = {{.path = "file.py", .content = text}};
  } else if (language == Language::kJavaScript) {
    script.text = "node --check file.js || node --check file.mjs";  // a script, or a module
    script.files = {{.path = "file.js", .content = text}, {.path = "file.mjs", .content = text}};
  } else {
    return std::nullopt;
  }
  ESPALIER_ASSIGN_OR_RETURN(const SandboxOutcome outcome, workshop.RunScript(language, script, cancel));
  if (outcome.verdict == Verdict::kSandboxFailure) return Fail(ErrorCode::kUnavailable, outcome.failure);
  return outcome.verdict == Verdict::kOk;
}

}  // namespace espalier
