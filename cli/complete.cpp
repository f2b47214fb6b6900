// espalier complete FILE:LINE:COLUMN: one inline completion.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

#include "adapters/adapter.h"
#include "cli/flags.h"
#include "cli/interrupt.h"
#include "cli/languages.h"
#include "cli/output.h"
#include "cli/source_text.h"
#include "cli/verb.h"
#include "decoder/completion.h"
#include "decoder/engine.h"
#include "model/model.h"
#include "model/model_store.h"
#include "testgen/validate_completion.h"

namespace espalier {
namespace {

struct CompleteOptions {
  std::string target;
  std::string language;
  bool show = false;
  bool whole_result = false;
  bool timings = false;
};

/// Everything that is known before a model is loaded.
struct CompleteJob {
  SourceTarget target;
  const Adapter* adapter = nullptr;
  std::string document;
  uint32_t cursor = 0;
};

struct CompleteOutcome {
  Completion completion;
  double load_ms = 0;
};

Result<CompleteJob> PrepareJob(const CompleteOptions& options, const Settings& settings) {
  CompleteJob job;
  ESPALIER_ASSIGN_OR_RETURN(job.target, ParseTarget(options.target));
  const auto limit = static_cast<uint64_t>(settings.complete.max_document_bytes);
  ESPALIER_ASSIGN_OR_RETURN(job.document, ReadSource(job.target.file, limit));
  ESPALIER_ASSIGN_OR_RETURN(job.adapter, options.language.empty() ? LanguageOfFile(job.target.file)
                                                                  : LanguageNamed(options.language));
  auto cursor = ByteOffset(job.document, job.target.position);
  if (!cursor)
    return Fail(cursor.error().code, fmt::format("{}: {}", job.target.file, cursor.error().message));
  job.cursor = *cursor;
  return job;
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Result<CompleteOutcome> RunJob(const CompleteJob& job, const Settings& settings) {
  CompleteOutcome outcome;
  if (IsBlank(job.document)) {
    outcome.completion.reason = CompletionReason::kEmpty;
    outcome.completion.begin = outcome.completion.end = job.cursor;
    outcome.completion.detail = "the file is empty; write its first line, or use `espalier generate`";
    return outcome;
  }
  const auto start = Clock::now();
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(settings.model));
  ESPALIER_ASSIGN_OR_RETURN(auto model, Model::Load(path, ModelOptionsOf(settings)));
  ESPALIER_ASSIGN_OR_RETURN(auto engine, Engine::Create(std::move(model), {}));
  ESPALIER_ASSIGN_OR_RETURN(auto completer, Completer::Create(*engine));
  outcome.load_ms = MillisecondsSince(start);

  const InterruptScope interrupt{std::chrono::milliseconds(settings.complete.deadline_ms)};
  const CompletionRequest request = {.document = job.document,
                                     .cursor = job.cursor,
                                     .adapter = job.adapter,
                                     .path = job.target.file,
                                     .options = CompletionOptionsOf(settings),
                                     .cancel = interrupt.token()};
  Workshop workshop({});
  outcome.completion =
      CompleteValidated([&](const CompletionRequest& one) { return completer->Complete(one); }, workshop,
                        request, CompletionValidationOf(settings));
  return outcome;
}

std::string WholeResult(const CompleteJob& job, const Completion& completion) {
  return job.document.substr(0, completion.begin) + completion.text + job.document.substr(completion.end);
}

nlohmann::json PositionJson(const std::string& document, uint32_t offset) {
  const LineColumn position = PositionAt(document, offset);
  return {{"line", position.line}, {"column", position.column}, {"byte", offset}};
}

nlohmann::json TimingsJson(const CompleteOutcome& outcome) {
  const CompletionTimings& t = outcome.completion.timings;
  return {{"load", outcome.load_ms},         {"total", t.total_ms},   {"prompt", t.prompt_ms},
          {"first_token", t.first_token_ms}, {"decode", t.decode_ms}, {"join", t.join_ms}};
}

nlohmann::json TokensJson(const CompletionTimings& t) {
  return {{"prompt", t.prompt_tokens},
          {"cached", t.cached_tokens},
          {"generated", t.generated_tokens},
          {"drafted", t.drafted_tokens},
          {"accepted", t.accepted_tokens}};
}

nlohmann::json OutcomeJson(const CompleteJob& job, const CompleteOutcome& outcome, bool whole_result) {
  const Completion& completion = outcome.completion;
  nlohmann::json json = {{"text", completion.text},
                         {"range",
                          {{"start", PositionJson(job.document, completion.begin)},
                           {"end", PositionJson(job.document, completion.end)}}},
                         {"reason", CompletionReasonName(completion.reason)},
                         {"detail", completion.detail},
                         {"timings_ms", TimingsJson(outcome)},
                         {"tokens", TokensJson(completion.timings)}};
  if (whole_result) json["result"] = WholeResult(job, completion);
  return json;
}

std::string TimingsLine(const CompleteOutcome& outcome) {
  const CompletionTimings& t = outcome.completion.timings;
  return fmt::format(
      "{} tokens in {:.0f} ms: prompt of {} tokens {:.0f} ms, writing {:.0f} ms, checking {:.1f} ms; model "
      "loaded in {:.0f} ms",
      t.generated_tokens, t.total_ms, t.prompt_tokens, t.prompt_ms, t.decode_ms, t.join_ms, outcome.load_ms);
}

/// The lines around the completion, with '+' before those it touches and the new text in bold.
void PrintShown(const CompleteJob& job, const Completion& completion) {
  constexpr uint32_t kContextLines = 6;
  const bool color = StdoutIsTerminal();
  const uint32_t first_new = PositionAt(job.document, completion.begin).line;
  const std::string result = WholeResult(job, completion);
  const auto text_end = static_cast<uint32_t>(completion.begin + completion.text.size());
  const uint32_t last_new = PositionAt(result, text_end).line;
  std::string marked = job.document.substr(0, completion.begin);
  marked += color ? "\033[1;32m" + completion.text + "\033[0m" : completion.text;
  marked += job.document.substr(completion.end);
  size_t start = 0;
  for (uint32_t line = 1; start < marked.size(); ++line) {
    const size_t end = std::min(marked.find('\n', start), marked.size());
    if (line + kContextLines >= first_new && line <= last_new + kContextLines) {
      const bool touched = line >= first_new && line <= last_new;
      fmt::print("{:>5} {} {}\n", line, touched ? '+' : ' ', marked.substr(start, end - start));
    }
    start = end + 1;
  }
}

void PrintOutcome(const CompleteOptions& options, const CompleteJob& job, const CompleteOutcome& outcome) {
  const Completion& completion = outcome.completion;
  if (options.show) {
    PrintShown(job, completion);
  } else if (options.whole_result) {
    fmt::print("{}", WholeResult(job, completion));
  } else {
    fmt::print("{}\n", completion.text);
  }
  if (options.show || options.timings) PrintNote(TimingsLine(outcome));
}

Result<ExitCode> RunComplete(const Invocation& invocation, const CompleteOptions& options) {
  ESPALIER_RETURN_IF_ERROR(invocation.settings_status);
  const Settings& settings = invocation.settings.values;
  ESPALIER_ASSIGN_OR_RETURN(const CompleteJob job, PrepareJob(options, settings));
  ESPALIER_ASSIGN_OR_RETURN(const CompleteOutcome outcome, RunJob(job, settings));
  const Completion& completion = outcome.completion;
  if (invocation.json) {
    PrintJson(OutcomeJson(job, outcome, options.whole_result));
  } else if (completion.reason == CompletionReason::kOk) {
    PrintOutcome(options, job, outcome);
  }
  if (completion.reason != CompletionReason::kOk) {
    PrintNote(
        fmt::format("no completion ({}): {}", CompletionReasonName(completion.reason), completion.detail));
  }
  return ExitCodeFor(completion.reason);
}

constexpr const char* kExamples = R"(  espalier complete src/cache.py:42:9
  espalier complete src/cache.py:42:9 --show
  espalier complete src/cache.py:42:9 --result > completed.py
  espalier complete src/cache.py:42:9 --json | jq -r .text
  git show HEAD:main.go | espalier complete -:10:5 --language go

Lines and columns count from 1; columns count characters (Unicode code points), and the column after
the last character of a line is the end of the line. `range` in the JSON answer is what the text
replaces: usually nothing, sometimes closing brackets that the editor typed ahead.)";

}  // namespace

