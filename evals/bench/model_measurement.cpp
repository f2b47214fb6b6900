#include "evals/bench/model_measurement.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <span>

#include "evals/bench/median.h"
#include "evals/bench/process_memory.h"
#include "model/model_store.h"

namespace espalier {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr uint32_t kPrefillChunk = 512;
constexpr int kRowRepeats = 16;  // a decode step takes tens of ms: 16 give a steady median in about a second

double SecondsSince(Clock::time_point start) { return Seconds(Clock::now() - start).count(); }

/// Endless random token ids; the same ones in every run.
class TokenSource {
 public:
  explicit TokenSource(uint32_t vocab_size) : ids_(0, static_cast<TokenId>(vocab_size) - 1) {}
  std::vector<TokenId> Take(size_t n) {
    std::vector<TokenId> tokens(n);
    for (TokenId& token : tokens) token = ids_(engine_);
    return tokens;
  }

 private:
  std::mt19937 engine_{1};
  std::uniform_int_distribution<TokenId> ids_;
};

/// Runs steps and times them. Keeps the logits buffer, as an engine does, so that its allocation is
/// not part of every step.
class Runner {
 public:
  explicit Runner(Model& model) : model_(model) {}

  Result<double> Step(std::span<const SequenceChunk> batch) {
    const auto start = Clock::now();
    ESPALIER_RETURN_IF_ERROR(model_.Forward(batch, logits_));
    return SecondsSince(start);
  }

  Result<double> Append(KvSequence& sequence, std::span<const TokenId> tokens, uint32_t logits_rows) {
    const SequenceChunk chunk{&sequence, tokens, logits_rows};
    return Step({&chunk, 1});
  }

  /// Seconds to append `tokens` in chunks as an engine would.
  Result<double> Prefill(KvSequence& sequence, std::span<const TokenId> tokens) {
    double total = 0;
    while (!tokens.empty()) {
      const size_t n = std::min<size_t>(kPrefillChunk, tokens.size());
      ESPALIER_ASSIGN_OR_RETURN(const double seconds, Append(sequence, tokens.first(n), n == tokens.size()));
      total += seconds;
      tokens = tokens.subspan(n);
    }
    return total;
  }

  /// Seconds to append `tokens` one by one.
  Result<double> Decode(KvSequence& sequence, std::span<const TokenId> tokens) {
    double total = 0;
    for (size_t i = 0; i < tokens.size(); ++i) {
      ESPALIER_ASSIGN_OR_RETURN(const double seconds, Append(sequence, tokens.subspan(i, 1), 1));
      total += seconds;
    }
    return total;
  }

 private:
  Model& model_;
  Logits logits_;
};

class ModelBench {
 public:
  ModelBench(Model& model, const BenchOptions& options)
      : model_(model), runner_(model), options_(options), source_(model.hparams().vocab_size) {}

  Result<nlohmann::json> Run() {
    nlohmann::json report = {{"model", options_.model_path},
                             {"backend", model_.backend_name()},
                             {"threads", model_.threads()},
                             {"weight_bytes", model_.weight_bytes()}};
    ESPALIER_RETURN_IF_ERROR(WarmUp());
    ESPALIER_RETURN_IF_ERROR(MeasurePrefillAndDecode(report));
    ESPALIER_RETURN_IF_ERROR(MeasureRows(report));
    if (options_.memory_context > 0) ESPALIER_RETURN_IF_ERROR(MeasureMemory(report));
    return report;
  }

 private:
  Status WarmUp() {
    KvSequence sequence;
    auto seconds = runner_.Append(sequence, source_.Take(std::max(options_.prompt_tokens, 1u)), 1);
    if (seconds) seconds = runner_.Append(sequence, source_.Take(1), 1);
    model_.kv().Free(sequence);
    if (!seconds) return Fail(seconds.error());
    return {};
  }

