// espalier eval report: what runs came to, and how two compare. espalier eval list: which runs there are.
#include "cli/eval_reports.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "cli/file_hash.h"
#include "cli/output.h"
#include "evals/report/report_page.h"
#include "evals/suites/suite.h"

namespace espalier {
namespace {

struct ReportArguments {
  std::vector<int64_t> runs;
  bool markdown = false;
  std::string html;
  std::shared_ptr<std::string> database;
};

/// A run as reports show it. Prompts are those of the suite's data, if it is there still.
Result<ReportedRun> LoadRun(const RunStore& store, int64_t id, bool with_prompts) {
  ReportedRun run;
  ESPALIER_ASSIGN_OR_RETURN(const EvalRun facts, store.Run(id));
  ESPALIER_ASSIGN_OR_RETURN(run.samples, store.Samples(id));
  run.summary = Summarise(facts, run.samples);
  ESPALIER_ASSIGN_OR_RETURN(run.selection, SelectionOf(store, id));
  ESPALIER_ASSIGN_OR_RETURN(run.selections, store.Selections(id));
  run.fills = SummariseFills(run.samples);
  if (!with_prompts) return run;
  const EvalSettings& settings = run.summary.run.settings;
  const auto suite = LoadSuite(settings.suite, settings.data, settings.seed);
  if (!suite) return run;
  const auto hash = DataHash(*suite, {});
  if (!hash || *hash != settings.data_sha256) return run;
  for (const SuiteTask& task : suite->tasks) run.tasks[task.id] = task;
  return run;
}

nlohmann::ordered_json RunJson(const ReportedRun& run) {
  nlohmann::ordered_json json = ReportJson(run.summary);
  if (run.selection) json["selection"] = SelectionJson(*run.selection);
  if (run.fills) json.update(FillJson(*run.fills));
  return json;
}

/// What only some runs have.
std::string MoreText(const ReportedRun& run, ReportForm form) {
  std::string text;
  if (run.selection) text += SelectionText(*run.selection);
  if (run.fills) text += "\n" + FillText(*run.fills, form == ReportForm::kMarkdown);
  return text;
}

Status WriteHtml(const std::string& path, const std::vector<ReportedRun>& runs,
                 const std::optional<RunComparison>& comparison) {
  ESPALIER_RETURN_IF_ERROR(WriteFileAtomically(path, ReportPage(runs, comparison)));
  PrintNote(fmt::format("wrote {}; open it in a browser", path));
  return {};
}

Result<ExitCode> RunReport(const Invocation& invocation, const ReportArguments& arguments) {
  ESPALIER_ASSIGN_OR_RETURN(const auto store, RunStore::Open(*arguments.database));
  std::vector<ReportedRun> runs;
  for (const int64_t id : arguments.runs) {
    ESPALIER_ASSIGN_OR_RETURN(ReportedRun run, LoadRun(*store, id, !arguments.html.empty()));
    runs.push_back(std::move(run));
  }
  std::optional<RunComparison> comparison;
  if (runs.size() == 2) comparison = Compare(runs[0].samples, runs[1].samples);
  if (!arguments.html.empty()) {
    ESPALIER_RETURN_IF_ERROR(WriteHtml(arguments.html, runs, comparison));
    return ExitCode::kOk;
  }
  const ReportForm form = arguments.markdown ? ReportForm::kMarkdown : ReportForm::kText;
  nlohmann::ordered_json json = {{"runs", nlohmann::ordered_json::array()}};
  std::vector<RunSummary> summaries;
  std::string more;
  for (const ReportedRun& run : runs) {
    summaries.push_back(run.summary);
    json["runs"].push_back(RunJson(run));
    const std::string text = MoreText(run, form);
    if (!text.empty()) more += fmt::format("\nrun {}: {}", run.summary.run.id, text);
  }
  if (comparison) json["comparison"] = ComparisonJson(*comparison);
  if (invocation.json) {
    PrintJson(json);
    return ExitCode::kOk;
  }
  fmt::print("{}{}", ReportText(summaries, form), more);
  if (comparison) fmt::print("\n{}", ComparisonText(*comparison, form));
  return ExitCode::kOk;
}

Result<ExitCode> RunList(const Invocation& invocation, const std::string& database) {
  ESPALIER_ASSIGN_OR_RETURN(const auto store, RunStore::Open(database));
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<EvalRun> runs, store->Runs());
  auto json = nlohmann::ordered_json::array();
  for (const EvalRun& run : runs) {
    json.push_back({{"run", run.id},
                    {"started", run.started},
                    {"finished", run.finished},
                    {"settings", SettingsJson(run.settings)}});
    if (invocation.json) continue;
    const EvalSettings& s = run.settings;
    fmt::print("{:>4}  {}  {}  {}  {}  constraint {}  n {}  temperature {:g}{}\n", run.id, run.started,
               s.suite, s.model, s.engine, ConstraintName(s.constraint), s.samples, s.temperature,
               run.finished ? "" : "  (unfinished)");
  }
  if (invocation.json) PrintJson(json);
  if (runs.empty()) PrintNote("no runs yet; see: espalier eval --help");
  return ExitCode::kOk;
}

}  // namespace

