#include "evals/report/report_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "evals/report/embedded.h"
#include "evals/report/markup.h"
#include "evals/report/plots.h"

namespace espalier {
namespace {

constexpr size_t kMostDetailBytes = 2000;
constexpr int kContextLines = 6;
constexpr int kSeries = 4;  // colours

std::string RunName(const ReportedRun& run) {
  const EvalSettings& s = run.summary.run.settings;
  return fmt::format("run {}: {}", run.summary.run.id, s.model.substr(s.model.rfind('/') + 1));
}

int SeriesOf(size_t run) { return static_cast<int>(run) % kSeries; }

bool Passed(const EvalSample& sample) { return sample.error == ErrorClassName(ErrorClass::kNone); }

// --- The head

std::string Row(std::string_view name, const std::vector<std::string>& cells) {
  std::string html = fmt::format("<tr><th scope=\"row\">{}</th>", EscapeHtml(name));
  for (const std::string& cell : cells) html += fmt::format("<td class=\"number\">{}</td>", EscapeHtml(cell));
  return html + "</tr>\n";
}

template <typename Cell>
std::string Row(std::string_view name, const std::vector<ReportedRun>& runs, Cell cell) {
  std::vector<std::string> cells;
  for (const ReportedRun& run : runs) cells.push_back(cell(run.summary));
  return Row(name, cells);
}

std::string Facts(const std::vector<ReportedRun>& runs) {
  std::string html = "<table><tr><th></th>";
  for (const ReportedRun& run : runs) html += fmt::format("<th>run {}</th>", run.summary.run.id);
  html += "</tr>\n";
  html += Row("suite", runs, [](const RunSummary& s) { return s.run.settings.suite; });
  html += Row("model", runs, [](const RunSummary& s) { return s.run.settings.model; });
  html += Row("engine", runs, [](const RunSummary& s) {
    return fmt::format("{} {}", s.run.settings.engine, s.run.settings.api);
  });
  html += Row("constraint", runs,
              [](const RunSummary& s) { return std::string(ConstraintName(s.run.settings.constraint)); });
  html += Row("answers", runs, [](const RunSummary& s) {
    const EvalSettings& settings = s.run.settings;
    return fmt::format("{} a task, temperature {:g}, seed {}, at most {} tokens", settings.samples,
                       settings.temperature, settings.seed, settings.max_tokens);
  });
  html += Row("tasks", runs, [](const RunSummary& s) {
    return s.run.finished ? fmt::format("{}", s.tasks)
                          : fmt::format("{} of {}, unfinished", s.tasks, s.run.tasks);
  });
  html += Row("tokens written", runs, [](const RunSummary& s) { return fmt::format("{}", s.tokens); });
  html += Row("tokens refused by the grammar", runs,
              [](const RunSummary& s) { return fmt::format("{}", s.refused); });
  html += Row("cut off by the limit", runs, [](const RunSummary& s) { return fmt::format("{}", s.cut_off); });
  html += Row("time", runs, [](const RunSummary& s) { return fmt::format("{:.0f} s", s.run.seconds); });
  html += Row("machine", runs, [](const RunSummary& s) {
    return fmt::format("{}; {}, {}", s.run.machine, s.run.settings.backend, s.run.settings.kv_type);
  });
  html += Row("begun", runs, [](const RunSummary& s) {
    return fmt::format("{}, Espalier {}", s.run.started, s.run.version);
  });
  html += Row("data", runs, [](const RunSummary& s) { return s.run.settings.data_sha256.substr(0, 16); });
  return html + "</table>\n";
}

// --- Plots

std::string Shares(const std::vector<ReportedRun>& runs) {
  std::vector<PlotShare> shares;
  for (size_t i = 0; i < runs.size(); ++i) {
    const std::string name = runs.size() == 1 ? "" : fmt::format("run {}, ", runs[i].summary.run.id);
    for (const PassRate& rate : runs[i].summary.rates) {
      shares.push_back({fmt::format("{}pass@{}", name, rate.k), rate.rate, rate.interval, SeriesOf(i)});
    }
    if (const auto& selection = runs[i].selection) {
      const SelectionShares& all = selection->all;
      shares.push_back({name + "selected by tests", all.selected, {}, SeriesOf(i)});
      if (selection->repairs > 0)
        shares.push_back({name + "selected, repaired", all.repaired, {}, SeriesOf(i)});
      shares.push_back({name + "best of all answers", all.oracle, {}, SeriesOf(i)});
    }
  }
  return "<h2>Tasks solved</h2>\n" + SharesPlot(shares) +
         "<p class=\"soft\">Bars: 95 % interval of a bootstrap over tasks. pass@k: the unbiased estimate of "
         "Chen "
         "et al. (2021).</p>\n";
}

std::string Groups(const ReportedRun& run) {
  if (!run.selection || run.selection->groups.empty()) return {};
  std::string html =
      "<table><tr><th></th><th>tasks</th><th>all answers</th><th>selected</th><th>selected, "
      "repaired</th><th>best of all</th></tr>\n";
  const auto percent = [](double share) { return fmt::format("{:.1f} %", 100 * share); };
  for (const SelectionShares& one : run.selection->groups) {
    html += Row(one.group, {fmt::format("{}", one.tasks), percent(one.mean), percent(one.selected),
                            run.selection->repairs > 0 ? percent(one.repaired) : "", percent(one.oracle)});
  }
  return html + "</table>\n";
}

std::string Verdicts(const std::vector<ReportedRun>& runs) {
  std::vector<std::string> classes;
  for (const ErrorClass error : kErrorClasses) classes.emplace_back(ErrorClassName(error));
  std::vector<PlotStack> stacks;
  std::set<size_t> used;
  for (const ReportedRun& run : runs) {
    PlotStack stack{RunName(run), {}};
    for (size_t k = 0; k < classes.size(); ++k) {
      stack.counts.push_back(run.summary.errors[k]);
      if (run.summary.errors[k] > 0) used.insert(k);
    }
    stacks.push_back(std::move(stack));
  }
  std::string legend = "<div class=\"legend\">";
  for (const size_t k : used) {
    legend += fmt::format("<span><span class=\"swatch class-{0}\"></span>{0}</span>", classes[k]);
  }
  return "<h2>What became of the answers</h2>\n" + StacksPlot(stacks, classes) + legend + "</div>\n";
}

std::string Times(const std::vector<ReportedRun>& runs) {
  std::vector<PlotDistribution> distributions;
  const auto add = [&](std::string label, const ReportedRun& run, double EvalSample::*what, int series) {
    PlotDistribution one{std::move(label), {}, series};
    for (const EvalSample& sample : run.samples) {
      if (sample.*what > 0) one.values.push_back(sample.*what);
    }
    if (!one.values.empty()) distributions.push_back(std::move(one));
  };
  for (size_t i = 0; i < runs.size(); ++i) {
    add(fmt::format("run {}: writing", runs[i].summary.run.id), runs[i], &EvalSample::generate_seconds,
        SeriesOf(i));
  }
  if (runs.size() == 1) add("testing", runs[0], &EvalSample::check_seconds, 1);
  std::string legend = "<div class=\"legend\">";
  for (const PlotDistribution& one : distributions) {
    legend += fmt::format("<span><span class=\"swatch series{}\"></span>{}</span>", one.series,
                          EscapeHtml(one.label));
  }
  return "<h2>Time of an answer</h2>\n" + DistributionsPlot(distributions) + legend +
         "</div>\n<p class=\"soft\">Answers are written in batches; dots are the median and the 95th "
         "percentile.</p>\n";
}

// --- Holes

std::string Fills(const std::vector<ReportedRun>& runs) {
  std::string html;
  std::vector<PlotShare> shares;
  for (size_t i = 0; i < runs.size(); ++i) {
    const ReportedRun& run = runs[i];
    if (!run.fills) continue;
    const FillShares& all = run.fills->all;
    const std::string name = runs.size() == 1 ? "" : fmt::format("run {}, ", run.summary.run.id);
    shares.push_back({name + "answers that break nothing",
                      all.answered == 0 ? 0 : static_cast<double>(all.parses) / all.answered, all.parse_rate,
                      SeriesOf(i)});
    shares.push_back({name + "holes answered", static_cast<double>(all.answered) / all.holes,
                      WilsonInterval(all.answered, all.holes), SeriesOf(i)});
    shares.push_back({name + "exactly what was there", static_cast<double>(all.exact) / all.holes,
                      WilsonInterval(all.exact, all.holes), SeriesOf(i)});
    html += fmt::format("<h3>{}</h3>\n<div class=\"wide\"><table>", EscapeHtml(RunName(run)));
    for (const std::vector<std::string>& row : FillRows(*run.fills)) {
      html += "<tr>";
      for (const std::string& cell : row)
        html += fmt::format("<td class=\"number\">{}</td>", EscapeHtml(cell));
      html += "</tr>\n";
    }
    html += "</table></div>\n";
  }
  return html.empty() ? html : "<h2>Holes filled</h2>\n" + SharesPlot(shares) + html;
}

std::string Comparison(const RunComparison& comparison) {
  std::string html = fmt::format(
      "<h2>The second run against the first</h2>\n<p>First answers to {} tasks: both solve {}, neither {}, "
      "only "
      "the second {}, only the first {}. McNemar's exact test: p = {:.3f}.</p>\n<table><tr><th>task</th><th>"
      "first</th><th>second</th></tr>\n",
      comparison.tasks, comparison.both, comparison.neither, comparison.gained.size(), comparison.lost.size(),
      comparison.p);
  for (const auto* changes : {&comparison.gained, &comparison.lost}) {
    for (const TaskChange& change : *changes) html += Row(change.task, {change.before, change.after});
  }
  return html + "</table>\n";
}

// --- Tasks

/// The answers to one task, of each run.
struct TaskRow {
  std::string id;
  std::vector<std::vector<const EvalSample*>> samples;
};

std::vector<TaskRow> TaskRows(const std::vector<ReportedRun>& runs) {
  std::vector<TaskRow> rows;
  std::map<std::string_view, size_t> known;
  for (size_t i = 0; i < runs.size(); ++i) {
    for (const EvalSample& sample : runs[i].samples) {
      const auto [at, is_new] = known.emplace(sample.task, rows.size());
      if (is_new) rows.push_back({sample.task, std::vector<std::vector<const EvalSample*>>(runs.size())});
      rows[at->second].samples[i].push_back(&sample);
    }
  }
  return rows;
}

std::string Cells(const TaskRow& row) {
  std::string html = "<span class=\"cells\">";
  for (size_t i = 0; i < row.samples.size(); ++i) {
    if (i > 0) html += "<span class=\"gap\"></span>";
    for (const EvalSample* sample : row.samples[i]) {
      html += fmt::format("<span class=\"cell class-{0}\" title=\"{0}\"></span>", EscapeHtml(sample->error));
    }
  }
  return html + "</span>";
}

/// Words that the page's filter knows: solved, unsolved, mixed, differs.
std::string Traits(const TaskRow& row) {
  size_t passed = 0, count = 0;
  std::set<bool> firsts;
  for (const auto& samples : row.samples) {
    if (!samples.empty()) firsts.insert(Passed(*samples.front()));
    for (const EvalSample* sample : samples) passed += Passed(*sample);
    count += samples.size();
  }
  std::string traits = passed == count ? "solved" : passed == 0 ? "unsolved" : "mixed";
  return firsts.size() > 1 ? traits + " differs" : traits;
}

/// A token as people can read it: "\\n" for a line end.
std::string Visible(std::string_view token) {
  if (token.empty()) return "to end";
  return nlohmann::json(std::string(token)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

constexpr std::string_view kRefused = "refused: ";

/// One mark a place, with all that was refused there.
std::vector<CodeMark> MarksOf(const EvalSample& sample) {
  std::vector<CodeMark> marks;
  for (const Refusal& one : sample.refusals) {
    if (marks.empty() || marks.back().offset != one.offset) {
      marks.push_back({one.offset, std::string(kRefused) + Visible(one.text)});
    } else {
      marks.back().title += ", " + Visible(one.text);
    }
  }
  return marks;
}

/// What the grammar refused, by line.
std::string RefusedHtml(const EvalSample& sample, const std::vector<CodeMark>& marks) {
  if (marks.empty()) return {};
  std::string html = "<p class=\"soft\">The model wanted, and the grammar refused:";
  for (const CodeMark& mark : marks) {
    const auto end = sample.answer.begin() + std::min<size_t>(mark.offset, sample.answer.size());
    html += fmt::format(" line {}, {};", std::count(sample.answer.begin(), end, '\n') + 1,
                        EscapeHtml(std::string_view(mark.title).substr(kRefused.size())));
  }
  html.back() = '.';
  return html + "</p>\n";
}

/// The last lines of a text, or its first ones.
std::string_view LastLines(std::string_view text, int lines) {
  size_t at = text.size();
  for (; lines > 0 && at > 0 && at != std::string_view::npos; --lines) at = text.rfind('\n', at - 1);
  return at == std::string_view::npos || at == 0 ? text : text.substr(at + 1);
}
std::string_view FirstLines(std::string_view text, int lines) {
  size_t at = 0;
  for (; lines > 0 && at != std::string_view::npos; --lines) at = text.find('\n', at == 0 ? 0 : at + 1);
  return text.substr(0, at);
}

/// The answer in its file.
std::string FilledHtml(const EvalSample& sample, const SuiteTask& task) {
  const std::string_view before =
      std::string_view(task.prefix).substr(0, task.prefix.size() - sample.fill->before);
  const std::string_view after = std::string_view(task.suffix).substr(sample.fill->after);
  return fmt::format(
      "<pre><span class=\"around\">{}</span><span class=\"filled\">{}</span><span "
      "class=\"around\">{}</span></pre>\n",
      EscapeHtml(LastLines(before, kContextLines)),
      HighlightHtml(task.language, sample.answer, MarksOf(sample)),
      EscapeHtml(FirstLines(after, kContextLines)));
}

std::string FactsText(const FillFacts& facts) {
  if (!facts.answered) return {};
  std::string text = facts.parses ? "; breaks nothing" : "; breaks the file";
  if (facts.exact) text += "; exact";
  if (facts.duplicates) text += "; repeats what follows";
  if (facts.misindented) text += "; misindented";
  if (facts.compiles) text += *facts.compiles ? "; compiles" : "; does not compile";
  return text;
}

std::string SampleHtml(const EvalSample& sample, const SuiteTask& task, bool selected) {
  std::string html = fmt::format(
      "<div class=\"sample\"><span class=\"chip class-{0}\">{0}</span> <span class=\"soft\">answer {1}{2}, "
      "{3} tokens ({4} refused) in {5:.2f} s, tested in {6:.2f} s{7}{8}</span>",
      EscapeHtml(sample.error), sample.index, selected ? ", selected by generated tests" : "", sample.tokens,
      sample.refused, sample.generate_seconds, sample.check_seconds,
      sample.closed ? "; cut off and closed" : "", sample.fill ? FactsText(sample.fill->facts) : "");
  if (!sample.detail.empty()) {
    html +=
        fmt::format("<pre>{}</pre>", EscapeHtml(std::string_view(sample.detail).substr(0, kMostDetailBytes)));
  }
  const std::vector<CodeMark> marks = MarksOf(sample);
  html += sample.fill && !task.id.empty()
              ? FilledHtml(sample, task)
              : fmt::format("<pre>{}</pre>", HighlightHtml(task.language, sample.answer, marks));
  return html + RefusedHtml(sample, marks) + "</div>\n";
}

/// What is asked: the description, or what was taken out.
std::string PromptHtml(const SuiteTask& task) {
  if (!task.chat.empty()) return fmt::format("<pre class=\"prompt\">{}</pre>\n", EscapeHtml(task.chat));
  return fmt::format("<p class=\"soft\">Taken out:</p><pre>{}</pre>\n",
                     HighlightHtml(task.language, task.middle));
}

std::string TaskHtml(const TaskRow& row, const std::vector<ReportedRun>& runs) {
  std::string words = row.id;
  for (const auto& samples : row.samples) {
    for (const EvalSample* sample : samples) words += " " + sample->error;
  }
  std::ranges::transform(words, words.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string html = fmt::format(
      "<details class=\"task\" data-is=\"{}\" data-text=\"{}\"><summary><span "
      "class=\"name\">{}</span>{}</summary>"
      "<div class=\"inside\">\n",
      Traits(row), EscapeHtml(words), EscapeHtml(row.id), Cells(row));
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto known = runs[i].tasks.find(row.id);
    if (known == runs[i].tasks.end()) continue;
    html += PromptHtml(known->second);
    break;
  }
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs.size() > 1) html += fmt::format("<p><b>{}</b></p>\n", EscapeHtml(RunName(runs[i])));
    const auto selection = std::ranges::find(runs[i].selections, row.id, &TaskSelection::task);
    const int64_t selected = selection == runs[i].selections.end() ? -1 : int64_t{selection->sample};
    const auto known = runs[i].tasks.find(row.id);
    const SuiteTask task = known == runs[i].tasks.end() ? SuiteTask() : known->second;
    for (const EvalSample* sample : row.samples[i])
      html += SampleHtml(*sample, task, sample->index == selected);
  }
  return html + "</div></details>\n";
}

std::string Tasks(const std::vector<ReportedRun>& runs) {
  std::string html =
      "<h2>Tasks</h2>\n<div class=\"filters\"><input type=\"search\" id=\"search\" placeholder=\"Find: a "
      "task, "
      "wrong, timeout\" aria-label=\"Find tasks\"> <label>Show <select id=\"only\"><option value=\"all\">all"
      "</option><option value=\"solved\">always solved</option><option value=\"mixed\">solved at "
      "times</option>"
      "<option value=\"unsolved\">never solved</option>";
  if (runs.size() > 1) html += "<option value=\"differs\">where runs differ</option>";
  html += "</select></label> <span class=\"soft\" id=\"shown\"></span></div>\n";
  for (const TaskRow& row : TaskRows(runs)) html += TaskHtml(row, runs);
  return html;
}

}  // namespace

std::string ReportPage(const std::vector<ReportedRun>& runs, const std::optional<RunComparison>& comparison) {
  std::string title = "Espalier: ";
  for (size_t i = 0; i < runs.size(); ++i) {
    const EvalRun& run = runs[i].summary.run;
    title += fmt::format("{}{} (run {})", i == 0 ? "" : ", ", run.settings.suite, run.id);
  }
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src "
      "'unsafe-inline'\">\n<title>{0}</title>\n"
      "<style>{1}</style></head><body>\n<h1>{0}</h1>\n",
      EscapeHtml(title), ReportStyle());
  html += Shares(runs);
  for (const ReportedRun& run : runs) html += Groups(run);
  html += Fills(runs) + Verdicts(runs) + Times(runs);
  if (comparison) html += Comparison(*comparison);
  html += "<h2>Settings</h2>\n" + Facts(runs) + Tasks(runs);
  return html + fmt::format("<script>{}</script></body></html>\n", ReportScript());
}

}  // namespace espalier
