// espalier generate --lang L "task": a program from a description, streamed; with --json-schema, JSON.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "cli/answer.h"
#include "cli/author_source.h"
#include "cli/flags.h"
#include "cli/interrupt.h"
#include "cli/languages.h"
#include "cli/output.h"
#include "cli/source_text.h"
#include "cli/validated_answer.h"
#include "cli/verb.h"
#include "decoder/chat_prompt.h"
#include "decoder/engine.h"
#include "model/model.h"
#include "model/model_store.h"

namespace espalier {
namespace {

constexpr uint64_t kMaxTaskBytes = 1 << 20;

struct GenerateOptions {
  std::string language;     ///< of code, or
  std::string json_schema;  ///< of JSON, as JsonAnswer takes it
  std::string task;
};

Result<std::string> ReadTask(const GenerateOptions& options) {
  std::string task = options.task;
  if (task == "-") {
    ESPALIER_ASSIGN_OR_RETURN(task, ReadSource("-", kMaxTaskBytes));
  }
  if (task.find_first_not_of(" \t\r\n") != std::string::npos) return task;
  return Fail(ErrorCode::kInvalidArgument,
              "the task is empty; say what to write, for example \"a binary search\"");
}

/// The answer as it grows: kept, and printed unless it is wanted as JSON.
class AnswerStream {
 public:
  AnswerStream(Answer& answer, bool print) : answer_(answer), print_(print) {}

  StreamControl Push(std::string_view piece) {
    Give(answer_.Push(piece));
    return answer_.done() ? StreamControl::kStop : StreamControl::kContinue;
  }
  Status Finish(FinishReason reason) {
    // What was begun is made whole. A failure is no answer, nor is an interruption before there is one.
    const bool whole =
        reason != FinishReason::kError && (reason != FinishReason::kCancelled || !text_.empty());
    ESPALIER_ASSIGN_OR_RETURN(const std::string rest, answer_.Finish(whole));
    Give(rest);
    return {};
  }
  const std::string& text() const { return text_; }

 private:
  void Give(const std::string& text) {
    text_ += text;
    if (!print_ || text.empty()) return;
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }

  Answer& answer_;
  std::string text_;
  bool print_;
};

Result<GenerateRequest> MakeRequest(const Tokenizer& tokenizer, Answer& answer, const std::string& task,
                                    const Settings::Generate& settings) {
  const std::string system = answer.Instruction();
  const std::array<ChatMessage, 2> messages = {{{"system", system}, {"user", task}}};
  GenerateRequest request;
  ESPALIER_ASSIGN_OR_RETURN(request.prompt, BuildChatPrompt(tokenizer, messages));
  request.forced_text = answer.Opening();
  request.constraint = answer.Constrain(tokenizer);
  request.max_tokens = static_cast<uint32_t>(settings.max_tokens);
  request.sampling.temperature = static_cast<float>(settings.temperature);
  request.sampling.top_p = static_cast<float>(settings.top_p);
  request.sampling.seed = static_cast<uint64_t>(settings.seed);
  return request;
}

nlohmann::json ResultJson(nlohmann::json fields, const GenerateResult& result, double load_ms) {
  const GenerateTimings& t = result.timings;
  fields["finish"] = FinishReasonName(result.finish);
  fields["timings_ms"] = {{"load", load_ms},
                          {"first_token", t.time_to_first_token_ms},
                          {"prompt", t.prefill_ms},
                          {"decode", t.decode_ms},
                          {"total", t.total_ms}};
  fields["tokens"] = {{"prompt", t.prompt_tokens},
                      {"generated", t.generated_tokens},
                      {"drafted", t.drafted_tokens},
                      {"accepted", t.accepted_tokens}};
  fields["steps"] = t.steps;
  return fields;
}

/// What the way it ended means for the shell, with a remark where the answer may be incomplete.
Result<ExitCode> Conclude(const GenerateResult& result, bool has_code) {
  switch (result.finish) {
    case FinishReason::kError:
      return Fail(result.error);
    case FinishReason::kCancelled:
      return ExitCode::kInterrupted;
    case FinishReason::kDeadline:
      PrintNote(
          "the time budget ran out; what was open is closed, the rest is missing (raise --deadline-ms)");
      return ExitCode::kLimit;
    case FinishReason::kLength:
      PrintNote(
          "stopped at the token limit; what was open is closed, the rest is missing (raise --max-tokens)");
      return has_code ? ExitCode::kOk : ExitCode::kNoAnswer;
    default:
      return has_code ? ExitCode::kOk : ExitCode::kNoAnswer;
  }
}

Status CheckOptions(const GenerateOptions& options) {
  const bool code = !options.language.empty(), json = !options.json_schema.empty();
  if (code && json) {
    return Fail(ErrorCode::kInvalidArgument,
                "--lang is for code, --json-schema for JSON; leave one of them out");
  }
  if (!code && !json) {
    return Fail(ErrorCode::kInvalidArgument,
                "say what to write: --lang LANGUAGE for code, or --json-schema SCHEMA for JSON");
  }
  if (options.task == "-" && options.json_schema == "-") {
    return Fail(ErrorCode::kInvalidArgument,
                "the schema and the task cannot both be read from standard input; give one as an argument");
  }
  return {};
}

Result<std::unique_ptr<Answer>> MakeAnswer(const GenerateOptions& options, const Settings& settings) {
  ESPALIER_RETURN_IF_ERROR(CheckOptions(options));
  if (!options.json_schema.empty()) return JsonAnswer(options.json_schema);
  ESPALIER_ASSIGN_OR_RETURN(const Adapter* adapter, LanguageNamed(options.language));
  return CodeAnswer(*adapter, settings.generate.constrained);
}

Result<ExitCode> RunGenerate(const Invocation& invocation, const GenerateOptions& options) {
  ESPALIER_RETURN_IF_ERROR(invocation.settings_status);
  const Settings& settings = invocation.settings.values;
  ESPALIER_ASSIGN_OR_RETURN(const auto answer, MakeAnswer(options, settings));
  ESPALIER_ASSIGN_OR_RETURN(const std::string task, ReadTask(options));

  if (!options.language.empty()) {
    ESPALIER_ASSIGN_OR_RETURN(const Adapter* adapter, LanguageNamed(options.language));
    ESPALIER_ASSIGN_OR_RETURN(const bool validate, WantsValidation(settings, *adapter));
    if (validate) return GenerateValidated(invocation, *adapter, task);
  }

  const auto start = Clock::now();
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(ModelForCode(settings)));
  ESPALIER_ASSIGN_OR_RETURN(auto model, Model::Load(path, ModelOptionsOf(settings)));
  ESPALIER_ASSIGN_OR_RETURN(const auto engine, Engine::Create(std::move(model), {}));
  const double load_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();

