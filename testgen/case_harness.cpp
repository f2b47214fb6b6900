#include "testgen/case_harness.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <random>

#include "testgen/harness/render.h"

namespace espalier {
namespace {

using harness::NumberedCase;
using harness::Rendered;

constexpr int kMostBuilds = 5;  // each leaves out the cases that broke the one before
constexpr size_t kMostDetailBytes = 400;

Rendered Render(Language language, const std::string& source, std::span<const NumberedCase> cases) {
  switch (language) {
    case Language::kPython:
      return harness::RenderPython(source, cases);
    case Language::kC:
      return harness::RenderC(source, cases);
    case Language::kCpp:
      return harness::RenderCpp(source, cases);
    case Language::kJava:
      return harness::RenderJava(source, cases);
    case Language::kJavaScript:
      return harness::RenderJavaScript(source, cases);
    case Language::kTypeScript:
    case Language::kTsx:
      return harness::RenderTypeScript(source, cases);
    case Language::kGo:
      return harness::RenderGo(source, cases);
    case Language::kRust:
      return harness::RenderRust(source, cases);
  }
  return {};
}

/// A word that nothing else begins a line with.
std::string DrawWord() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}", random(), random(), random());
}

/// A line of the harness: which case, and what about it.
struct Report {
  uint32_t number = 0;
  std::string_view word;
  std::string_view text;
};

std::optional<Report> ParseReport(std::string_view line, std::string_view secret) {
  if (!line.starts_with(secret) || line.size() <= secret.size()) return std::nullopt;
  line.remove_prefix(secret.size() + 1);
  Report report;
  const auto number = std::from_chars(line.data(), line.data() + line.size(), report.number);
  if (number.ec != std::errc() || number.ptr == line.data() + line.size()) return std::nullopt;
  line.remove_prefix(static_cast<size_t>(number.ptr - line.data()) + 1);
  const size_t space = std::min(line.find(' '), line.size());
  report.word = line.substr(0, space);
  report.text = line.substr(std::min(space + 1, line.size()));
  return report;
}

class CaseRunner {
 public:
  CaseRunner(Workshop& workshop, Language language, const std::string& source,
             std::span<const TestCase> cases, const HarnessOptions& options, const CancelToken& cancel)
      : workshop_(workshop), language_(language), source_(source), options_(options), cancel_(cancel) {
    run_.cases.resize(cases.size());
    for (uint32_t i = 0; i < cases.size(); ++i) {
      if (cases[i].check == TestCase::Check::kPrints) {
        run_.cases[i].verdict = CaseVerdict::kInvalid;
      } else {
        cases_.push_back({i, &cases[i]});
      }
    }
  }

  Result<HarnessRun> Run() {
    ESPALIER_RETURN_IF_ERROR(Build());
    if (run_.built != Verdict::kOk) return std::move(run_);
    uint32_t first = 0;
    for (uint32_t i = 0; i < options_.most_processes && first < cases_.size(); ++i) {
      ESPALIER_ASSIGN_OR_RETURN(first, RunFrom(first));
    }
    return std::move(run_);
  }

 private:
  // Builds the harness, without the cases that do not compile.
  Status Build() {
    for (int i = 0; i < kMostBuilds; ++i) {
      const Rendered rendered = Render(language_, source_, cases_);
      ESPALIER_ASSIGN_OR_RETURN(build_, workshop_.Build(rendered.program, cancel_));
      run_.wall += build_->wall;
      run_.built = build_->verdict;
      if (build_->verdict != Verdict::kCompileError) return {};
      run_.diagnostics = build_->diagnostics;
      if (!DropBroken(rendered, build_->diagnostics)) return {};
    }
    return {};
  }

