// engine_bench: what the engine adds to the runtime, on real code: batching, speculation, cancellation,
// and the wait of a short request behind a long prompt. Greedy, context from the files given.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "decoder/engine.h"
#include "evals/bench/engine_load.h"
#include "evals/bench/median.h"
#include "evals/bench/replay_device.h"
#include "model/model_store.h"

namespace espalier {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

struct EngineBenchOptions {
  std::string model;
  std::string draft;
  std::vector<std::string> files;
  uint32_t tokens = 96;         // generated a request
  uint32_t long_prompt = 4096;  // tokens
  uint32_t load = 0;            // requests at once, instead of everything else
  uint32_t device_us = 0;       // a pass of a device that only takes time, instead of the model
  ModelOptions model_options;
};

class EngineBench {
 public:
  EngineBench(Engine& engine, const EngineBenchOptions& options) : engine_(engine), options_(options) {}

  Status LoadFiles() {
    for (const std::string& file : options_.files) {
      std::ifstream stream(file, std::ios::binary);
      if (!stream) return Fail(ErrorCode::kNotFound, "cannot read '" + file + "'");
      const std::string text{std::istreambuf_iterator<char>(stream), {}};
      sources_.push_back(engine_.tokenizer().Encode(text));
    }
    return {};
  }

  nlohmann::json Run() {
    nlohmann::json report = {{"model", engine_.model().file().path.filename().string()},
                             {"backend", engine_.model().backend_name()},
                             {"threads", engine_.model().threads()},
                             {"files", options_.files.size()}};
    report["batch"] = Batch();
    report["speculation"] = Speculation();
    report["cancel"] = Cancel();
    report["short_behind_long"] = ShortBehindLong();
    return report;
  }

 private:
  // The first two thirds of a file, at most `limit` tokens of them.
  GenerateRequest Continue(size_t file, size_t limit = 1024) const {
    const std::vector<TokenId>& source = sources_[file % sources_.size()];
    const size_t length = std::min(limit, source.size() * 2 / 3);
    GenerateRequest request;
    request.prompt.assign(source.begin(), source.begin() + static_cast<ptrdiff_t>(length));
    request.max_tokens = options_.tokens;
    request.speculation = {0, 2, 0};
    return request;
  }

  // `tokens` of the files, as one prompt that no cache knows.
  std::vector<TokenId> LongPrompt(size_t tokens) {
    std::vector<TokenId> prompt = {static_cast<TokenId>(1000 + fresh_++)};
    for (size_t i = 0; prompt.size() < tokens; ++i) {
      const auto& source = sources_[i % sources_.size()];
      prompt.insert(prompt.end(), source.begin(), source.end());
    }
    prompt.resize(tokens);
    return prompt;
  }

  // Tokens a second of `n` sequences that decode together, prompts in the cache.
  double DecodeRate(size_t n) {
    std::vector<std::future<GenerateResult>> results;
    for (size_t i = 0; i < n; ++i) (void)engine_.Warm(Continue(i, 256).prompt, {});
    const auto start = Clock::now();
    for (size_t i = 0; i < n; ++i) {
      auto promise = std::make_shared<std::promise<GenerateResult>>();
      results.push_back(promise->get_future());
      engine_.Submit(Continue(i, 256),
                     [promise](GenerateResult result) { promise->set_value(std::move(result)); });
    }
    size_t tokens = 0;
    for (auto& result : results) tokens += result.get().tokens.size();
    return static_cast<double>(tokens) / Milliseconds(Clock::now() - start).count() * 1e3;
  }

  nlohmann::json Batch() {
    std::vector<double> ratios;
    nlohmann::json json;
    for (int repeat = 0; repeat < 3; ++repeat) {
      const double one = DecodeRate(1), eight = DecodeRate(8);
      ratios.push_back(eight / one);
      json["one_tok_s"] = one;
      json["eight_tok_s"] = eight;
    }
    json["ratio"] = Median(ratios);
    return json;
  }

  nlohmann::json Speculation() {
    nlohmann::json json;
    json["lookup"] = SpeculationWith({7, 2, 0});
    if (!options_.draft.empty()) json["draft_model"] = SpeculationWith({7, 2, 7});
    return json;
  }

  // Decode rate over all files with and without drafts, each file's two runs side by side.
  nlohmann::json SpeculationWith(const SpeculationOptions& speculation) {
    double plain_ms = 0, drafted_ms = 0;
    size_t plain_tokens = 0, drafted_tokens = 0, drafted = 0, accepted = 0, equal = 0;
    for (size_t i = 0; i < sources_.size(); ++i) {
      GenerateRequest request = Continue(i);
      (void)engine_.Warm(request.prompt, {});
      const GenerateResult plain = engine_.Generate(request);
      request.speculation = speculation;
      const GenerateResult fast = engine_.Generate(request);
      plain_ms += plain.timings.decode_ms;
      drafted_ms += fast.timings.decode_ms;
      plain_tokens += plain.tokens.size();
      drafted_tokens += fast.tokens.size();
      drafted += fast.timings.drafted_tokens;
      accepted += fast.timings.accepted_tokens;
      equal += plain.tokens == fast.tokens ? 1 : 0;
    }
    const double plain_rate = static_cast<double>(plain_tokens) / plain_ms * 1e3;
    const double fast_rate = static_cast<double>(drafted_tokens) / drafted_ms * 1e3;
    return {{"plain_tok_s", plain_rate},  {"tok_s", fast_rate},   {"ratio", fast_rate / plain_rate},
            {"drafted", drafted},         {"accepted", accepted}, {"same_output", equal},
            {"requests", sources_.size()}};
  }

