#include "decoder/cuts.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "decoder/echo.h"

namespace espalier {
namespace {

// Net characters of agreement from which an inexact repetition of the suffix goes before other rules.
constexpr int kLikelyEcho = 8;
constexpr size_t kEchoCandidates = 12;
constexpr size_t kLoopLines = 4;
constexpr size_t kLoopRounds = 3;

struct Line {
  size_t begin = 0;
  size_t end = 0;  ///< of its text; a line break follows, or the output ends
  bool complete = false;
};

std::vector<Line> SplitLines(std::string_view text) {
  std::vector<Line> lines;
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != std::string_view::npos; begin = end + 1) {
    lines.push_back({begin, end, true});
  }
  if (begin < text.size()) lines.push_back({begin, text.size(), false});
  return lines;
}

std::string_view TextOf(std::string_view output, const Line& line) {
  return output.substr(line.begin, line.end - line.begin);
}

std::string_view TrimLeft(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

// Lines that belong to what stands above them although they are indented less.
bool ContinuesAbove(std::string_view trimmed) {
  constexpr std::array<std::string_view, 5> kContinuations = {"else", "elif", "except", "finally", "case"};
  if (trimmed.find_first_of("})]") == 0) return true;
  return std::any_of(kContinuations.begin(), kContinuations.end(),
                     [&](std::string_view word) { return trimmed.starts_with(word); });
}

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}

// How much of the output belongs to what is being completed.
enum class ScopeKind {
  kStatement,  ///< the code goes on behind the hole: the first statement
  kBody,       ///< the innermost body (or the statement left of the cursor) ends at the hole
  kFunction,   ///< the function or class around ends at the hole
};

struct Scope {
  ScopeKind kind = ScopeKind::kStatement;
  uint32_t depth = 0;  ///< indentation of its first statement
  size_t lines = 0;    ///< lines of output that can belong to it
};

// Indentation of the body: that of the output's first line, or more than the line's that the cursor is on.
uint32_t BodyDepth(std::string_view output, const std::vector<Line>& lines, const Hole& hole) {
  if (!hole.blank_before()) return IndentationOf(hole.line_before) + 1;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string_view text = TextOf(output, lines[i]);
    if (IsBlank(text)) continue;
    return IndentationOf(i == 0 ? std::string(hole.line_before).append(text) : std::string(text));
  }
  return 0;
}

// The first line that is indented less than `depth` and begins something else.
size_t LinesWithin(std::string_view output, const std::vector<Line>& lines, uint32_t depth) {
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::string_view text = TextOf(output, lines[i]);
    if (IsBlank(text) || ContinuesAbove(TrimLeft(text))) continue;
    if (IndentationOf(text) < depth) return i;
  }
  return lines.size();
}

Scope FindScope(std::string_view output, const std::vector<Line>& lines, const Hole& hole) {
  Scope scope;
  scope.depth = BodyDepth(output, lines, hole);
  if (hole.depth_below >= scope.depth) {
    scope.lines = LinesWithin(output, lines, scope.depth);
  } else if (hole.depth_below >= std::min(hole.function_depth, scope.depth)) {
    scope.kind = ScopeKind::kBody;
    scope.lines = LinesWithin(output, lines, scope.depth);
  } else {
    scope.kind = ScopeKind::kFunction;
    scope.lines = LinesWithin(output, lines, hole.blank_before() ? hole.function_depth : scope.depth);
  }
  return scope;
}

// Collects candidates in the order of their promise.
class Ranking {
 public:
  Ranking(const ModelOutput& output, std::string_view usable, const Hole& hole)
      : usable_(usable), hole_(hole), lines_(SplitLines(usable)) {
    ended_ = output.ended && usable.size() == output.text.size();
    echoes_ = FindEchoes(usable, {hole.suffix, hole.blank_before()}, kEchoCandidates);
    scope_ = FindScope(usable, lines_, hole);
  }

  std::vector<Cut> Run() {
    const bool rest_of_line_follows = !hole_.blank_before() && !hole_.only_closers_after();
    AddExactEcho();
    AddEchoes([&](const Echo& echo) { return echo.score >= kLikelyEcho || (ended_ && echo.whole_rest); });
    if (rest_of_line_follows) AddEchoes([&](const Echo& echo) { return echo.cut <= FirstLineEnd(); });
    if (ended_) Add(usable_.size(), CutKind::kModelEnd);
    AddScope();
    AddEchoes([](const Echo&) { return true; });
    for (const Line& line : lines_) AddLine(line, CutKind::kLineEnd);
    if (!hole_.before_a_line()) AddWords();
    return std::move(cuts_);
  }

 private:
  void Add(size_t length, CutKind kind) {
    const bool known =
        std::any_of(cuts_.begin(), cuts_.end(), [&](const Cut& cut) { return cut.length == length; });
    if (!known) cuts_.push_back({length, kind});
  }

