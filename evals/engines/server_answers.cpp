// Servers that speak OpenAI's protocol (platform.openai.com/docs/api-reference), llama-server among them.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "adapters/adapter.h"
#include "evals/engines/answer_source.h"
#include "evals/engines/http_client.h"
#include "evals/engines/prompt_text.h"

namespace espalier {
namespace {

using Json = nlohmann::json;

constexpr auto kLoadingPatience = std::chrono::seconds(120);
constexpr unsigned kOk = 200, kUnavailable = 503;

std::string Compact(const Json& json) { return json.dump(-1, ' ', true, Json::error_handler_t::replace); }

/// The path of a server's own verbs: what stands before "/v1".
std::string RootOf(const HttpClient& client) {
  const std::string& path = client.path();
  return path.ends_with("/v1") ? path.substr(0, path.size() - 3) : path;
}

/// What a server says is wrong, from {"error": {"message": ...}} or {"error": "..."}.
std::string Complaint(const HttpResponse& response) {
  const Json json = Json::parse(response.body, nullptr, false);
  if (json.is_object() && json.contains("error")) {
    const Json& error = json["error"];
    if (error.is_string()) return error.get<std::string>();
    if (error.is_object() && error.contains("message") && error["message"].is_string()) {
      return error["message"].get<std::string>();
    }
  }
  return response.body.substr(0, 200);
}

/// A response's JSON object. A server that is loading its model yet is waited for.
Result<Json> Ask(const HttpClient& client, const HttpRequest& request, const CancelToken& cancel) {
  const Clock::time_point patience = Clock::now() + kLoadingPatience;
  while (true) {
    ESPALIER_ASSIGN_OR_RETURN(const HttpResponse response, client.Send(request, cancel));
    if (response.status == kUnavailable && Clock::now() < patience) {
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
      continue;
    }
    if (response.status != kOk) {
      return Fail(ErrorCode::kUnavailable, fmt::format("the server refuses {} (status {}): {}", request.path,
                                                       response.status, Complaint(response)));
    }
    Json json = Json::parse(response.body, nullptr, false);
    if (json.is_object()) return json;
    return Fail(ErrorCode::kCorrupt,
                fmt::format("the server's answer to {} is no JSON object", request.path));
  }
}

/// What a JSON pointer (RFC 6901) leads to, or null.
const Json& At(const Json& json, const char* path) {
  static const Json kNull;
  const Json::json_pointer pointer(path);
  return json.contains(pointer) ? json.at(pointer) : kNull;
}

std::string TextOf(const Json& json) { return json.is_string() ? json.get<std::string>() : std::string(); }
uint32_t CountOf(const Json& json) { return json.is_number_unsigned() ? json.get<uint32_t>() : 0; }

class ServerSource final : public AnswerSource {
 public:
  ServerSource(ServerOptions options, HttpClient client)
      : options_(std::move(options)), client_(std::move(client)) {}

  Status TakeSamples(const Suite& suite, const EvalSettings& settings, const std::vector<SampleJob>& jobs,
                     const SamplingHooks& hooks) override {
    if ((options_.api == ServerApi::kChat && suite.kind == TaskKind::kFill) ||
        (options_.api == ServerApi::kInfill && suite.kind == TaskKind::kWrite)) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("--api {} does not go with the tasks of {}; use --api completions",
                              ServerApiName(options_.api), suite.name));
    }
    std::atomic<size_t> next = 0;
    std::mutex mutex;
    Status status;
    const auto work = [&] {
      for (size_t i = next++; i < jobs.size() && !hooks.cancel.stop_requested(); i = next++) {
        auto sample = Take(suite, settings, jobs[i], hooks.cancel);
        const std::lock_guard lock(mutex);
        if (hooks.cancel.stop_requested() || !status) return;
        if (!sample) {
          status = Fail(sample.error());
          return;
        }
        hooks.taken(jobs[i], std::move(*sample));
      }
    };
    std::vector<std::thread> threads;
    for (uint32_t i = 0; i < options_.parallel; ++i) threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();
    return status;
  }

