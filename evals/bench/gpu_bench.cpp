// gpu_bench: how fast the GPU backend runs a model of a known shape with random weights: decode at several
// batch sizes, prefill, time to the first token, and how near that is to what the GPU can do; and what the
// engine makes of it for many requests at once, with the grammar and without. JSON to standard output.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "evals/bench/bigram_model.h"
#include "evals/bench/engine_load.h"
#include "evals/bench/random_model.h"
#include "model/backend.h"
#include "model/cuda/cuda_backend.h"

namespace espalier {
namespace {

constexpr uint32_t kMostSequences = 64;

struct Arguments {
  std::string shape = "1.5b";
  uint32_t steps = 64;
  uint32_t context = 512;          ///< positions before the tokens that are decoded
  uint32_t longest = 8192;         ///< prompt
  std::vector<std::string> texts;  ///< files that requests go on with
  int gpus = 1;
  bool int8 = false;  ///< products of prompts in bytes
};

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

class GpuBench {
 public:
  GpuBench(const ModelFile& file, std::unique_ptr<Backend> backend, KvCache kv)
      : h_(file.hparams), backend_(std::move(backend)), kv_(std::move(kv)) {
    kv_.KeepElsewhere([this](uint32_t from, uint32_t to) { backend_->CopyPage(from, to); });
  }

  /// Appends `tokens` to each sequence in as many passes as that takes; a summary of each last row.
  Status Append(std::vector<KvSequence>& sequences, uint32_t tokens) {
    for (KvSequence& sequence : sequences) ESPALIER_RETURN_IF_ERROR(kv_.Reserve(sequence, tokens));
    const uint32_t most = backend_->max_rows();
    for (size_t first = 0; first < sequences.size();) {
      BatchPlan plan;
      if (tokens >= most) {  // one sequence at a time
        ESPALIER_RETURN_IF_ERROR(AppendLong(sequences[first], tokens));
        ++first;
        continue;
      }
      for (; first < sequences.size() && plan.rows() + tokens <= most; ++first)
        Plan(plan, sequences[first], 0, tokens);
      ESPALIER_RETURN_IF_ERROR(Run(plan));
    }
    for (KvSequence& sequence : sequences) kv_.Commit(sequence, tokens);
    return {};
  }
  void Free(std::vector<KvSequence>& sequences) {
    for (KvSequence& sequence : sequences) kv_.Free(sequence);
  }

  /// Tokens a second of `batch` sequences that decode side by side.
  Result<double> Decode(uint32_t batch, uint32_t context, uint32_t steps) {
    std::vector<KvSequence> sequences(batch);
    ESPALIER_RETURN_IF_ERROR(Append(sequences, context));
    for (int i = 0; i < 3; ++i) ESPALIER_RETURN_IF_ERROR(Append(sequences, 1));
    const auto start = std::chrono::steady_clock::now();
    for (uint32_t i = 0; i < steps; ++i) ESPALIER_RETURN_IF_ERROR(Append(sequences, 1));
    const double rate = batch * static_cast<double>(steps) / Seconds(start);
    Free(sequences);
    return rate;
  }

  /// Seconds to the logits behind a prompt; the best of three.
  Result<double> Prefill(uint32_t tokens) {
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      std::vector<KvSequence> sequences(1);
      const auto start = std::chrono::steady_clock::now();
      ESPALIER_RETURN_IF_ERROR(Append(sequences, tokens));
      best = std::min(best, Seconds(start));
      Free(sequences);
    }
    return best;
  }
  size_t weight_bytes() const { return backend_->weight_bytes(); }

 private:
  void Plan(BatchPlan& plan, const KvSequence& sequence, uint32_t done, uint32_t tokens) {
    const uint32_t start = sequence.length() + done;
    plan.spans.push_back({&sequence, plan.rows(), tokens, start});
    for (uint32_t i = 0; i < tokens; ++i) {
      plan.tokens.push_back(static_cast<TokenId>((start + i) * 7919 % h_.vocab_size));
      plan.positions.push_back(start + i);
    }
    plan.logits_rows.push_back(plan.rows() - 1);
  }
  Status AppendLong(const KvSequence& sequence, uint32_t tokens) {
    for (uint32_t done = 0; done < tokens;) {
      const uint32_t now = std::min(tokens - done, backend_->max_rows());
      BatchPlan plan;
      Plan(plan, sequence, done, now);
      if (done + now < tokens) plan.logits_rows.clear();
      ESPALIER_RETURN_IF_ERROR(Run(plan));
      done += now;
    }
    return {};
  }
  Status Run(BatchPlan& plan) {
    plan.draws.resize(plan.logits_rows.size());
    backend_->Embed(plan);
    for (uint32_t layer = 0; layer < h_.n_layers; ++layer) {
      backend_->Attention(layer, plan, kv_);
      backend_->FeedForward(layer, plan);
    }
    summaries_.resize(plan.logits_rows.size());
    if (!plan.logits_rows.empty()) backend_->Summarize(plan, summaries_.data());
    return backend_->Finish();
  }