void AddCompleteVerb(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<CompleteOptions>();
  CLI::App* verb = AddVerb(app, invocation, "complete", "Complete code at a position of a file", kExamples,
                           [&invocation, options] { return RunComplete(invocation, *options); });
  verb->add_option("target", options->target, "FILE:LINE:COLUMN; FILE may be - for standard input")
      ->required();
  verb->add_option("--language", options->language, "Language, when the file's name does not tell");
  verb->add_flag("--show", options->show, "Show the completion in its surroundings, with timings");
  verb->add_flag("--result", options->whole_result, "Give the whole new file");
  verb->add_flag("--timings", options->timings, "Print timings on standard error");
  verb->add_flag_callback(
      "--single-line", [&invocation] { invocation.settings.values.complete.multi_line = false; },
      "Never go past the end of the line");
  AddSettingFlag(*verb, invocation, "--model", "model");
  AddSettingFlag(*verb, invocation, "--max-tokens", "complete.max_tokens");
  AddSettingFlag(*verb, invocation, "--validate", "complete.validate");
  AddSettingFlag(*verb, invocation, "--temperature", "complete.temperature");
  AddSettingFlag(*verb, invocation, "--seed", "complete.seed");
  AddSettingFlag(*verb, invocation, "--deadline-ms", "complete.deadline_ms");
  AddModelFlags(*verb, invocation);
}

}  // namespace espalier
