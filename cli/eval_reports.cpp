// espalier eval report: what runs came to, and how two compare. espalier eval list: which runs there are.
#include "cli/eval_reports.h"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

#include "cli/output.h"

namespace espalier {
namespace {

struct ReportArguments {
  std::vector<int64_t> runs;
  bool markdown = false;
  std::shared_ptr<std::string> database;
};

Result<ExitCode> RunReport(const Invocation& invocation, const ReportArguments& arguments) {
  ESPALIER_ASSIGN_OR_RETURN(const auto store, RunStore::Open(*arguments.database));
  std::vector<RunSummary> summaries;
  std::vector<std::vector<EvalSample>> samples;
  for (const int64_t id : arguments.runs) {
    ESPALIER_ASSIGN_OR_RETURN(RunSummary summary, SummaryOf(*store, id));
    summaries.push_back(std::move(summary));
    ESPALIER_ASSIGN_OR_RETURN(std::vector<EvalSample> of_run, store->Samples(id));
    samples.push_back(std::move(of_run));
  }
  const ReportForm form = arguments.markdown ? ReportForm::kMarkdown : ReportForm::kText;
  nlohmann::ordered_json json = {{"runs", nlohmann::ordered_json::array()}};
  for (const RunSummary& summary : summaries) json["runs"].push_back(ReportJson(summary));
  if (!invocation.json) fmt::print("{}", ReportText(summaries, form));
  for (size_t i = 0; i < arguments.runs.size(); ++i) {
    ESPALIER_ASSIGN_OR_RETURN(const auto selection, SelectionOf(*store, arguments.runs[i]));
    if (!selection) continue;
    json["runs"][i]["selection"] = SelectionJson(*selection);
    if (!invocation.json) fmt::print("\nrun {}: {}", arguments.runs[i], SelectionText(*selection));
  }
  if (samples.size() == 2) {
    const RunComparison comparison = Compare(samples[0], samples[1]);
    json["comparison"] = ComparisonJson(comparison);
    if (!invocation.json) fmt::print("\n{}", ComparisonText(comparison, form));
  }
  if (invocation.json) PrintJson(json);
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
    fmt::print("{:>4}  {}  {}  {}  constraint {}  n {}  temperature {:g}{}\n", run.id, run.started, s.suite,
               s.model, s.constrained ? "exact" : "off", s.samples, s.temperature,
               run.finished ? "" : "  (unfinished)");
  }
  if (invocation.json) PrintJson(json);
  if (runs.empty()) PrintNote("no runs yet; see: espalier eval --help");
  return ExitCode::kOk;
}

}  // namespace

Result<RunSummary> SummaryOf(const RunStore& store, int64_t id) {
  ESPALIER_ASSIGN_OR_RETURN(const EvalRun run, store.Run(id));
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<EvalSample> samples, store.Samples(id));
  return Summarise(run, samples);
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
  CLI::App* verb = AddVerb(eval, invocation, "report", "Show what runs came to; two runs are compared",
                           "  espalier eval report 3\n  espalier eval report 3 4 --markdown",
                           [&invocation, arguments] { return RunReport(invocation, *arguments); });
  verb->add_option("runs", arguments->runs, "Numbers of runs")->required()->check(CLI::PositiveNumber);
  verb->add_flag("--markdown", arguments->markdown, "Print Markdown");
  AddDatabaseFlag(*verb, *database);
}

void AddEvalListVerb(CLI::App& eval, Invocation& invocation, const std::shared_ptr<std::string>& database) {
  CLI::App* verb = AddVerb(eval, invocation, "list", "List the runs", "  espalier eval list",
                           [&invocation, database] { return RunList(invocation, *database); });
  AddDatabaseFlag(*verb, *database);
}

}  // namespace espalier