 private:
  Result<EvalSample> Take(const Suite& suite, const EvalSettings& settings, const SampleJob& job,
                          const CancelToken& cancel) const {
    HttpRequest request;
    request.key = options_.key;
    request.patience = options_.patience;
    request.path = PathOf();
    request.body = Compact(BodyOf(suite, settings, job));
    const Clock::time_point start = Clock::now();
    ESPALIER_ASSIGN_OR_RETURN(const Json json, Ask(client_, request, cancel));
    EvalSample sample;
    sample.task = job.task->id;
    sample.index = job.index;
    sample.seed = SeedOf(job, settings.seed);
    sample.generate_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    ReadAnswer(suite, json, sample);
    if (suite.kind == TaskKind::kFill) sample.fill.emplace().group = job.task->group;
    return sample;
  }

  std::string PathOf() const {
    switch (options_.api) {
      case ServerApi::kChat:
        return RootOf(client_) + "/v1/chat/completions";
      case ServerApi::kInfill:
        return RootOf(client_) + "/infill";
      default:
        return RootOf(client_) + "/v1/completions";
    }
  }

  Json BodyOf(const Suite& suite, const EvalSettings& settings, const SampleJob& job) const {
    // Seeds of OpenAI's protocol are integers that fit a double.
    const uint64_t seed = SeedOf(job, settings.seed) >> 32;
    Json body = {{"temperature", settings.temperature}, {"seed", seed}, {"stream", false}};
    if (options_.api == ServerApi::kInfill) {
      body["input_prefix"] = ShownPrefix(*job.task);
      body["input_suffix"] = ShownSuffix(*job.task);
      body["n_predict"] = settings.max_tokens;
      return body;
    }
    body["model"] = options_.model;
    body["max_tokens"] = settings.max_tokens;
    if (options_.api == ServerApi::kChat) {
      body["messages"] = {{{"role", "system"}, {"content", suite.system}},
                          {{"role", "user"}, {"content", job.task->chat}}};
      return body;
    }
    const bool write = suite.kind == TaskKind::kWrite;
    body["prompt"] = write ? WritingPrompt(suite, *job.task) : FillingPrompt(*job.task);
    if (write) body["stop"] = {std::string(kClosingFence)};
    return body;
  }

  void ReadAnswer(const Suite& suite, const Json& json, EvalSample& sample) const {
    if (options_.api == ServerApi::kInfill) {
      sample.answer = TextOf(At(json, "/content"));
      sample.tokens = CountOf(At(json, "/tokens_predicted"));
      sample.prompt_tokens = CountOf(At(json, "/tokens_evaluated"));
      const bool cut = TextOf(At(json, "/stop_type")) == "limit";
      sample.finish = FinishReasonName(cut ? FinishReason::kLength : FinishReason::kEndToken);
      return;
    }
    sample.tokens = CountOf(At(json, "/usage/completion_tokens"));
    sample.prompt_tokens = CountOf(At(json, "/usage/prompt_tokens"));
    const bool cut = TextOf(At(json, "/choices/0/finish_reason")) == "length";
    sample.finish = FinishReasonName(cut ? FinishReason::kLength : FinishReason::kEndToken);
    const std::string text = options_.api == ServerApi::kChat ? TextOf(At(json, "/choices/0/message/content"))
                                                              : TextOf(At(json, "/choices/0/text"));
    if (options_.api == ServerApi::kChat) {
      sample.answer = FirstCodeBlock(text);
    } else {
      sample.answer = suite.kind == TaskKind::kWrite && !cut ? text + "\n" : text;
    }
  }

  const ServerOptions options_;
  const HttpClient client_;
};

}  // namespace

std::string_view ServerApiName(ServerApi api) {
  constexpr std::string_view kNames[] = {"completions", "chat", "infill"};
  return kNames[static_cast<size_t>(api)];
}

Result<std::unique_ptr<AnswerSource>> ServerAnswers(const ServerOptions& options) {
  ESPALIER_ASSIGN_OR_RETURN(HttpClient client, HttpClient::For(options.url));
  return std::make_unique<ServerSource>(options, std::move(client));
}

Result<std::vector<std::string>> ServerModels(const ServerOptions& options, const CancelToken& cancel) {
  ESPALIER_ASSIGN_OR_RETURN(const HttpClient client, HttpClient::For(options.url));
  HttpRequest request;
  request.method = "GET";
  request.path = RootOf(client) + "/v1/models";
  request.key = options.key;
  ESPALIER_ASSIGN_OR_RETURN(const Json json, Ask(client, request, cancel));
  std::vector<std::string> names;
  for (const Json& model : At(json, "/data")) {
    if (const std::string name = TextOf(At(model, "/id")); !name.empty()) names.push_back(name);
  }
  return names;
}

}  // namespace espalier