Status PrintRun(const RunStore& store, int64_t id, bool json) {
  ESPALIER_ASSIGN_OR_RETURN(const ReportedRun run, LoadRun(store, id, false));
  if (json) {
    PrintJson(RunJson(run));
    return {};
  }
  const std::string more = MoreText(run, ReportForm::kText);
  fmt::print("{}{}{}", ReportText({run.summary}, ReportForm::kText), more.empty() ? "" : "\n", more);
  return {};
}

Result<std::string> DataHash(const Suite& suite, const CancelToken& cancel) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(suite.data, ignored)) return Sha256OfFile(suite.data, {}, cancel);
  std::string all;
  for (const SuiteTask& task : suite.tasks) {
    for (const std::string* part : {&task.id, &task.prefix, &task.middle, &task.suffix, &task.tests}) {
      all += fmt::format("{}:{}", part->size(), *part);
    }
  }
  return Sha256OfText(all);
}

Result<std::optional<SelectionSummary>> SelectionOf(const RunStore& store, int64_t id) {
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<TaskSelection> selections, store.Selections(id));
  if (selections.empty()) return std::nullopt;
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<EvalSample> samples, store.Samples(id));
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<TaskTestAnswers> tests, store.TestAnswers(id));
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<TaskRepair> repairs, store.Repairs(id));
  return SummariseSelection(samples, selections, tests, repairs);
}

void AddDatabaseFlag(CLI::App& verb, std::string& database) {
  verb.add_option("--db", database, "The file that runs are stored in")
      ->capture_default_str()
      ->type_name("FILE");
}

void AddEvalReportVerb(CLI::App& eval, Invocation& invocation, const std::shared_ptr<std::string>& database) {
  const auto arguments = std::make_shared<ReportArguments>();
  arguments->database = database;
  CLI::App* verb =
      AddVerb(eval, invocation, "report", "Show what runs came to; two runs are compared",
              "  espalier eval report 3\n  espalier eval report 3 4 --markdown\n"
              "  espalier eval report 3 4 --html report.html     plots, and every task with its answers",
              [&invocation, arguments] { return RunReport(invocation, *arguments); });
  verb->add_option("runs", arguments->runs, "Numbers of runs")->required()->check(CLI::PositiveNumber);
  CLI::Option* markdown = verb->add_flag("--markdown", arguments->markdown, "Print Markdown");
  verb->add_option("--html", arguments->html, "Write a page with plots and every task, in one file")
      ->type_name("FILE")
      ->excludes(markdown);
  AddDatabaseFlag(*verb, *database);
}

void AddEvalListVerb(CLI::App& eval, Invocation& invocation, const std::shared_ptr<std::string>& database) {
  CLI::App* verb = AddVerb(eval, invocation, "list", "List the runs", "  espalier eval list",
                           [&invocation, database] { return RunList(invocation, *database); });
  AddDatabaseFlag(*verb, *database);
}

}  // namespace espalier