  // From Cancel() to an idle engine, at several moments of a long prompt's prefill.
  nlohmann::json Cancel() {
    std::vector<double> waits;
    for (const int after_ms : {50, 400, 1500, 3000, 5000}) {
      GenerateRequest request;
      request.prompt = LongPrompt(std::min<size_t>(8000, engine_.model().hparams().context_length - 200));
      const RequestId id = engine_.Submit(std::move(request), [](const GenerateResult&) {});
      std::this_thread::sleep_for(std::chrono::milliseconds(after_ms));
      const auto start = Clock::now();
      engine_.Cancel(id);
      engine_.WaitIdle(std::chrono::seconds(10));
      waits.push_back(Milliseconds(Clock::now() - start).count());
    }
    return {{"median_ms", Median(waits)}, {"most_ms", *std::ranges::max_element(waits)}};
  }

  // First token of a short request that comes during a long prefill, beside an idle engine.
  nlohmann::json ShortBehindLong() {
    const auto first_token = [&](std::vector<TokenId> prompt) {
      GenerateRequest request;
      request.prompt = std::move(prompt);
      request.max_tokens = 1;
      request.priority = Priority::kInline;
      return engine_.Generate(std::move(request)).timings;
    };
    const GenerateTimings idle = first_token(LongPrompt(64));
    GenerateRequest request;
    request.prompt = LongPrompt(options_.long_prompt);
    request.priority = Priority::kInteractive;
    const RequestId id = engine_.Submit(std::move(request), [](const GenerateResult&) {});
    std::vector<double> queue, total;
    for (int i = 0; i < 5; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      const GenerateTimings timings = first_token(LongPrompt(64));
      queue.push_back(timings.queue_ms);
      total.push_back(timings.time_to_first_token_ms);
    }
    engine_.Cancel(id);
    engine_.WaitIdle(std::chrono::seconds(10));
    return {{"idle_first_token_ms", idle.time_to_first_token_ms},
            {"first_token_ms", Median(total)},
            {"most_first_token_ms", *std::ranges::max_element(total)},
            {"queue_ms", Median(queue)}};
  }

  Engine& engine_;
  const EngineBenchOptions& options_;
  std::vector<std::vector<TokenId>> sources_;
  int fresh_ = 0;
};

Result<std::unique_ptr<Backend>> Replay(const ModelFile& file, const std::vector<LoadText>& texts,
                                        uint32_t pass_us) {
  ESPALIER_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Create(file.tokenizer));
  std::vector<std::vector<TokenId>> tokens;
  for (const LoadText& text : texts) tokens.push_back(tokenizer.Encode(text.text));
  return std::make_unique<ReplayDevice>(std::move(tokens), file.hparams.vocab_size,
                                        std::chrono::microseconds(pass_us));
}

Result<nlohmann::json> MeasureLoadOf(EngineBenchOptions options) {
  LoadOptions load;
  load.requests = options.load;
  load.tokens = options.tokens;
  options.model_options.context_tokens = load.context_tokens();
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<LoadText> texts, ReadLoadTexts(options.files));
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(options.model));
  ESPALIER_ASSIGN_OR_RETURN(ModelFile file, OpenModelFile(path));
  std::unique_ptr<Backend> device;
  if (options.device_us > 0) {
    ESPALIER_ASSIGN_OR_RETURN(device, Replay(file, texts, options.device_us));
  }
  ESPALIER_ASSIGN_OR_RETURN(auto model,
                            Model::Create(std::move(file), options.model_options, std::move(device)));
  EngineOptions engine_options;
  engine_options.max_batch_rows = engine_options.max_live_requests = load.requests;
  ESPALIER_ASSIGN_OR_RETURN(const auto engine, Engine::Create(std::move(model), engine_options));
  return MeasureLoad(*engine, texts, load);
}

Result<nlohmann::json> Measure(EngineBenchOptions options) {
  if (options.load > 0) return MeasureLoadOf(std::move(options));
  options.model_options.context_tokens = 16384;
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(options.model));
  ESPALIER_ASSIGN_OR_RETURN(auto model, Model::Load(path, options.model_options));
  std::unique_ptr<Model> draft;
  if (!options.draft.empty()) {
    ESPALIER_ASSIGN_OR_RETURN(const auto draft_path, ResolveModel(options.draft));
    ESPALIER_ASSIGN_OR_RETURN(draft, Model::Load(draft_path, options.model_options));
  }
  ESPALIER_ASSIGN_OR_RETURN(const auto engine, Engine::Create(std::move(model), {}, std::move(draft)));
  EngineBench bench(*engine, options);
  ESPALIER_RETURN_IF_ERROR(bench.LoadFiles());
  return bench.Run();
}

}  // namespace
}  // namespace espalier

int main(int argc, char** argv) {
  espalier::EngineBenchOptions options;
  CLI::App app("What the engine adds to the runtime: batching, speculation, cancellation. Prints JSON.");
  app.add_option("model", options.model, "Name of an installed model, or a file")->required();
  app.add_option("files", options.files, "Source files; their beginnings are the prompts")->required();
  app.add_option("--draft", options.draft, "A smaller model that drafts for it");
  app.add_option("-n,--tokens", options.tokens, "Tokens generated a request")->capture_default_str();
  app.add_option("--load", options.load,
                 "Instead: so many requests at once, with the grammar and without (of the files' languages)");
  app.add_option(
      "--device-us", options.device_us,
      "With --load, instead of the model: a device that takes so long for a pass and computes nothing");
  app.add_option("-t,--threads", options.model_options.threads, "0 = one a physical core");
  CLI11_PARSE(app, argc, argv);
  const auto report = espalier::Measure(std::move(options));
  if (!report) {
    std::fprintf(stderr, "engine_bench: %s\n", report.error().message.c_str());
    return 1;
  }
  std::printf("%s\n", report->dump(2).c_str());
  return 0;
}
