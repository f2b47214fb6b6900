#include "testgen/testgen.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "adapters/adapter.h"
#include "testgen/assertions.h"
#include "testgen/function_alone.h"
#include "testgen/inputs.h"
#include "testgen/literal.h"
#include "testgen/problem.h"
#include "testgen/side_by_side.h"

namespace espalier {
namespace {

constexpr int kRepeats = 2;  // further runs, in processes of their own
constexpr size_t kMostValueBytes = 200;
constexpr size_t kFewestCases = 3;
constexpr std::chrono::milliseconds kCaseLimit{1'000};

bool Passed(const CaseOutcome& outcome) { return outcome.verdict == CaseVerdict::kPassed; }

/// What the harness printed, as an expression that a person would write; nullopt for objects and the like.
std::optional<std::string> ExpectedOf(Language language, const std::string& value, std::string_view type) {
  if (value.empty() || value.size() > kMostValueBytes) return std::nullopt;
  if (value.find_first_of("<>") != std::string::npos && value.find('"') == std::string::npos)
    return std::nullopt;
  if (value.find("0x") != std::string::npos || value.find("[Function") != std::string::npos)
    return std::nullopt;
  if (language == Language::kJava && type == "String") return nlohmann::json(value).dump();
  if (language == Language::kJava || language == Language::kRust) return LiteralOf(language, value, type);
  if (language == Language::kC && type.find('*') != std::string_view::npos)
    return nlohmann::json(value).dump();
  return value;
}

class TestMaker {
 public:
  TestMaker(const TestRequest& request, CodeAuthor* author, Workshop& workshop, const TestObserver& observer,
            const CancelToken& cancel)
      : request_(request),
        author_(author),
        workshop_(workshop),
        observer_(observer),
        cancel_(cancel),
        source_(request.source),
        function_(request.function) {}

  Result<TestReport> Run() {
    ESPALIER_RETURN_IF_ERROR(Check());
    ESPALIER_RETURN_IF_ERROR(ChooseSource());
    Gather(ExampleCases(request_.language, request_.function, request_.function.examples));
    ESPALIER_RETURN_IF_ERROR(AskModel());
    ESPALIER_RETURN_IF_ERROR(Observe());
    ESPALIER_RETURN_IF_ERROR(KeepWhatHolds());
    if (cases_.empty()) return Fail(NothingHolds());
    ESPALIER_RETURN_IF_ERROR(Mutate());
    Choose();
    report_.source = source_;
    report_.function = function_;
    return std::move(report_);
  }

 private:
  void Say(std::string_view stage, size_t done = 0, size_t total = 0) const {
    if (observer_) observer_(stage, static_cast<uint32_t>(done), static_cast<uint32_t>(total));
  }

  Status Check() {
    report_.suite.language = request_.language;
    report_.suite.file = request_.file;
    report_.suite.source = request_.source;
    report_.suite.function = request_.function;
    if (!request_.function.has_body) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("'{}' has no body here; name the file that defines it", request_.function.name));
    }
    if (request_.function.damaged) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' has a syntax error; see: espalier check {}",
                                                           request_.function.name, request_.file));
    }
    return workshop_.Check(request_.language);
  }

  // The file as it is, if it builds; else the function alone.
  Status ChooseSource() {
    Say("building");
    TestCase nothing;
    nothing.check = TestCase::Check::kTrue;
    nothing.call = request_.language == Language::kPython ? "True"
                   : request_.language == Language::kC    ? "1"
                                                          : "true";
    ESPALIER_ASSIGN_OR_RETURN(const HarnessRun whole, RunOn(source_, {nothing}, true));
    if (whole.built == Verdict::kOk) return {};
    const std::string alone = FunctionAlone(request_.language, source_, function_);
    const auto functions = ListFunctions(AdapterFor(request_.language), alone);
    if (!functions) return CheckBuilt(whole);
    const auto same = std::ranges::find_if(*functions, [this](const Signature& one) {
      return one.name == function_.name && one.text == function_.text;
    });
    if (same == functions->end()) return CheckBuilt(whole);
    ESPALIER_ASSIGN_OR_RETURN(const HarnessRun part, RunOn(alone, {nothing}, true));
    if (part.built != Verdict::kOk) return CheckBuilt(whole);
    source_ = alone;
    function_ = *same;
    report_.alone = true;
    return {};
  }

  void Gather(const std::vector<TestCase>& more) { AddNewCases(cases_, more); }

  Status AskModel() {
    if (author_ == nullptr || request_.lists == 0) return {};
    Say("the model writes tests");
    const std::string callee = CalleeOf(request_.language, request_.function);
    const uint32_t begin = request_.function.begin;
    CodeQuestion question = AssertionsQuestion(
        {request_.language, callee, request_.source.substr(begin, request_.function.end - begin)},
        request_.assertions);
    question.answers = request_.lists;
    question.sampling.temperature = static_cast<float>(request_.temperature);
    question.sampling.seed = request_.seed;
    ESPALIER_ASSIGN_OR_RETURN(const auto answers, author_->Write(question, cancel_));
    for (const WrittenCode& answer : answers) {
      report_.tokens += answer.tokens;
      Gather(ParseAssertions(request_.language, callee, answer.code));
    }
    return cancel_.Check();
  }

  // What the function gives for inputs of its types becomes cases.
  Status Observe() {
    Say("trying inputs");
    std::vector<TestCase> tried;
    for (std::string& call :
         CallsFor(request_.language, request_.function, request_.most_inputs, request_.seed,
                  HintsIn(request_.language, request_.source, request_.function))) {
      TestCase test;
      test.origin = TestCase::Origin::kInputs;
      test.name = test.call = std::move(call);
      // Something that the value can be compared with, whatever it is: itself.
      test.expected = test.call;
      tried.push_back(std::move(test));
    }
    if (tried.empty()) return {};
    ESPALIER_ASSIGN_OR_RETURN(const HarnessRun run, RunOn(source_, tried, true));
    for (const CaseOutcome& outcome : run.cases) endless_ += outcome.verdict == CaseVerdict::kTimedOut;
    for (size_t i = 0; i < tried.size(); ++i) {
      if (run.cases[i].verdict == CaseVerdict::kError && FailsOnPurpose(run.cases[i].detail, tried[i])) {
        Gather({tried[i]});
        continue;
      }
      const auto expected = ExpectedOf(request_.language, run.cases[i].value, request_.function.return_type);
      if (!expected) continue;
      tried[i].expected = *expected;
      Gather({tried[i]});
    }
    return {};
  }

  // A failure that the function itself raises is part of what it does. Makes the case one that wants it.
  bool FailsOnPurpose(const std::string& detail, TestCase& test) const {
    const Signature& function = request_.function;
    const std::string body =
        request_.source.substr(function.body_begin, function.body_end - function.body_begin);
    std::string kind = detail.substr(0, detail.find(':'));
    kind.erase(0, kind.rfind('.') + 1);  // of "java.lang.IllegalStateException"
    const bool is_word = !kind.empty() && kind.find_first_of(" \"'()") == std::string::npos;
    const bool named = is_word && body.find(kind) != std::string::npos;
    const bool raises = body.find("throw ") != std::string::npos || body.find("panic") != std::string::npos;
    test.check = TestCase::Check::kThrows;
    test.expected = named ? kind : "";
    return named || raises;
  }

  Status CheckBuilt(const HarnessRun& run) const {
    if (run.built == Verdict::kOk) return {};
    std::string why;
    for (const Diagnostic& one : run.diagnostics) {
      if (one.severity != Severity::kError) continue;
      why = one.line > 0 ? fmt::format(": line {}: {}", one.line, one.message) : ": " + one.message;
      break;
    }
    return Fail(ErrorCode::kUnsupported,
                fmt::format("{} cannot be built or loaded by itself{}", request_.file, why));
  }

  Result<HarnessRun> RunOn(const std::string& source, const std::vector<TestCase>& cases, bool fresh) {
    HarnessOptions options;
    options.fresh = fresh;
    options.case_limit = kCaseLimit;
    return RunCases(workshop_, request_.language, source, cases, options, cancel_);
  }

  // Keeps the cases that pass in every run; what documentation and the model expect in vain is a doubt.
  Status KeepWhatHolds() {
    Say("running tests", 0, cases_.size());
    report_.tried = static_cast<uint32_t>(cases_.size());
    if (cases_.empty()) return {};
    ESPALIER_ASSIGN_OR_RETURN(const HarnessRun first, RunOn(source_, cases_, true));
    std::vector<bool> same(cases_.size(), true);
    for (int i = 0; i < kRepeats; ++i) {
      ESPALIER_ASSIGN_OR_RETURN(const HarnessRun again, RunOn(source_, cases_, true));
      for (size_t k = 0; k < cases_.size(); ++k) {
        same[k] = same[k] && again.cases[k].verdict == first.cases[k].verdict &&
                  again.cases[k].value == first.cases[k].value;
      }
    }
    std::vector<TestCase> kept;
    for (size_t k = 0; k < cases_.size(); ++k) {
      if (!same[k]) {
        ++report_.flaky;
      } else if (Passed(first.cases[k])) {
        kept.push_back(std::move(cases_[k]));
      } else if (IsDoubt(cases_[k], first.cases[k])) {
        report_.doubts.push_back({std::move(cases_[k]), first.cases[k]});
      }
    }
    cases_ = std::move(kept);
    return {};
  }

  static bool IsDoubt(const TestCase& test, const CaseOutcome& outcome) {
    if (test.origin == TestCase::Origin::kInputs) return false;
    if (outcome.verdict == CaseVerdict::kFailed) return true;
    const bool documented = test.origin == TestCase::Origin::kDocumentation;
    return documented &&
           (outcome.verdict == CaseVerdict::kError || outcome.verdict == CaseVerdict::kTimedOut);
  }

  Error NothingHolds() const {
    if (endless_ > 0) {
      return {ErrorCode::kNotFound, fmt::format("no test of '{}' could be made: it does not end within {} ms",
                                                request_.function.name, kCaseLimit.count())};
    }
    if (report_.flaky > 0) {
      return {
          ErrorCode::kNotFound,
          fmt::format("no test of '{}' could be made: it gives another value in every run; hand its clock or "
                      "its random numbers to it",
                      request_.function.name)};
    }
    return {ErrorCode::kNotFound,
            fmt::format(
                "no test of '{}' could be made: none of {} cases holds; name a function that takes and gives "
                "plain values",
                request_.function.name, report_.tried)};
  }

  // Which cases kill which mutants.
  Status Mutate() {
    const std::vector<Mutant> mutants =
        MutantsOf(request_.language, source_, function_, request_.most_mutants);
    std::vector<Result<HarnessRun>> runs(mutants.size());
    std::mutex progress;
    size_t done = 0;
    RunSideBySide(mutants.size(), [&](size_t i) {
      if (cancel_.stop_requested()) return;
      runs[i] = RunOn(mutants[i].Apply(source_), cases_, false);
      const std::lock_guard lock(progress);
      Say("running mutants", ++done, mutants.size());
    });
    ESPALIER_RETURN_IF_ERROR(cancel_.Check());
    for (size_t i = 0; i < mutants.size(); ++i) {
      if (!runs[i]) return Fail(std::move(runs[i].error()));
      if (runs[i]->built == Verdict::kCompileError) continue;
      std::vector<bool> kills;
      for (const CaseOutcome& outcome : runs[i]->cases) kills.push_back(!Passed(outcome));
      report_.mutants.push_back(mutants[i]);
      if (report_.alone) report_.mutants.back().line += LinesMoved();
      kills_.push_back(std::move(kills));
    }
    return {};
  }

  // From the function alone to the file that it is in.
  uint32_t LinesMoved() const {
    const auto line = [](const std::string& text, uint32_t at) {
      return static_cast<uint32_t>(std::count(text.begin(), text.begin() + at, '\n'));
    };
    return line(request_.source, request_.function.begin) - line(source_, function_.begin);
  }

  // Cases from documentation stay; of the others, the one that kills most mutants that are left, again and
  // again. Documentation and the model go before mere observations that kill as many.
  void Choose() {
    report_.killed.assign(report_.mutants.size(), false);
    std::vector<bool> taken(cases_.size());
    for (size_t k = 0; k < cases_.size(); ++k) {
      if (cases_[k].origin == TestCase::Origin::kDocumentation) Take(k, taken);
    }
    while (report_.suite.cases.size() < request_.most_cases) {
      const auto best = MostUseful(taken);
      if (!best) break;
      Take(*best, taken);
    }
    // That it fails on purpose is worth a case, whatever mutants say.
    for (size_t k = 0; k < cases_.size(); ++k) {
      if (!taken[k] && cases_[k].check == TestCase::Check::kThrows && IsNewResult(cases_[k])) Take(k, taken);
    }
    for (size_t k = 0; k < cases_.size() && report_.suite.cases.size() < kFewestCases; ++k) {
      if (!taken[k] && IsNewResult(cases_[k])) Take(k, taken);
    }
  }

  // A suite of one case says little, even if that one notices every mutant.
  bool IsNewResult(const TestCase& test) const {
    return std::none_of(report_.suite.cases.begin(), report_.suite.cases.end(), [&](const TestCase& known) {
      return known.check == test.check && known.expected == test.expected;
    });
  }

  std::optional<size_t> MostUseful(const std::vector<bool>& taken) const {
    std::optional<size_t> best;
    const auto worth = [&](size_t k) {
      return std::pair(NewKills(k), cases_[k].origin == TestCase::Origin::kModel);
    };
    for (size_t k = 0; k < cases_.size(); ++k) {
      if (!taken[k] && (!best || worth(k) > worth(*best))) best = k;
    }
    const bool is_first = report_.suite.cases.empty();
    return best && (is_first || NewKills(*best) > 0) ? best : std::nullopt;
  }

  uint32_t NewKills(size_t k) const {
    uint32_t count = 0;
    for (size_t m = 0; m < kills_.size(); ++m) count += kills_[m][k] && !report_.killed[m];
    return count;
  }

  void Take(size_t k, std::vector<bool>& taken) {
    KeptCase kept;
    for (size_t m = 0; m < kills_.size(); ++m) {
      kept.kills += kills_[m][k];
      if (kills_[m][k]) report_.killed[m] = true;
    }
    taken[k] = true;
    report_.kept.push_back(kept);
    report_.suite.cases.push_back(cases_[k]);
  }

  const TestRequest& request_;
  CodeAuthor* const author_;
  Workshop& workshop_;
  const TestObserver& observer_;
  const CancelToken& cancel_;
  std::string source_;  // that is run: the file, or the function alone
  Signature function_;  // in it
  std::vector<TestCase> cases_;
  uint32_t endless_ = 0;                  // inputs for which the function did not end
  std::vector<std::vector<bool>> kills_;  // for each mutant that compiles, of each case
  TestReport report_;
};

}  // namespace

double TestReport::score() const {
  if (mutants.empty()) return 1;
  return static_cast<double>(std::count(killed.begin(), killed.end(), true)) /
         static_cast<double>(mutants.size());
}

Result<TestReport> GenerateTests(const TestRequest& request, CodeAuthor* author, Workshop& workshop,
                                 const TestObserver& observer, const CancelToken& cancel) {
  return TestMaker(request, author, workshop, observer, cancel).Run();
}

}  // namespace espalier
