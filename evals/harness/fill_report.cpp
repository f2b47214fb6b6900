#include "evals/harness/fill_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "evals/harness/text_table.h"
#include "evals/suites/program_checker.h"

namespace espalier {
namespace {

double Share(uint32_t part, uint32_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

FillShares SharesOf(std::string group, const std::vector<const EvalSample*>& samples) {
  FillShares s;
  s.group = std::move(group);
  std::vector<double> times;
  for (const EvalSample* sample : samples) {
    const FillFacts& facts = sample->fill->facts;
    ++s.holes;
    s.answered += facts.answered;
    s.passed += sample->error == ErrorClassName(ErrorClass::kNone);
    s.parses += facts.parses;
    s.clean += facts.clean;
    s.exact += facts.exact;
    s.duplicates += facts.duplicates;
    s.misindented += facts.misindented;
    s.compilable += facts.compiles.has_value();
    s.compiles += facts.compiles.value_or(false);
    s.similarity += facts.similarity;
    times.push_back(sample->generate_seconds * 1000);
  }
  if (s.answered > 0) s.similarity /= s.answered;
  std::ranges::sort(times);
  s.p50_ms = Percentile(times, 0.5);
  s.p95_ms = Percentile(times, 0.95);
  s.parse_rate = WilsonInterval(s.parses, s.answered);
  return s;
}

std::vector<FillShares> Grouped(const std::vector<const EvalSample*>& samples, bool by_language) {
  std::map<std::string, std::vector<const EvalSample*>> groups;
  for (const EvalSample* sample : samples) {
    const std::string& group = sample->fill->group;
    const size_t slash = std::min(group.find('/'), group.size());
    groups[by_language ? group.substr(0, slash) : group.substr(std::min(slash + 1, group.size()))].push_back(
        sample);
  }
  std::vector<FillShares> all;
  for (const auto& [name, members] : groups) all.push_back(SharesOf(name, members));
  return all;
}

std::string Percent(uint32_t part, uint32_t whole) {
  return whole == 0 ? "" : fmt::format("{:.1f} %", 100 * Share(part, whole));
}

std::vector<std::string> Row(const FillShares& s) {
  return {
      s.group.empty() ? "all" : s.group, fmt::format("{}", s.holes),      Percent(s.answered, s.holes),
      Percent(s.parses, s.answered),     fmt::format("{}", s.duplicates), fmt::format("{}", s.misindented),
      Percent(s.passed, s.holes),        Percent(s.exact, s.holes),       fmt::format("{:.2f}", s.similarity),
      Percent(s.compiles, s.compilable), fmt::format("{:.0f}", s.p50_ms), fmt::format("{:.0f}", s.p95_ms)};
}

nlohmann::ordered_json SharesJson(const FillShares& s) {
  nlohmann::ordered_json json = {{"n", s.holes},
                                 {"answered", s.answered},
                                 {"accept_parse", Share(s.parses, s.answered)},
                                 {"accept_parse_low", s.parse_rate.low},
                                 {"accept_parse_high", s.parse_rate.high},
                                 {"clean", Share(s.clean, s.answered)},
                                 {"duplications", s.duplicates},
                                 {"misindented", s.misindented},
                                 {"passed", Share(s.passed, s.holes)},
                                 {"exact", Share(s.exact, s.holes)},
                                 {"similarity", s.similarity},
                                 {"p50_ms", s.p50_ms},
                                 {"p95_ms", s.p95_ms}};
  if (s.compilable > 0) json["compiles"] = Share(s.compiles, s.compilable);
  return json;
}

}  // namespace

std::optional<FillSummary> SummariseFills(const std::vector<EvalSample>& samples) {
  std::vector<const EvalSample*> fills;
  for (const EvalSample& sample : samples) {
    if (sample.fill) fills.push_back(&sample);
  }
  if (fills.empty()) return std::nullopt;
  return FillSummary{SharesOf("", fills), Grouped(fills, true), Grouped(fills, false)};
}

std::vector<std::vector<std::string>> FillRows(const FillSummary& summary) {
  std::vector<std::vector<std::string>> rows = {{"holes", "n", "answered", "of these parse", "duplicates",
                                                 "misindented", "passed", "exact", "similarity", "compile",
                                                 "p50 ms", "p95 ms"}};
  if (summary.languages.size() > 1) {
    for (const FillShares& one : summary.languages) rows.push_back(Row(one));
  }
  if (summary.kinds.size() > 1) {
    for (const FillShares& one : summary.kinds) rows.push_back(Row(one));
  }
  rows.push_back(Row(summary.all));
  return rows;
}

std::string FillText(const FillSummary& summary, bool markdown) {
  return TextTable(FillRows(summary), markdown);
}

nlohmann::ordered_json FillJson(const FillSummary& summary) {
  nlohmann::ordered_json json = SharesJson(summary.all);
  for (const FillShares& one : summary.languages) json["languages"][one.group] = SharesJson(one);
  for (const FillShares& one : summary.kinds) json["kinds"][one.group] = SharesJson(one);
  return json;
}

}  // namespace espalier