  /// Tokens a second of `phase` over fresh sequences, one rate a repeat.
  using Phase = Result<double> (Runner::*)(KvSequence&, std::span<const TokenId>);
  Result<std::vector<double>> Rates(uint32_t tokens, Phase phase) {
    std::vector<double> rates;
    for (int i = 0; i < options_.repeats && tokens > 0; ++i) {
      KvSequence sequence;
      const auto seconds = (runner_.*phase)(sequence, source_.Take(tokens));
      model_.kv().Free(sequence);
      if (!seconds) return Fail(seconds.error());
      rates.push_back(tokens / *seconds);
    }
    return rates;
  }

  Status MeasurePrefillAndDecode(nlohmann::json& report) {
    ESPALIER_ASSIGN_OR_RETURN(const auto prefill, Rates(options_.prompt_tokens, &Runner::Prefill));
    ESPALIER_ASSIGN_OR_RETURN(const auto decode, Rates(options_.decode_tokens, &Runner::Decode));
    report["prefill"] = {
        {"tokens", options_.prompt_tokens}, {"tokens_per_s", Median(prefill)}, {"all", prefill}};
    report["decode"] = {
        {"tokens", options_.decode_tokens}, {"tokens_per_s", Median(decode)}, {"all", decode}};
    return {};
  }

  /// Cost of a step of n rows on a cached context, both as n tokens of one sequence (what verifying a
  /// draft costs) and as one token of n sequences (what a batch costs). Sizes are interleaved, so that a
  /// change of the machine's speed touches all of them alike.
  Status MeasureRows(nlohmann::json& report) {
    std::vector<std::vector<double>> verify(options_.rows.size()), batch(options_.rows.size());
    ESPALIER_RETURN_IF_ERROR(OpenContexts());
    Status status;
    for (int repeat = 0; repeat < kRowRepeats && status; ++repeat) {
      for (size_t i = 0; i < options_.rows.size() && status; ++i) {
        status = StepOnce(options_.rows[i], verify[i], batch[i]);
      }
    }
    for (KvSequence& context : contexts_) model_.kv().Free(context);
    if (!status) return status;
    report["rows"] = nlohmann::json::array();
    for (size_t i = 0; i < options_.rows.size(); ++i) {
      report["rows"].push_back({{"rows", options_.rows[i]},
                                {"one_sequence_ms", Median(verify[i]) * 1e3},
                                {"many_sequences_ms", Median(batch[i]) * 1e3}});
    }
    return {};
  }

  /// As many sequences as the largest batch needs, each with its own context.
  Status OpenContexts() {
    const uint32_t most = options_.rows.empty() ? 0 : *std::ranges::max_element(options_.rows);
    contexts_.resize(most);
    for (KvSequence& context : contexts_) {
      const auto seconds = runner_.Prefill(context, source_.Take(options_.rows_context));
      if (!seconds) return Fail(seconds.error());
    }
    return {};
  }

  Status StepOnce(uint32_t rows, std::vector<double>& verify, std::vector<double>& batch) {
    const std::vector<TokenId> tokens = source_.Take(rows);
    ESPALIER_ASSIGN_OR_RETURN(const double one, runner_.Append(contexts_[0], tokens, rows));
    model_.kv().Truncate(contexts_[0], options_.rows_context);
    std::vector<SequenceChunk> chunks;
    for (uint32_t r = 0; r < rows; ++r) chunks.push_back({&contexts_[r], {&tokens[r], 1}, 1});
    ESPALIER_ASSIGN_OR_RETURN(const double many, runner_.Step(chunks));
    for (uint32_t r = 0; r < rows; ++r) model_.kv().Truncate(contexts_[r], options_.rows_context);
    verify.push_back(one);
    batch.push_back(many);
    return {};
  }