  // A completion of whole lines keeps its last line break; elsewhere the document has one already.
  void AddLine(const Line& line, CutKind kind) {
    if (!line.complete && !ended_) return;
    Add(line.complete && hole_.before_a_line() ? line.end + 1 : line.end, kind);
  }

  template <typename Accept>
  void AddEchoes(Accept accept) {
    for (const Echo& echo : echoes_) {
      if (accept(echo)) Add(echo.cut, CutKind::kLooseEcho);
    }
  }

  void AddExactEcho() {
    const Echo echo = FindExactEcho(usable_, {hole_.suffix, hole_.blank_before()});
    if (echo.score >= kLikelyEcho || (ended_ && echo.whole_rest && echo.score > 0))
      Add(echo.cut, CutKind::kEcho);
  }

  size_t FirstLineEnd() const { return lines_.empty() ? 0 : lines_.front().end; }

  // Where a body or statement is to be written, all of it; else the first statement.
  void AddScope() {
    if (scope_.kind != ScopeKind::kStatement) {
      for (size_t i = scope_.lines; i-- > 0;) {
        if (!IsBlank(TextOf(usable_, lines_[i]))) AddLine(lines_[i], CutKind::kScopeEnd);
      }
      return;
    }
    for (size_t i = 0; i < scope_.lines; ++i) {
      if (IsBlank(TextOf(usable_, lines_[i]))) continue;
      if (hole_.adapter->indentation_is_syntax && NextIsDeeper(i)) continue;
      AddLine(lines_[i], CutKind::kScopeEnd);
    }
  }

  bool NextIsDeeper(size_t i) const {
    if (i + 1 >= scope_.lines) return false;
    const std::string_view next = TextOf(usable_, lines_[i + 1]);
    return !IsBlank(next) && IndentationOf(next) > scope_.depth;
  }

  // Ends of words, from the end of the first line down, then from the end of the output.
  void AddWords() {
    for (const size_t from : {FirstLineEnd(), usable_.size()}) {
      for (size_t i = from; i > 0; --i) {
        const bool inside_word =
            i < usable_.size() && IsWordCharacter(usable_[i - 1]) && IsWordCharacter(usable_[i]);
        if (!inside_word && usable_[i - 1] != ' ') Add(i, CutKind::kAnywhere);
      }
    }
  }

  std::string_view usable_;
  const Hole& hole_;
  std::vector<Line> lines_;
  std::vector<Echo> echoes_;
  bool ended_ = false;
  Scope scope_;
  std::vector<Cut> cuts_;
};

// True when lines [i, i + kLoopRounds * period) are the same `period` lines over and over, and say something.
bool LoopsAt(std::string_view output, const std::vector<Line>& lines, size_t i, size_t period) {
  if (i + kLoopRounds * period > lines.size()) return false;
  size_t characters = 0;
  for (size_t k = 0; k < period; ++k) characters += TrimLeft(TextOf(output, lines[i + k])).size();
  if (characters < 4) return false;
  for (size_t k = period; k < kLoopRounds * period; ++k) {
    if (TextOf(output, lines[i + k]) != TextOf(output, lines[i + k - period])) return false;
  }
  return true;
}

size_t LengthWithoutUnfinishedCodePoint(std::string_view text) {
  constexpr std::string_view kReplacement =
      "\xEF\xBF\xBD";  // how the engine's decoder ends an unfinished one
  return text.ends_with(kReplacement) ? text.size() - kReplacement.size() : text.size();
}

}  // namespace

size_t FindLineLoop(std::string_view output) {
  const std::vector<Line> lines = SplitLines(output);
  for (size_t i = 0; i < lines.size(); ++i) {
    for (size_t period = 1; period <= kLoopLines; ++period) {
      if (LoopsAt(output, lines, i, period)) return lines[i + period - 1].end + 1;
    }
  }
  return std::string_view::npos;
}

std::string_view UsableOutput(std::string_view output, bool multi_line) {
  output = output.substr(0, LengthWithoutUnfinishedCodePoint(output));
  output = output.substr(0, output.find('\0'));
  const std::vector<Line> lines = SplitLines(output);
  for (const Line& line : lines) {
    if (TrimLeft(TextOf(output, line)).starts_with("```")) {
      output = output.substr(0, line.begin);
      break;
    }
  }
  if (!multi_line) output = output.substr(0, output.find('\n'));
  return output.substr(0, FindLineLoop(output));
}

bool LeavesScope(std::string_view usable, const Hole& hole) {
  std::vector<Line> lines = SplitLines(usable);
  if (!lines.empty() && !lines.back().complete) lines.pop_back();
  return FindScope(usable, lines, hole).lines < lines.size();
}

std::vector<Cut> RankCuts(const ModelOutput& output, std::string_view usable, const Hole& hole) {
  return Ranking(output, usable, hole).Run();
}

}  // namespace espalier