  const HyperParameters& h_;
  std::unique_ptr<Backend> backend_;
  KvCache kv_;
  std::vector<RowSummary> summaries_;  // as the engine takes them for a greedy draw
};

Status MeasureModel(const Arguments& arguments) {
  ESPALIER_ASSIGN_OR_RETURN(const ModelFile file, MakeRandomModel(arguments.shape));
  ESPALIER_ASSIGN_OR_RETURN(const GpuInfo gpu, ProbeGpu());
  const uint32_t context =
      std::max(arguments.longest, kMostSequences * (arguments.context + arguments.steps + 32));
  ESPALIER_ASSIGN_OR_RETURN(auto backend,
                            MakeCudaBackend(file, {context, KvType::kF16, arguments.gpus, arguments.int8}));
  ESPALIER_ASSIGN_OR_RETURN(KvCache kv, KvCache::Create(file.hparams, {context, KvType::kF16}));
  GpuBench bench(file, std::move(backend), std::move(kv));
  const auto bytes = static_cast<double>(bench.weight_bytes());
  std::printf("{\"gpu\": \"%s\", \"shape\": \"%s\", \"weight_bytes\": %.0f", gpu.name.c_str(),
              arguments.shape.c_str(), bytes);
  for (const uint32_t batch : {1u, 8u, kMostSequences}) {
    ESPALIER_ASSIGN_OR_RETURN(const double rate, bench.Decode(batch, arguments.context, arguments.steps));
    std::printf(", \"decode_%u\": %.1f, \"decode_%u_gb_per_s\": %.1f", batch, rate, batch,
                rate / batch * bytes / 1e9);
    std::fflush(stdout);
  }
  for (const uint32_t tokens : {1024u, 2048u, 8192u}) {
    if (tokens > arguments.longest) continue;
    ESPALIER_ASSIGN_OR_RETURN(const double seconds, bench.Prefill(tokens));
    const double rate = tokens / seconds;
    std::printf(", \"prefill_%u\": %.1f, \"ttft_%u_ms\": %.2f, \"prefill_%u_tflop_per_s\": %.2f", tokens,
                rate, tokens, seconds * 1000, tokens,
                2 * static_cast<double>(file.parameter_count) * rate / 1e12);
    std::fflush(stdout);
  }
  return {};
}

Status MeasureEngine(const Arguments& arguments) {
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<LoadText> texts, ReadLoadTexts(arguments.texts));
  std::string all;
  for (const LoadText& text : texts) all += text.text;
  ESPALIER_ASSIGN_OR_RETURN(ModelFile file, MakeBigramModel(arguments.shape, all));
  LoadOptions load;
  load.requests = kMostSequences;
  load.prompt_tokens = arguments.context / 2;
  load.tokens = arguments.steps;
  load.sampling = {.temperature = 0.7f, .min_p = 0.05f};
  ModelOptions options;
  options.backend = BackendKind::kCuda;
  options.context_tokens = load.context_tokens();
  options.gpus = arguments.gpus;
  options.int8_prefill = arguments.int8;
  ESPALIER_ASSIGN_OR_RETURN(auto model, Model::Create(std::move(file), options));
  ESPALIER_ASSIGN_OR_RETURN(const auto engine, Engine::Create(std::move(model), {}));
  ESPALIER_ASSIGN_OR_RETURN(const nlohmann::json report, MeasureLoad(*engine, texts, load));
  std::printf(", \"load\": %s", report.dump().c_str());
  return {};
}

Status Measure(const Arguments& arguments) {
  ESPALIER_RETURN_IF_ERROR(MeasureModel(arguments));
  const Status engine = arguments.texts.empty() ? Status() : MeasureEngine(arguments);
  std::printf("}\n");
  return engine;
}

constexpr const char* kUsage =
    "Usage: gpu_bench [--shape tiny|0.5b|1.5b|7b] [--steps N] [--context N] [--longest N]\n"
    "       [--gpus N] [--prefill bf16|int8] [--text FILE]...\n\n"
    "Times the GPU backend on random weights of a known shape, and the engine at 64 requests that go\n"
    "on with the files' beginnings, with the grammar and without. ESPALIER_CUDA_LIBRARY names the backend's "
    "library.\n";

}  // namespace
}  // namespace espalier

int main(int argc, char** argv) {
  espalier::Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--help" || i + 1 == argc) {
      std::fputs(espalier::kUsage, flag == "--help" ? stdout : stderr);
      return flag == "--help" ? 0 : 2;
    }
    const char* value = argv[++i];
    if (flag == "--shape") arguments.shape = value;
    if (flag == "--steps") arguments.steps = static_cast<uint32_t>(std::strtoul(value, nullptr, 10));
    if (flag == "--context") arguments.context = static_cast<uint32_t>(std::strtoul(value, nullptr, 10));
    if (flag == "--text") arguments.texts.emplace_back(value);
    if (flag == "--gpus") arguments.gpus = std::atoi(value);
    if (flag == "--prefill") arguments.int8 = std::string(value) == "int8";
    if (flag == "--longest") arguments.longest = static_cast<uint32_t>(std::strtoul(value, nullptr, 10));
  }
  if (const espalier::Status status = espalier::Measure(arguments); !status) {
    std::fprintf(stderr, "gpu_bench: %s\n", status.error().message.c_str());
    return status.error().code == espalier::ErrorCode::kUnavailable ? 77 : 1;
  }
  return 0;
}