  ESPALIER_ASSIGN_OR_RETURN(GenerateRequest request,
                            MakeRequest(engine->tokenizer(), *answer, task, settings.generate));
  AnswerStream stream(*answer, !invocation.json);
  request.on_token = [&stream](const TokenEvent& event) { return stream.Push(event.text); };
  const InterruptScope interrupt{std::chrono::milliseconds(settings.generate.deadline_ms)};
  request.cancel = interrupt.token();
  GenerateResult result = engine->Generate(std::move(request));
  // The last token that was allowed may be the last one that was wanted.
  if (result.finish == FinishReason::kLength && answer->done()) result.finish = FinishReason::kCallback;
  ESPALIER_RETURN_IF_ERROR(stream.Finish(result.finish));
  if (invocation.json && result.finish != FinishReason::kError) {
    PrintJson(ResultJson(answer->Fields(stream.text()), result, load_ms));
  }
  return Conclude(result, !stream.text().empty());
}

constexpr const char* kExamples =
    R"(  espalier generate --lang python "parse an ISO 8601 date without libraries"
  espalier generate --lang cpp --model qwen2.5-coder-1.5b "a thread-safe bounded queue" > queue.h
  espalier generate --lang go - < task.txt
  espalier generate --lang python --validate always "gcd of a list; gcd_all([4, 6]) -> 2"
  espalier generate --lang rust --temperature 0.7 --seed 3 "an LRU cache" --json | jq -r .code
  espalier generate --json-schema person.json "Ada Lovelace" | jq .name
  espalier generate --json-schema '{"enum": ["bug", "feature"]}' - < report.txt)";

}  // namespace

void AddGenerateVerb(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<GenerateOptions>();
  CLI::App* verb = AddVerb(app, invocation, "generate", "Write code or JSON from a description", kExamples,
                           [&invocation, options] { return RunGenerate(invocation, *options); });
  verb->add_option("task", options->task, "What to write; - reads it from standard input")->required();
  verb->add_option("--lang,--language", options->language, "Write code in this programming language");
  verb->add_option("-j,--json-schema", options->json_schema,
                   "Write JSON that satisfies this JSON Schema: a file, - for standard input, its text in "
                   "braces, or any")
      ->type_name("SCHEMA");
  AddSettingFlag(*verb, invocation, "--model", "generate.model");
  AddSettingFlag(*verb, invocation, "--max-tokens", "generate.max_tokens");
  AddSettingFlag(*verb, invocation, "--temperature", "generate.temperature");
  AddSettingFlag(*verb, invocation, "--top-p", "generate.top_p");
  AddSettingFlag(*verb, invocation, "--seed", "generate.seed");
  AddSettingFlag(*verb, invocation, "--deadline-ms", "generate.deadline_ms");
  AddSettingFlag(*verb, invocation, "--constrained", "generate.constrained");
  AddSettingFlag(*verb, invocation, "--validate", "generate.validate");
  AddModelFlags(*verb, invocation);
}

}  // namespace espalier
