// espalier test FILE::SYMBOL: unit tests for a function, tried out and measured.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/atomic_file.h"
#include "cli/author_source.h"
#include "cli/flags.h"
#include "cli/interrupt.h"
#include "cli/languages.h"
#include "cli/output.h"
#include "cli/source_text.h"
#include "cli/status_line.h"
#include "cli/verb.h"
#include "testgen/test_file.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxSourceBytes = 4 << 20;

struct TestArguments {
  std::string symbol;
  std::string language;
  std::string output;
  bool write = false, force = false, no_model = false;
  uint32_t runs = 1;
  TestRequest request;
  AuthorFiles files;
};

std::string_view OriginName(TestCase::Origin origin) {
  switch (origin) {
    case TestCase::Origin::kDocumentation:
      return "docs";
    case TestCase::Origin::kModel:
      return "model";
    case TestCase::Origin::kInputs:
      return "inputs";
  }
  return "";
}

Result<Signature> TheFunction(const Adapter& adapter, const std::string& source, const std::string& symbol) {
  ESPALIER_ASSIGN_OR_RETURN(const auto functions, FindFunctions(adapter, source, symbol));
  for (const Signature& function : functions) {
    if (function.has_body) return function;
  }
  return functions.front();
}

Result<TestRequest> RequestFor(const TestArguments& arguments, const fs::path& file) {
  TestRequest request = arguments.request;
  ESPALIER_ASSIGN_OR_RETURN(const SymbolReference reference, ParseSymbolReference(arguments.symbol));
  ESPALIER_ASSIGN_OR_RETURN(const Adapter* adapter, arguments.language.empty()
                                                        ? LanguageOfFile(file.string())
                                                        : LanguageNamed(arguments.language));
  request.language = adapter->language;
  request.file = file.filename().string();
  ESPALIER_ASSIGN_OR_RETURN(request.source, ReadSource(file.string(), kMaxSourceBytes));
  ESPALIER_ASSIGN_OR_RETURN(request.function, TheFunction(*adapter, request.source, reference.symbol));
  return request;
}

std::string CaseText(const TestCase& test) {
  switch (test.check) {
    case TestCase::Check::kEquals:
      return fmt::format("{} is {}", test.call, test.expected);
    case TestCase::Check::kThrows:
      return fmt::format("{} fails", test.call);
    default:
      return test.call;
  }
}

void PrintTable(const TestReport& report) {
  fmt::print(stderr, "\n{:<8} {:>5}  {}\n", "origin", "kills", "case");
  for (size_t i = 0; i < report.suite.cases.size(); ++i) {
    fmt::print(stderr, "{:<8} {:>5}  {}\n", OriginName(report.suite.cases[i].origin), report.kept[i].kills,
               CaseText(report.suite.cases[i]).substr(0, 100));
  }
  for (const Doubt& doubt : report.doubts) {
    const std::string found = doubt.outcome.value.empty() ? doubt.outcome.detail : doubt.outcome.value;
    fmt::print(stderr, "in doubt: {} expects {}, the code gives {}\n", OriginName(doubt.test.origin),
               CaseText(doubt.test).substr(0, 100), found.empty() ? "something else" : found.substr(0, 60));
  }
  size_t survivors = 0;
  for (size_t i = 0; i < report.mutants.size(); ++i) {
    if (report.killed[i] || ++survivors > 5) continue;
    fmt::print(stderr, "not noticed: line {}: {}\n", report.mutants[i].line, report.mutants[i].description);
  }
}

nlohmann::json CaseJson(const TestCase& test) {
  return {{"origin", OriginName(test.origin)}, {"call", test.call}, {"expected", test.expected}};
}

nlohmann::json FrameworkJson(const TestFile& file) {
  if (!file.run) return {{"not_run", file.not_run}};
  return {{"passed", file.run->passed},
          {"failed", file.run->failed},
          {"left_out", file.left_out},
          {"log", file.run->log},
          {"lines", file.run->coverage.lines},
          {"lines_executed", file.run->coverage.executed},
          {"lines_missed", file.run->coverage.missed}};
}

nlohmann::json ReportJson(const TestReport& report, const TestFile& file) {
  const RenderedTests& tests = file.tests;
  nlohmann::json json = {{"framework", tests.framework},
                         {"path", tests.path},
                         {"content", tests.content},
                         {"run", FrameworkJson(file)},
                         {"tried", report.tried},
                         {"flaky", report.flaky},
                         {"alone", report.alone},
                         {"mutation_score", report.score()},
                         {"tokens", report.tokens},
                         {"cases", nlohmann::json::array()},
                         {"doubts", nlohmann::json::array()},
                         {"mutants", nlohmann::json::array()}};
  for (size_t i = 0; i < report.suite.cases.size(); ++i) {
    nlohmann::json one = CaseJson(report.suite.cases[i]);
    one["kills"] = report.kept[i].kills;
    json["cases"].push_back(std::move(one));
  }
  for (const Doubt& doubt : report.doubts) {
    nlohmann::json one = CaseJson(doubt.test);
    one["value"] = doubt.outcome.value;
    one["verdict"] = CaseVerdictName(doubt.outcome.verdict);
    json["doubts"].push_back(std::move(one));
  }
  for (size_t i = 0; i < report.mutants.size(); ++i) {
    json["mutants"].push_back({{"line", report.mutants[i].line},
                               {"change", report.mutants[i].description},
                               {"killed", static_cast<bool>(report.killed[i])}});
  }
  return json;
}

