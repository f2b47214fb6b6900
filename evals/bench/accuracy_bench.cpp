// accuracy_bench: how far a backend's arithmetic is from the float32 reference, in logits on real code
// and in perplexity on held-aside code. Golden data: tests/data/golden (see the README there).
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evals/bench/golden_logits.h"
#include "evals/bench/model_options.h"
#include "model/model.h"
#include "model/model_store.h"

namespace espalier {
namespace {

struct AccuracyOptions {
  std::string model_path;
  ModelOptions model;
  std::string logits_path;
  std::string perplexity_path;
  size_t windows = 0;  ///< of each kind; 0 = all
  size_t step_tokens = 128;
  bool json = false;
};

/// Held-aside code and what the reference says of it.
struct PerplexityText {
  std::vector<std::vector<TokenId>> windows;
  std::vector<double> reference_nll;  ///< a window, nats
};

Result<PerplexityText> ReadPerplexityText(const AccuracyOptions& options) {
  std::ifstream file(options.perplexity_path);
  if (!file) return Fail(ErrorCode::kNotFound, "cannot open " + options.perplexity_path);
  const std::string name = std::filesystem::path(options.model_path).filename();
  try {
    const auto data = nlohmann::json::parse(file);
    return PerplexityText{data.at("windows"), data.at("models").at(name).at("nll")};
  } catch (const nlohmann::json::exception& error) {
    return Fail(ErrorCode::kCorrupt,
                options.perplexity_path + " has no reference for " + name + ": " + error.what());
  }
}

/// Sum of -log p of the tokens of `window` after the first, computed in steps.
Result<double> WindowNll(Model& model, const std::vector<TokenId>& window, size_t step_tokens) {
  KvSequence sequence;
  Logits logits;
  Status status;
  double nll = 0;
  const std::span<const TokenId> tokens(window);
  for (size_t at = 0; at < tokens.size() && status; at += step_tokens) {
    const auto step = tokens.subspan(at, std::min(step_tokens, tokens.size() - at));
    const SequenceChunk chunk{&sequence, step, static_cast<uint32_t>(step.size())};
    status = model.Forward({&chunk, 1}, logits);
    for (size_t r = 0; r < step.size() && at + r + 1 < tokens.size() && status; ++r) {
      nll += LogSumExp(logits.row(r)) - logits.row(r)[static_cast<size_t>(tokens[at + r + 1])];
    }
  }
  model.kv().Free(sequence);
  if (!status) return Fail(status.error());
  return nll;
}

template <typename T>
void KeepFirst(std::vector<T>& items, size_t limit) {
  if (limit > 0 && limit < items.size()) items.resize(limit);
}

Result<nlohmann::json> MeasureLogits(Model& model, const AccuracyOptions& options) {
  ESPALIER_ASSIGN_OR_RETURN(GoldenLogits golden, ReadGoldenLogits(options.logits_path));
  if (golden.vocab_size != model.hparams().vocab_size) {
    return Fail(ErrorCode::kInvalidArgument, options.logits_path + " belongs to another model");
  }
  KeepFirst(golden.windows, options.windows);
  LogitsAgreement agreement;
  for (const GoldenWindow& window : golden.windows) {
    ESPALIER_RETURN_IF_ERROR(CompareWindow(model, window, options.step_tokens, agreement));
  }
  if (!options.json) std::printf("logits: %s\n", agreement.Summary().c_str());
  return nlohmann::json{
      {"positions", agreement.positions()},           {"mean_cosine", agreement.mean_cosine()},
      {"min_cosine", agreement.min_cosine()},         {"top1_share", agreement.top1_share()},
      {"rms_difference", agreement.rms_difference()}, {"max_difference", agreement.max_difference()}};
}

Result<nlohmann::json> MeasurePerplexity(Model& model, const AccuracyOptions& options) {
  ESPALIER_ASSIGN_OR_RETURN(PerplexityText text, ReadPerplexityText(options));
  KeepFirst(text.windows, options.windows);
  double ours = 0, reference = 0;
  size_t tokens = 0;
  for (size_t w = 0; w < text.windows.size(); ++w) {
    ESPALIER_ASSIGN_OR_RETURN(const double nll, WindowNll(model, text.windows[w], options.step_tokens));
    ours += nll;
    reference += text.reference_nll[w];
    tokens += text.windows[w].size() - 1;
  }
  const double n = static_cast<double>(tokens);
  const double our_perplexity = std::exp(ours / n), reference_perplexity = std::exp(reference / n);
  const double change = our_perplexity / reference_perplexity - 1;
  if (!options.json) {
    std::printf("perplexity: %.5f, reference %.5f (%+.3f %%), %zu windows, %zu tokens predicted\n",
                our_perplexity, reference_perplexity, 100 * change, text.windows.size(), tokens);
  }
  return nlohmann::json{{"windows", text.windows.size()},
                        {"tokens", tokens},
                        {"perplexity", our_perplexity},
                        {"reference", reference_perplexity},
                        {"change", change}};
}

Status RunAccuracy(AccuracyOptions& options) {
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(options.model_path));
  options.model_path = path.string();
  ESPALIER_ASSIGN_OR_RETURN(auto model, Model::Load(path, options.model));
  const std::string backend(model->backend_name());
  nlohmann::json report = {{"model", options.model_path}, {"backend", backend}};
  if (!options.json) std::printf("%s, backend %s\n", options.model_path.c_str(), backend.c_str());
  if (!options.logits_path.empty()) {
    ESPALIER_ASSIGN_OR_RETURN(report["logits"], MeasureLogits(*model, options));
  }
  if (!options.perplexity_path.empty()) {
    ESPALIER_ASSIGN_OR_RETURN(report["perplexity"], MeasurePerplexity(*model, options));
  }
  if (options.json) std::puts(report.dump(2).c_str());
  return {};
}

int Main(int argc, char** argv) {
  AccuracyOptions options;
  CLI::App app("Distance of a backend's logits and perplexity from the float32 reference.");
  app.add_option("model", options.model_path,
                 "Name of an installed model, GGUF file or Hugging Face directory")
      ->required();
  app.add_option("--logits", options.logits_path, "Golden logits (tests/data/golden/*.logits)");
  app.add_option("--perplexity", options.perplexity_path,
                 "Held-aside code (tests/data/golden/code_perplexity.json)");
  app.add_option("--windows", options.windows, "Use only the first N windows; 0 = all")
      ->capture_default_str();
  app.add_option("--step", options.step_tokens, "Tokens of one Forward call; 1 = as in decoding")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("-t,--threads", options.model.threads, "Threads; 0 = one a physical core")
      ->capture_default_str();
  app.add_option("--backend", options.model.backend, "auto, scalar, avx2, avx-vnni or avx512")
      ->transform(CLI::CheckedTransformer(BackendNames()));
  app.add_option("--kv", options.model.kv_type, "f16 or q8")
      ->transform(CLI::CheckedTransformer(KvTypeNames()));
  app.add_flag("--json", options.json, "Print JSON");
  CLI11_PARSE(app, argc, argv);
  if (const Status status = RunAccuracy(options); !status) {
    std::fprintf(stderr, "accuracy_bench: %s\n", status.error().message.c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace espalier

int main(int argc, char** argv) { return espalier::Main(argc, argv); }