  // Cases that an error is about are invalid. False when there are none: the program itself is at fault.
  bool DropBroken(const Rendered& rendered, const std::vector<Diagnostic>& diagnostics) {
    std::vector<bool> broken(cases_.size());
    bool any = false;
    for (const Diagnostic& diagnostic : diagnostics) {
      if (diagnostic.severity != Severity::kError || diagnostic.file != rendered.file) continue;
      const auto behind = std::upper_bound(rendered.lines.begin(), rendered.lines.end(), diagnostic.line);
      if (behind == rendered.lines.begin() || behind == rendered.lines.end()) continue;
      const auto at = static_cast<size_t>(behind - rendered.lines.begin()) - 1;
      CaseOutcome& outcome = run_.cases[cases_[at].number];
      outcome = {CaseVerdict::kInvalid, {}, diagnostic.message.substr(0, kMostDetailBytes)};
      broken[at] = any = true;
    }
    size_t at = 0;
    std::erase_if(cases_, [&](const NumberedCase&) { return broken[at++]; });
    return any && !cases_.empty();
  }

  // Runs cases in one process; the position of the first that is still to be run.
  Result<uint32_t> RunFrom(uint32_t first) {
    const std::string secret = DrawWord();
    ProgramRun request;
    request.input = secret + "\n";
    request.arguments = {std::to_string(cases_[first].number),
                         fmt::format("{:.3f}", std::chrono::duration<double>(options_.case_limit).count())};
    request.limits.wall = options_.run_limit;
    request.limits.cpu = options_.run_limit;
    request.fresh = options_.fresh;
    ESPALIER_ASSIGN_OR_RETURN(const ProgramOutcome outcome, workshop_.Run(*build_, request, cancel_));
    run_.wall += outcome.result.wall;
    if (outcome.result.verdict == Verdict::kSandboxFailure) {
      return Fail(ErrorCode::kUnavailable, outcome.result.failure);
    }
    const std::optional<uint32_t> begun = ReadReports(outcome.result.out, secret);
    if (!begun) return NothingBegan(outcome);
    CaseOutcome& last = run_.cases[*begun];
    if (last.verdict == CaseVerdict::kNotRun) last = EndedBy(outcome);
    return PositionBehind(*begun);
  }

  // The number of the last case that began.
  std::optional<uint32_t> ReadReports(std::string_view out, std::string_view secret) {
    std::optional<uint32_t> begun;
    while (!out.empty()) {
      const size_t end = std::min(out.find('\n'), out.size());
      const auto report = ParseReport(out.substr(0, end), secret);
      out.remove_prefix(std::min(end + 1, out.size()));
      if (!report || report->number >= run_.cases.size()) continue;
      begun = report->number;
      Take(*report, run_.cases[report->number]);
    }
    return begun;
  }

  static void Take(const Report& report, CaseOutcome& outcome) {
    if (report.word == "begin") return;
    const std::string text(report.text.substr(0, kMostDetailBytes));
    if (report.word == "passed") outcome = {CaseVerdict::kPassed, text, {}};
    if (report.word == "failed") outcome = {CaseVerdict::kFailed, text, {}};
    if (report.word == "error") outcome = {CaseVerdict::kError, {}, text};
    if (report.word == "timeout") outcome = {CaseVerdict::kTimedOut, {}, {}};
  }

  // What the program under test does when it is loaded ended the process.
  uint32_t NothingBegan(const ProgramOutcome& outcome) {
    run_.diagnostics = outcome.diagnostics;
    run_.built = outcome.result.verdict == Verdict::kOk ? Verdict::kRuntimeError : outcome.result.verdict;
    return static_cast<uint32_t>(cases_.size());
  }

  static CaseOutcome EndedBy(const ProgramOutcome& outcome) {
    constexpr int kAlarm = 14;
    const bool alarm = outcome.result.verdict == Verdict::kSignalled && outcome.result.signal == kAlarm;
    if (alarm || outcome.result.verdict == Verdict::kTimedOut) return {CaseVerdict::kTimedOut, {}, {}};
    const std::string detail =
        outcome.diagnostics.empty() ? "the process ended" : outcome.diagnostics.front().message;
    return {CaseVerdict::kError, {}, detail.substr(0, kMostDetailBytes)};
  }