  Status MeasureMemory(nlohmann::json& report) {
    const uint32_t context = std::min(options_.memory_context, model_.hparams().context_length);
    KvSequence sequence;
    auto seconds = runner_.Prefill(sequence, source_.Take(context - 1));
    if (seconds) seconds = runner_.Append(sequence, source_.Take(1), 1);
    const ProcessMemory memory = ReadProcessMemory();
    model_.kv().Free(sequence);
    if (!seconds) return Fail(seconds.error());
    report["memory"] = {{"context", context},
                        {"rss_bytes", memory.resident},
                        {"anonymous_bytes", memory.anonymous},
                        {"peak_rss_bytes", memory.peak_resident},
                        {"kv_bytes", model_.kv().page_bytes() * (context / kKvPageTokens)}};
    return {};
  }

  Model& model_;
  Runner runner_;
  const BenchOptions& options_;
  TokenSource source_;
  std::vector<KvSequence> contexts_;
};

std::string MemoryText(const nlohmann::json& memory) {
  return fmt::format("at {} tokens of context: RSS {:.1f} MB (anonymous {:.1f}, KV {:.1f}), peak {:.1f} MB\n",
                     memory["context"].get<uint32_t>(), memory["rss_bytes"].get<double>() / 1e6,
                     memory["anonymous_bytes"].get<double>() / 1e6, memory["kv_bytes"].get<double>() / 1e6,
                     memory["peak_rss_bytes"].get<double>() / 1e6);
}

/// Milliseconds from `start` until the first token after loading is through.
Result<double> ReadyMilliseconds(Model& model, Clock::time_point start) {
  KvSequence sequence;
  const TokenId token = 0;
  const auto seconds = Runner(model).Append(sequence, {&token, 1}, 1);
  model.kv().Free(sequence);
  if (!seconds) return Fail(seconds.error());
  return SecondsSince(start) * 1e3;
}

}  // namespace

Result<nlohmann::json> MeasureModel(BenchOptions options) {
  std::erase(options.rows, 0u);
  const uint32_t most_rows = options.rows.empty() ? 0 : *std::ranges::max_element(options.rows);
  options.model.context_tokens =
      std::max({options.memory_context, options.prompt_tokens + 1, options.decode_tokens,
                most_rows * (options.rows_context + most_rows + kKvPageTokens)});
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(options.model_path));
  const auto start = Clock::now();
  ESPALIER_ASSIGN_OR_RETURN(auto model, Model::Load(path, options.model));
  const double load_ms = SecondsSince(start) * 1e3;
  ESPALIER_ASSIGN_OR_RETURN(const double ready_ms, ReadyMilliseconds(*model, start));
  ESPALIER_ASSIGN_OR_RETURN(nlohmann::json report, ModelBench(*model, options).Run());
  report["load_ms"] = load_ms;
  report["ready_ms"] = ready_ms;
  return report;
}

std::string MeasurementText(const nlohmann::json& report) {
  std::string text =
      fmt::format("{}, {}, {} threads, weights {:.1f} MB, load {:.0f} ms (first token after {:.0f} ms)\n",
                  report["model"].get<std::string>(), report["backend"].get<std::string>(),
                  report["threads"].get<int>(), report["weight_bytes"].get<double>() / 1e6,
                  report["load_ms"].get<double>(), report["ready_ms"].get<double>());
  for (const char* phase : {"prefill", "decode"}) {
    text += fmt::format("{:<8} {:5} tokens  {:8.2f} tok/s\n", phase, report[phase]["tokens"].get<uint32_t>(),
                        report[phase]["tokens_per_s"].get<double>());
  }
  const auto& rows = report["rows"];
  for (const auto& row : rows) {
    const double one = row["one_sequence_ms"], many = row["many_sequences_ms"];
    const double base_one = rows[0]["one_sequence_ms"], base_many = rows[0]["many_sequences_ms"];
    text +=
        fmt::format("{:2} rows  one sequence {:7.2f} ms (x{:.2f})   as many sequences {:7.2f} ms (x{:.2f})\n",
                    row["rows"].get<uint32_t>(), one, one / base_one, many, many / base_many);
  }
  if (report.contains("memory")) text += MemoryText(report["memory"]);
  return text;
}

}  // namespace espalier
