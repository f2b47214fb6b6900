// espalier generate --lang L "task": a program from a description, streamed.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "cli/fence.h"
#include "cli/flags.h"
#include "cli/interrupt.h"
#include "cli/languages.h"
#include "cli/output.h"
#include "cli/source_text.h"
#include "cli/verb.h"
#include "decoder/chat_prompt.h"
#include "decoder/engine.h"
#include "decoder/grammar_constraint.h"
#include "model/model.h"
#include "model/model_store.h"

namespace espalier {
namespace {

constexpr uint64_t kMaxTaskBytes = 1 << 20;

struct GenerateOptions {
  std::string language;
  std::string task;
};

/// "auto" is the largest installed model of the built-in list, else the one for completion.
std::string ChooseModel(const Settings& settings) {
  if (settings.generate.model != "auto") return settings.generate.model;
  std::string chosen = settings.model;
  for (const KnownModel& model : KnownModels()) {
    if (IsInstalled(model)) chosen = model.name;
  }
  return chosen;
}

Result<std::string> ReadTask(const GenerateOptions& options) {
  if (options.task != "-") return options.task;
  return ReadSource("-", kMaxTaskBytes);
}

/// The answer as it grows: filtered, kept, and printed unless it is wanted as JSON.
class CodeStream {
 public:
  explicit CodeStream(bool print) : print_(print) {}

  StreamControl Push(std::string_view piece) {
    Give(filter_.Push(piece));
    return filter_.done() ? StreamControl::kStop : StreamControl::kContinue;
  }
  /// `closing` closes what the answer leaves open.
  void Finish(const std::string& closing) {
    Give(filter_.Finish());
    Give(closing);
    if (!code_.empty() && !code_.ends_with('\n')) Give("\n");
  }
  const std::string& code() const { return code_; }

 private:
  void Give(const std::string& text) {
    code_ += text;
    if (!print_ || text.empty()) return;
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }

  FenceFilter filter_;
  std::string code_;
  bool print_;
};

Result<GenerateRequest> MakeRequest(const Tokenizer& tokenizer, const Adapter& adapter,
                                    const std::string& task, const Settings::Generate& settings) {
  const std::string system =
      fmt::format("You are a careful {0} programmer. Answer with one {0} code block and nothing else.",
                  adapter.display_name);
  const std::array<ChatMessage, 2> messages = {{{"system", system}, {"user", task}}};
  GenerateRequest request;
  ESPALIER_ASSIGN_OR_RETURN(request.prompt, BuildChatPrompt(tokenizer, messages));
  request.forced_text = fmt::format("```{}\n", LanguageId(adapter.language));
  request.max_tokens = static_cast<uint32_t>(settings.max_tokens);
  request.sampling.temperature = static_cast<float>(settings.temperature);
  request.sampling.top_p = static_cast<float>(settings.top_p);
  request.sampling.seed = static_cast<uint64_t>(settings.seed);
  return request;
}

/// Keeps the code block's text inside of the language; nullptr when that is not wanted.
std::shared_ptr<GrammarConstraint> ConstraintFor(const Tokenizer& tokenizer, const Adapter& adapter,
                                                 const Settings::Generate& settings) {
  if (!settings.constrained) return nullptr;
  GrammarSurroundings surroundings;
  surroundings.in_fence = true;
  return std::make_shared<GrammarConstraint>(Grammar::For(adapter.language), tokenizer, surroundings,
                                             std::make_shared<ConstraintTables>(tokenizer));
}

nlohmann::json ResultJson(const std::string& code, const Adapter& adapter, const GenerateResult& result,
                          double load_ms) {
  const GenerateTimings& t = result.timings;
  return {{"code", code},
          {"language", LanguageId(adapter.language)},
          {"finish", FinishReasonName(result.finish)},
          {"timings_ms",
           {{"load", load_ms},
            {"first_token", t.time_to_first_token_ms},
            {"prompt", t.prefill_ms},
            {"decode", t.decode_ms},
            {"total", t.total_ms}}},
          {"tokens",
           {{"prompt", t.prompt_tokens},
            {"generated", t.generated_tokens},
            {"drafted", t.drafted_tokens},
            {"accepted", t.accepted_tokens}}}};
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

Result<ExitCode> RunGenerate(const Invocation& invocation, const GenerateOptions& options) {
  ESPALIER_RETURN_IF_ERROR(invocation.settings_status);
  const Settings& settings = invocation.settings.values;
  ESPALIER_ASSIGN_OR_RETURN(const Adapter* adapter, LanguageNamed(options.language));
  ESPALIER_ASSIGN_OR_RETURN(const std::string task, ReadTask(options));
  if (task.find_first_not_of(" \t\r\n") == std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument,
                "the task is empty; say what to write, for example \"a binary search\"");
  }

  const auto start = Clock::now();
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(ChooseModel(settings)));
  ESPALIER_ASSIGN_OR_RETURN(auto model, Model::Load(path, ModelOptionsOf(settings)));
  ESPALIER_ASSIGN_OR_RETURN(const auto engine, Engine::Create(std::move(model), {}));
  const double load_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();

  ESPALIER_ASSIGN_OR_RETURN(GenerateRequest request,
                            MakeRequest(engine->tokenizer(), *adapter, task, settings.generate));
  CodeStream stream(!invocation.json);
  request.on_token = [&stream](const TokenEvent& event) { return stream.Push(event.text); };
  const auto constraint = ConstraintFor(engine->tokenizer(), *adapter, settings.generate);
  request.constraint = constraint;
  const InterruptScope interrupt{std::chrono::milliseconds(settings.generate.deadline_ms)};
  request.cancel = interrupt.token();
  const GenerateResult result = engine->Generate(std::move(request));
  stream.Finish(constraint ? constraint->Closing().value_or("") : "");
  if (invocation.json && result.finish != FinishReason::kError) {
    PrintJson(ResultJson(stream.code(), *adapter, result, load_ms));
  }
  return Conclude(result, !stream.code().empty());
}

constexpr const char* kExamples =
    R"(  espalier generate --lang python "parse an ISO 8601 date without libraries"
  espalier generate --lang cpp --model qwen2.5-coder-1.5b "a thread-safe bounded queue" > queue.h
  espalier generate --lang go - < task.txt
  espalier generate --lang rust --temperature 0.7 --seed 3 "an LRU cache" --json | jq -r .code)";

}  // namespace

void AddGenerateVerb(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<GenerateOptions>();
  CLI::App* verb = AddVerb(app, invocation, "generate", "Write code from a description", kExamples,
                           [&invocation, options] { return RunGenerate(invocation, *options); });
  verb->add_option("task", options->task, "What to write; - reads it from standard input")->required();
  verb->add_option("--lang,--language", options->language, "Programming language")->required();
  AddSettingFlag(*verb, invocation, "--model", "generate.model");
  AddSettingFlag(*verb, invocation, "--max-tokens", "generate.max_tokens");
  AddSettingFlag(*verb, invocation, "--temperature", "generate.temperature");
  AddSettingFlag(*verb, invocation, "--top-p", "generate.top_p");
  AddSettingFlag(*verb, invocation, "--seed", "generate.seed");
  AddSettingFlag(*verb, invocation, "--deadline-ms", "generate.deadline_ms");
  AddSettingFlag(*verb, invocation, "--constrained", "generate.constrained");
  AddModelFlags(*verb, invocation);
}

}  // namespace espalier
