#include "decoder/join.h"

#include <algorithm>
#include <array>
#include <optional>

#include "decoder/closers.h"
#include "decoder/echo.h"
#include "decoder/fim_prompt.h"

namespace espalier {
namespace {

// Candidates that are tried at most; each costs one incremental parse.
constexpr size_t kMaxChecks = 160;
// Ends for which the grammar is searched for what closes them.
constexpr size_t kMaxGrammarClosers = 6;
// Closing brackets right of the cursor that a completion may replace.
constexpr size_t kMaxSwallowed = 4;

std::string WithCrlfLineEnds(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '\n') result += '\r';
    result += c;
  }
  return result;
}

std::string_view DescribeCut(CutKind kind) {
  switch (kind) {
    case CutKind::kEcho:
      return "cut where the output repeats what follows the cursor";
    case CutKind::kLooseEcho:
      return "cut where the output repeats, with changes, what follows the cursor";
    case CutKind::kModelEnd:
      return "the model ended here";
    case CutKind::kScopeEnd:
      return "cut at the end of the statement or body";
    case CutKind::kLineEnd:
      return "cut at the end of a line";
    case CutKind::kAnywhere:
      return "cut at the last place that fits";
  }
  return "";
}

bool IsEcho(CutKind kind) { return kind == CutKind::kEcho || kind == CutKind::kLooseEcho; }

class Joiner {
 public:
  Joiner(const ModelOutput& output, const Hole& hole, const JoinChecker& checker, bool multi_line,
         const CancelToken& cancel)
      : output_(output),
        hole_(hole),
        checker_(checker),
        cancel_(cancel),
        usable_(UsableOutput(output.text, multi_line)) {}

  Joined Run() {
    if (IsBlank(usable_)) return Nothing();
    const std::vector<Cut> cuts = RankCuts(output_, usable_, hole_);
    for (const Cut& cut : cuts) {
      if (OutOfChecks()) break;
      if (auto joined = TryCut(cut)) return *joined;
    }
    if (auto joined = TryClosers(cuts)) return *joined;
    if (auto joined = TryGrammarClosers(cuts)) return *joined;
    return Fallback();
  }

 private:
  Joined Nothing() const {
    return {CompletionReason::kEmpty, "", hole_.cursor, "the model has nothing to add here"};
  }

  bool OutOfChecks() const { return checks_ >= kMaxChecks || cancel_.cancelled(); }

  std::optional<Joined> TryCut(const Cut& cut) {
    const std::string_view kept = usable_.substr(0, cut.length);
    if (IsBlank(kept)) {
      // The output begins with what follows. That is an answer if the document is whole as it is.
      if (cut.kind == CutKind::kEcho && checker_.before().empty()) return Nothing();
      return std::nullopt;
    }
    // Whole lines before a line need their line break, whoever forgot it.
    const bool unfinished = hole_.before_a_line() && !IsEcho(cut.kind) && !kept.ends_with('\n');
    return TryText(std::string(kept) + (unfinished ? "\n" : ""), DescribeCut(cut.kind));
  }

  std::optional<Joined> TryText(std::string_view kept, std::string_view detail) {
    const std::string text = hole_.crlf ? WithCrlfLineEnds(kept) : std::string(kept);
    for (const uint32_t end : Ends()) {
      if (OutOfChecks()) break;
      if (auto joined = TryEdit(text, end, detail)) return joined;
    }
    return std::nullopt;
  }

  // Right ends of the replaced range: the cursor, and behind each closing bracket that follows it, if
  // nothing else stands on the line.
  std::vector<uint32_t> Ends() const {
    std::vector<uint32_t> ends = {hole_.cursor};
    const std::string_view after = hole_.line_after;
    if (hole_.before_a_line() || !hole_.only_closers_after()) return ends;
    for (size_t i = 0; i < std::min(after.size(), kMaxSwallowed); ++i) {
      ends.push_back(hole_.cursor + static_cast<uint32_t>(i) + 1);
    }
    return ends;
  }

  std::optional<Joined> TryEdit(const std::string& text, uint32_t end, std::string_view detail) {
    const ByteEdit edit = {hole_.cursor, end, text};
    ++checks_;
    const JoinVerdict verdict = checker_.Check(edit);
    if (verdict == JoinVerdict::kWorse || !LayoutFits(edit)) return std::nullopt;
    if (checker_.CheckFromScratch(edit) != verdict) return std::nullopt;
    Joined joined = {CompletionReason::kOk, text, end, std::string(detail)};
    if (verdict == JoinVerdict::kClean) return joined;
    if (!no_worse_ && ProblemsLieElsewhere(edit)) no_worse_ = std::move(joined);
    return std::nullopt;
  }

  bool LayoutFits(const ByteEdit& edit) const {
    if (!hole_.adapter->indentation_is_syntax) return true;
    const auto tree = checker_.Edited(edit);
    return tree && tree->LayoutFits(edit.begin, edit.begin + static_cast<uint32_t>(edit.text.size()));
  }

