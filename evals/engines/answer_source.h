// Who answers the tasks of a suite: an engine of ours, or a server somewhere, asked with the same prompts.
// What is sampled is decided here, so that every source takes the same samples.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"
#include "decoder/engine.h"
#include "evals/runs/run_store.h"
#include "evals/suites/suite.h"

namespace espalier {

/// One sample to take.
struct SampleJob {
  const SuiteTask* task = nullptr;
  uint32_t index = 0;
};

/// The tasks that `settings` ask for: the first so many, and of those the ones of its shard.
std::vector<const SuiteTask*> TasksOf(const Suite& suite, const EvalSettings& settings);

/// The samples that `settings` ask for and `known` lacks, in the order of the tasks.
std::vector<SampleJob> JobsOf(const Suite& suite, const EvalSettings& settings,
                              const std::vector<EvalSample>& known);

/// The seed of a sample depends on its task alone, not on which others there are.
uint64_t SeedOf(const SampleJob& job, uint64_t seed);

struct SamplingHooks {
  /// With everything but the test's outcome. Called from one thread at a time.
  std::function<void(const SampleJob&, EvalSample)> taken;
  CancelToken cancel;
};

class AnswerSource {
 public:
  virtual ~AnswerSource() = default;
  /// Takes all samples. Those that were cancelled are not given. Errors: what ended a request, the first one;
  /// kResourceExhausted (a prompt does not fit), kUnavailable (a server that does not answer).
  virtual Status TakeSamples(const Suite& suite, const EvalSettings& settings,
                             const std::vector<SampleJob>& jobs, const SamplingHooks& hooks) = 0;

 protected:
  AnswerSource() = default;
};

/// Options of the engine that answers a suite's tasks: programs are written in batches, with no thread of its
/// own and a schedule that does not depend on time; holes are filled one after the other, as people ask.
EngineOptions EvalEngineOptions(TaskKind kind);

/// From an engine that was made with EvalEngineOptions, and must outlive the source. Holes are filled by the
/// Completer, as in an editor.
std::unique_ptr<AnswerSource> LocalAnswers(Engine& engine);

/// How a server is asked.
enum class ServerApi {
  kCompletions,  ///< OpenAI's /v1/completions with our own prompts: the same text as our engine sees
  kChat,         ///< /v1/chat/completions: the messages, in the server's own template
  kInfill,       ///< llama-server's /infill, for holes
};
std::string_view ServerApiName(ServerApi api);

struct ServerOptions {
  std::string url;  ///< http or https, with or without /v1
  ServerApi api = ServerApi::kCompletions;
  std::string model;                   ///< name sent with each request
  std::string key;                     ///< sent as a bearer token; empty: none
  uint32_t parallel = 1;               ///< requests at a time
  std::chrono::seconds patience{600};  ///< with one request
};

/// From a server that speaks OpenAI's protocol. The grammar is not applied there.
/// Errors: kInvalidArgument (no such address).
Result<std::unique_ptr<AnswerSource>> ServerAnswers(const ServerOptions& options);

/// The models that a server names. Errors: those of HttpClient::Send, kCorrupt.
Result<std::vector<std::string>> ServerModels(const ServerOptions& options, const CancelToken& cancel);

}  // namespace espalier