  uint32_t PositionBehind(uint32_t number) const {
    const auto behind = std::find_if(cases_.begin(), cases_.end(),
                                     [number](const NumberedCase& one) { return one.number > number; });
    return static_cast<uint32_t>(behind - cases_.begin());
  }

  Workshop& workshop_;
  const Language language_;
  const std::string& source_;
  const HarnessOptions& options_;
  const CancelToken& cancel_;
  std::vector<NumberedCase> cases_;  // that compile, as far as is known
  std::shared_ptr<const ProgramBuild> build_;
  HarnessRun run_;
};

}  // namespace

namespace {

/// The words of an output, a space between each two.
std::string WordsOf(std::string_view text) {
  std::string words;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = text.find_first_not_of(" \t\r\n", at);
    if (begin == std::string_view::npos) break;
    const size_t end = std::min(text.find_first_of(" \t\r\n", begin), text.size());
    if (!words.empty()) words += ' ';
    words += text.substr(begin, end - begin);
    at = end;
  }
  return words;
}

CaseOutcome OutcomeOf(const ProgramOutcome& outcome, const TestCase& test) {
  if (outcome.result.verdict == Verdict::kTimedOut) return {CaseVerdict::kTimedOut, {}, {}};
  if (outcome.result.verdict != Verdict::kOk) {
    const std::string detail =
        outcome.diagnostics.empty() ? "the program failed" : outcome.diagnostics.front().message;
    return {CaseVerdict::kError, {}, detail.substr(0, kMostDetailBytes)};
  }
  const std::string words = WordsOf(outcome.result.out);
  const bool same = words == WordsOf(test.expected);
  return {same ? CaseVerdict::kPassed : CaseVerdict::kFailed, words.substr(0, kMostDetailBytes), {}};
}

}  // namespace

Result<HarnessRun> RunPrograms(Workshop& workshop, Language language, const std::string& source,
                               std::span<const TestCase> cases, const HarnessOptions& options,
                               const CancelToken& cancel) {
  HarnessRun run;
  run.cases.resize(cases.size());
  ESPALIER_ASSIGN_OR_RETURN(const auto build, workshop.Build(harness::ProgramOf(language, source), cancel));
  run.built = build->verdict;
  run.diagnostics = build->diagnostics;
  run.wall = build->wall;
  if (build->verdict != Verdict::kOk) return run;
  for (size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].check != TestCase::Check::kPrints) {
      run.cases[i].verdict = CaseVerdict::kInvalid;
      continue;
    }
    ProgramRun request;
    request.input = cases[i].call + "\n";
    request.limits.wall = request.limits.cpu = options.case_limit;
    request.fresh = options.fresh;
    ESPALIER_ASSIGN_OR_RETURN(const ProgramOutcome outcome, workshop.Run(*build, request, cancel));
    if (outcome.result.verdict == Verdict::kSandboxFailure) {
      return Fail(ErrorCode::kUnavailable, outcome.result.failure);
    }
    run.wall += outcome.result.wall;
    run.cases[i] = OutcomeOf(outcome, cases[i]);
    if (run.diagnostics.empty()) run.diagnostics = outcome.diagnostics;
  }
  return run;
}

std::string_view CaseVerdictName(CaseVerdict verdict) {
  switch (verdict) {
    case CaseVerdict::kNotRun:
      return "not run";
    case CaseVerdict::kPassed:
      return "passed";
    case CaseVerdict::kFailed:
      return "failed";
    case CaseVerdict::kError:
      return "error";
    case CaseVerdict::kTimedOut:
      return "timeout";
    case CaseVerdict::kInvalid:
      return "invalid";
  }
  return "";
}

Result<HarnessRun> RunCases(Workshop& workshop, Language language, const std::string& source,
                            std::span<const TestCase> cases, const HarnessOptions& options,
                            const CancelToken& cancel) {
  return CaseRunner(workshop, language, source, cases, options, cancel).Run();
}

}  // namespace espalier