  // Whole lines of output, longest first, with the brackets closed that they leave open.
  std::optional<Joined> TryClosers(const std::vector<Cut>& cuts) {
    for (const CutKind kind : {CutKind::kScopeEnd, CutKind::kLineEnd}) {
      for (const Cut& cut : cuts) {
        if (cut.kind != kind || OutOfChecks()) continue;
        const std::string kept(usable_.substr(0, cut.length));
        const std::string before = std::string(hole_.document.substr(0, hole_.cursor)) + kept;
        const auto closers = ClosersFor(before, hole_.document.substr(hole_.cursor), *hole_.adapter);
        if (IsBlank(kept) || !closers) continue;
        const std::string closed = kept + *closers + (hole_.before_a_line() ? "\n" : "");
        if (auto joined = TryText(closed, "what was left open is closed")) return joined;
      }
    }
    return std::nullopt;
  }

  // The same with whatever the grammar wants, for a few of the ends.
  std::optional<Joined> TryGrammarClosers(const std::vector<Cut>& cuts) {
    const std::string before(WithLfLineEnds(hole_.document.substr(0, hole_.cursor)));
    const std::string after = WithLfLineEnds(hole_.document.substr(hole_.cursor));
    size_t tries = 0;
    for (const CutKind kind : {CutKind::kModelEnd, CutKind::kScopeEnd, CutKind::kLineEnd}) {
      for (const Cut& cut : cuts) {
        const std::string kept(usable_.substr(0, cut.length));
        if (cut.kind != kind || IsBlank(kept)) continue;
        if (OutOfChecks() || ++tries > kMaxGrammarClosers) return std::nullopt;
        for (const std::string& closers : GrammarClosersFor(before + kept, after, *hole_.adapter)) {
          const std::string closed = kept + closers + (hole_.before_a_line() ? "\n" : "");
          if (auto joined = TryText(closed, "what was left open is closed")) return joined;
        }
      }
    }
    return std::nullopt;
  }

  Joined Fallback() {
    if (cancel_.cancelled())
      return {CompletionReason::kCancelled, "", hole_.cursor, "the request was cancelled"};
    if (no_worse_ && !HoleIsToBlame()) {
      no_worse_->detail += "; the document has other syntax errors";
      return *no_worse_;
    }
    return {CompletionReason::kNoCleanJoin, "", hole_.cursor,
            "every part of the output would add a syntax error"};
  }

  // Are the errors that stay none of the hole's? They neither begin nor end on the lines that the text is on,
  // and brackets balance around it.
  bool ProblemsLieElsewhere(const ByteEdit& edit) const {
    const auto tree = checker_.Edited(edit);
    if (!tree || !BalancesAround(edit)) return false;
    const auto begin = edit.begin - static_cast<uint32_t>(hole_.line_before.size());
    const auto end = edit.begin + static_cast<uint32_t>(edit.text.size() + hole_.line_after.size());
    const std::vector<SyntaxProblem> problems = tree->Problems();
    return std::none_of(problems.begin(), problems.end(), [&](const SyntaxProblem& problem) {
      const auto on_the_lines = [&](uint32_t byte) { return begin <= byte && byte <= end; };
      return on_the_lines(problem.begin) || on_the_lines(problem.end);
    });
  }

  bool BalancesAround(const ByteEdit& edit) const {
    const TopLevelRange around = TopLevelAround(hole_.document, edit.begin, edit.end);
    const std::string_view left = hole_.document.substr(around.begin, edit.begin - around.begin);
    const std::string_view right = hole_.document.substr(edit.end, around.end - edit.end);
    return BracketsBalance(std::string(left).append(edit.text).append(right), *hole_.adapter);
  }

  // Would some short text at the cursor make the document clean? Then what is shown has to, as well.
  bool HoleIsToBlame() const {
    constexpr std::array<std::string_view, 26> kRepairs = {
        "x",  ")",  "]",  "}", ";", "x;", "x)", "x);", "x]",     "x}",  ");",       "})",    "});",
        "}}", "))", "x:", "{", "(", "x{", "x(", "\"",  "\npass", "=x;", "\n}\n}\n", "x: x,", "();"};
    if (checker_.before().empty()) return true;
    return std::any_of(kRepairs.begin(), kRepairs.end(), [&](std::string_view repair) {
      return checker_.Check({hole_.cursor, hole_.cursor, repair}) == JoinVerdict::kClean;
    });
  }

  const ModelOutput& output_;
  const Hole& hole_;
  const JoinChecker& checker_;
  const CancelToken& cancel_;
  std::string_view usable_;
  size_t checks_ = 0;
  std::optional<Joined> no_worse_;
};

}  // namespace

Joined JoinOutput(const ModelOutput& output, const Hole& hole, const JoinChecker& checker, bool multi_line,
                  const CancelToken& cancel) {
  return Joiner(output, hole, checker, multi_line, cancel).Run();
}

bool EchoEndsOutput(std::string_view output, const Hole& hole, const JoinChecker& checker) {
  const Echo echo = FindExactEcho(output, {hole.suffix, hole.blank_before()});
  if (echo.score < kCertainEcho) return false;
  return checker.Check({hole.cursor, hole.cursor, output.substr(0, echo.cut)}) == JoinVerdict::kClean;
}

}  // namespace espalier