Status WriteFile(const TestArguments& arguments, const fs::path& source, const RenderedTests& tests) {
  std::error_code ignored;
  fs::path path = arguments.output;
  if (path.empty()) {
    path = source.parent_path() / tests.path;
    if (fs::exists(path, ignored) && !arguments.force) path = source.parent_path() / tests.other_path;
  }
  if (fs::exists(path, ignored) && !arguments.force) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} is there already; name another file with --output, or say --force", path.string()));
  }
  ESPALIER_RETURN_IF_ERROR(WriteFileAtomically(path, tests.content));
  PrintNote(fmt::format("wrote {}", path.string()));
  return {};
}

Result<GeneratedTests> Generate(const Invocation& invocation, const TestArguments& arguments,
                                const TestRequest& request) {
  Workshop workshop({});
  std::optional<AuthorSource> source;
  if (!arguments.no_model) {
    ESPALIER_ASSIGN_OR_RETURN(source, AuthorSource::Open(invocation.settings.values, arguments.files));
  }
  const InterruptScope interrupt{std::chrono::milliseconds(invocation.settings.values.generate.deadline_ms)};
  StatusLine line(StderrIsTerminal());
  const auto show = [&line](std::string_view stage, uint32_t done, uint32_t total) {
    line.Show(total == 0 ? std::string(stage) : fmt::format("{} {}/{}", stage, done, total));
  };
  return WriteTests(request, source ? &source->author() : nullptr, workshop, arguments.runs, show,
                    interrupt.token());
}

Result<ExitCode> RunTest(const Invocation& invocation, const TestArguments& arguments) {
  ESPALIER_RETURN_IF_ERROR(invocation.settings_status);
  ESPALIER_ASSIGN_OR_RETURN(const SymbolReference reference, ParseSymbolReference(arguments.symbol));
  ESPALIER_ASSIGN_OR_RETURN(const TestRequest request, RequestFor(arguments, reference.file));
  ESPALIER_ASSIGN_OR_RETURN(const GeneratedTests made, Generate(invocation, arguments, request));
  const TestReport& report = made.report;
  const RenderedTests& tests = made.file.tests;
  if (arguments.write) ESPALIER_RETURN_IF_ERROR(WriteFile(arguments, reference.file, tests));
  if (invocation.json) {
    PrintJson(ReportJson(report, made.file));
    return ExitCode::kOk;
  }
  if (!arguments.write) std::fwrite(tests.content.data(), 1, tests.content.size(), stdout);
  std::fflush(stdout);
  PrintTable(report);
  if (made.file.run) std::fputs(made.file.run->log.c_str(), stderr);
  PrintNote(SummaryText(made));
  return ExitCode::kOk;
}

constexpr const char* kExamples =
    R"(  espalier test src/stats.py::median
  espalier test src/stack.cpp::Stack::push --write
  espalier test util.go::Reverse --no-model --output util_test.go
  espalier test parse.ts::parseDate --json | jq .mutation_score

Cases come from the function's documentation, from the model and from the types of its parameters. They run in
the sandbox, where the function can do no harm: without network, without your files. What holds in three runs
and notices mistakes (mutants of the function) that the other cases do not is kept, in the language's usual
test framework: pytest, GoogleTest, JUnit 5, node:test, Go's testing, cargo test. The file is run in it, which
also tells the lines of the function that no test executes (not for Rust and TypeScript).

Cases from inputs say what the code does now. Where documentation or the model expect something else, the
case is no test, but a doubt that is shown.)";

}  // namespace

void AddTestVerb(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<TestArguments>();
  TestRequest& request = arguments->request;
  CLI::App* verb = AddVerb(app, invocation, "test", "Write unit tests for a function, and measure them",
                           kExamples, [&invocation, arguments] { return RunTest(invocation, *arguments); });
  verb->add_option("symbol", arguments->symbol, "FILE::SYMBOL: a function of a file")->required();
  verb->add_option("--lang,--language", arguments->language,
                   "Language of the file, when its name does not tell");
  CLI::Option* write = verb->add_flag("-w,--write", arguments->write, "Write the test file beside the file");
  verb->add_option("-o,--output", arguments->output, "Write it here")
      ->type_name("FILE")
      ->each([arguments](const std::string&) { arguments->write = true; })
      ->excludes(write);
  verb->add_flag("--force", arguments->force, "Overwrite a file that is there");
  verb->add_option("--count", request.most_cases, "Most tests that are kept")
      ->check(CLI::Range(1, 200))
      ->capture_default_str();
  verb->add_option("--mutants", request.most_mutants, "Most mutants that are tried")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  verb->add_option("--runs", arguments->runs, "Run the finished file so often; what ever fails is left out")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  verb->add_flag("--no-model", arguments->no_model, "Only documentation and inputs");
  AddAuthorFlags(*verb, arguments->files);
  AddSettingFlag(*verb, invocation, "--model", "generate.model");
  AddSettingFlag(*verb, invocation, "--deadline-ms", "generate.deadline_ms");
  AddModelFlags(*verb, invocation);
}

}  // namespace espalier
