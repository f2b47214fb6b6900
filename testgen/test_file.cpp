#include "testgen/test_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace espalier {
namespace {

class FileMaker {
 public:
  FileMaker(TestReport& report, Workshop& workshop, uint32_t runs, const CancelToken& cancel)
      : report_(report), workshop_(workshop), runs_(std::max(1u, runs)), cancel_(cancel) {}

  Result<TestFile> Make() {
    ESPALIER_RETURN_IF_ERROR(Run());
    if (!file_.run || failed_.empty() || failed_.size() == file_.tests.names.size()) return Finish();
    DropFailing();
    ESPALIER_RETURN_IF_ERROR(Run());
    return Finish();
  }

 private:
  // The suite with the source that the cases were tried on.
  TestSuite Tried() const {
    TestSuite suite = report_.suite;
    if (!report_.alone) return suite;
    suite.source = report_.source;
    suite.function = report_.function;
    if (suite.function.text.starts_with("export ")) return suite;
    if (suite.language == Language::kJavaScript)
      suite.source += "module.exports = { " + suite.function.name + " };\n";
    if (suite.language == Language::kTypeScript || suite.language == Language::kTsx)
      suite.source += "export { " + suite.function.name + " };\n";
    if (suite.language == Language::kJava && !suite.function.class_name.empty())
      suite.file = suite.function.class_name + ".java";
    return suite;
  }

  Status Run() {
    const TestSuite tried = Tried();
    file_.tests = RenderTests(tried);
    failed_.clear();
    for (uint32_t i = 0; i < runs_; ++i) {
      auto run = RunInFramework(workshop_, tried, file_.tests, cancel_);
      if (!run && run.error().code == ErrorCode::kNotFound) {
        file_.not_run = std::move(run.error().message);
        return {};
      }
      if (!run) return Fail(std::move(run.error()));
      failed_.insert(run->failed.begin(), run->failed.end());
      file_.run = std::move(*run);
    }
    return {};
  }

  void DropFailing() {
    auto& cases = report_.suite.cases;
    for (size_t i = cases.size(); i-- > 0;) {
      if (!failed_.contains(file_.tests.names[i])) continue;
      cases.erase(cases.begin() + static_cast<std::ptrdiff_t>(i));
      report_.kept.erase(report_.kept.begin() + static_cast<std::ptrdiff_t>(i));
      ++file_.left_out;
    }
  }

  TestFile Finish() {
    file_.tests = RenderTests(report_.suite);
    if (report_.alone && file_.run && file_.run->passed == 0) {
      file_.run.reset();
      file_.not_run =
          "the tests were not run as a file, because " + report_.suite.file + " does not build by itself";
    }
    return std::move(file_);
  }

  TestReport& report_;
  Workshop& workshop_;
  const uint32_t runs_;
  const CancelToken& cancel_;
  TestFile file_;
  std::set<std::string> failed_;  // names of tests, in any run
};

std::string MutantText(const TestReport& report) {
  const auto killed = static_cast<size_t>(std::count(report.killed.begin(), report.killed.end(), true));
  return fmt::format(
      "{} tests of {} tried; they notice {} of {} mutants ({:.0f} %){}{}", report.suite.cases.size(),
      report.tried, killed, report.mutants.size(), 100 * report.score(),
      report.alone ? "; tried without the rest of its file, which does not build by itself" : "",
      report.flaky == 0 ? "" : fmt::format("; {} left out that differ from run to run", report.flaky));
}

std::string FrameworkText(const TestFile& file) {
  if (!file.run) return file.not_run;
  const FrameworkRun& run = *file.run;
  std::string text =
      fmt::format("{}: {} of {} tests pass", file.tests.framework, run.passed, file.tests.names.size());
  if (file.left_out > 0) text += fmt::format("; {} left out that fail there", file.left_out);
  const LineCoverage& coverage = run.coverage;
  if (coverage.lines > 0) {
    text += fmt::format("; they execute {} of the function's {} lines", coverage.executed, coverage.lines);
    if (!coverage.missed.empty()) text += fmt::format(", not {}", fmt::join(coverage.missed, ", "));
  }
  return text;
}

}  // namespace

Result<TestFile> MakeTestFile(TestReport& report, Workshop& workshop, uint32_t runs,
                              const CancelToken& cancel) {
  return FileMaker(report, workshop, runs, cancel).Make();
}

Result<GeneratedTests> WriteTests(const TestRequest& request, CodeAuthor* author, Workshop& workshop,
                                  uint32_t runs, const TestObserver& observer, const CancelToken& cancel) {
  GeneratedTests made;
  ESPALIER_ASSIGN_OR_RETURN(made.report, GenerateTests(request, author, workshop, observer, cancel));
  if (observer) observer("running the test file", 0, 0);
  ESPALIER_ASSIGN_OR_RETURN(made.file, MakeTestFile(made.report, workshop, runs, cancel));
  return made;
}

std::string SummaryText(const GeneratedTests& tests) {
  return MutantText(tests.report) + "\n" + FrameworkText(tests.file);
}

}  // namespace espalier
