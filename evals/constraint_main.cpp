// constraint_eval: whole programs under the grammar constraint, see constraint_eval.h.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "evals/constraint_eval.h"
#include "evals/gzip_lines.h"
#include "model/model.h"
#include "model/model_store.h"

namespace espalier {
namespace {

struct Arguments {
  std::string model = "qwen2.5-coder-0.5b";
  std::string data = "../shared/data/humaneval/humaneval.jsonl.gz";
  std::string outcomes;
  std::vector<std::string> languages;
  ConstraintEvalOptions options;
  uint32_t greedy = 0;
  int threads = 0;
};

Result<std::vector<std::string>> LoadTasks(const std::string& path) {
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<std::string> lines, ReadGzipLines(path));
  std::vector<std::string> tasks;
  for (const std::string& line : lines) {
    const auto row = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!row.is_object() || !row.contains("prompt") || !row["prompt"].is_string()) {
      return Fail(ErrorCode::kCorrupt, path + ": a row has no string field \"prompt\"");
    }
    tasks.push_back(row["prompt"].get<std::string>());
  }
  if (tasks.empty()) return Fail(ErrorCode::kNotFound, path + " holds no tasks");
  return tasks;
}

std::vector<Language> LanguagesOf(const Arguments& arguments) {
  std::vector<Language> languages;
  for (size_t i = 0; i < kLanguageCount; ++i) {
    const auto language = static_cast<Language>(i);
    const auto& wanted = arguments.languages;
    const bool all = wanted.empty();
    if (all || std::find(wanted.begin(), wanted.end(), LanguageId(language)) != wanted.end()) {
      languages.push_back(language);
    }
  }
  return languages;
}

/// Writes each generation down, and counts them on the terminal.
class Recorder {
 public:
  explicit Recorder(const std::string& path) {
    if (!path.empty()) out_.open(path);
  }
  void operator()(const ConstraintSample& sample) {
    std::fprintf(stderr, "\r%s %zu ", std::string(LanguageId(sample.language)).c_str(), ++count_);
    if (!out_.is_open()) return;
    const nlohmann::ordered_json json = {{"language", LanguageId(sample.language)},
                                         {"constrained", sample.constrained},
                                         {"finish", FinishReasonName(sample.finish)},
                                         {"clean", sample.clean},
                                         {"closed", sample.closed},
                                         {"tokens", sample.tokens},
                                         {"refused", sample.refused},
                                         {"code", sample.code}};
    out_ << json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  }

 private:
  std::ofstream out_;
  size_t count_ = 0;
};

nlohmann::ordered_json SamplingJson(const std::vector<ConstraintSample>& samples) {
  size_t count[2] = {}, clean[2] = {}, closed = 0, tokens = 0;
  uint64_t refused = 0;
  double seconds = 0;
  for (const ConstraintSample& sample : samples) {
    ++count[sample.constrained];
    clean[sample.constrained] += sample.clean;
    closed += sample.closed;
    if (!sample.constrained) continue;
    tokens += sample.tokens;
    refused += sample.refused;
    seconds += sample.constraint_seconds;
  }
  return {{"samples", count[true]},
          {"clean", clean[true]},
          {"clean_unconstrained", clean[false]},
          {"cut_off_and_closed", closed},
          {"tokens", tokens},
          {"refused_tokens", refused},
          {"constraint_us_per_token", tokens == 0 ? 0.0 : seconds * 1e6 / static_cast<double>(tokens)}};
}

nlohmann::ordered_json GreedyJson(const std::vector<GreedyPair>& pairs) {
  size_t clean_alone = 0, equal = 0, whole = 0;
  for (const auto& [constrained, unconstrained] : pairs) {
    const bool ended = unconstrained.finish != FinishReason::kLength;
    whole += ended;
    if (!ended || !unconstrained.clean) continue;
    ++clean_alone;
    equal += constrained.code == unconstrained.code;
  }
  return {{"prompts", pairs.size()}, {"ended", whole}, {"clean_alone", clean_alone}, {"equal", equal}};
}

Status Run(const Arguments& arguments) {
  ESPALIER_ASSIGN_OR_RETURN(std::vector<std::string> tasks, LoadTasks(arguments.data));
  ESPALIER_ASSIGN_OR_RETURN(const std::filesystem::path path, ResolveModel(arguments.model));
  ModelOptions model_options;
  model_options.threads = arguments.threads;
  ESPALIER_ASSIGN_OR_RETURN(std::unique_ptr<Model> model, Model::Load(path, model_options));
  EngineOptions engine_options;
  engine_options.max_live_requests = 8;
  ESPALIER_ASSIGN_OR_RETURN(const auto engine, Engine::Create(std::move(model), engine_options));
  Recorder recorder(arguments.outcomes);
  nlohmann::ordered_json report;
  for (const Language language : LanguagesOf(arguments)) {
    nlohmann::ordered_json& entry = report["languages"][std::string(LanguageId(language))];
    if (arguments.options.samples > 0) {
      ESPALIER_ASSIGN_OR_RETURN(const auto samples, SamplePrograms(*engine, language, tasks,
                                                                   arguments.options, std::ref(recorder)));
      entry["sampling"] = SamplingJson(samples);
    }
    if (arguments.greedy == 0) continue;
    tasks.resize(std::min<size_t>(tasks.size(), arguments.greedy));
    ESPALIER_ASSIGN_OR_RETURN(
        const auto pairs,
        CompareGreedy(*engine, language, tasks, arguments.options.most_tokens, std::ref(recorder)));
    entry["greedy"] = GreedyJson(pairs);
  }
  std::fprintf(stderr, "\n");
  std::printf("%s\n", report.dump(2).c_str());
  return {};
}

}  // namespace
}  // namespace espalier

int main(int argc, char** argv) {
  espalier::Arguments arguments;
  CLI::App app("Whole programs under the grammar constraint: do they parse, and what does it change?");
  app.add_option("--model", arguments.model, "model name or file")->capture_default_str();
  app.add_option("--data", arguments.data, "tasks: gzip JSON lines with a field \"prompt\"")
      ->capture_default_str();
  app.add_option("--languages", arguments.languages, "ids as in LSP; default: all nine")->delimiter(',');
  app.add_option("--samples", arguments.options.samples, "sampled programs of each language; 0 = none")
      ->capture_default_str();
  app.add_option("--greedy", arguments.greedy, "tasks compared greedily; 0 = none")->capture_default_str();
  app.add_option("--temperature", arguments.options.temperature, "of the sampled programs")
      ->capture_default_str();
  app.add_option("--least-tokens", arguments.options.least_tokens, "smallest budget")->capture_default_str();
  app.add_option("--most-tokens", arguments.options.most_tokens, "largest budget")->capture_default_str();
  app.add_option("--seed", arguments.options.seed, "of budgets and draws")->capture_default_str();
  app.add_option("--outcomes", arguments.outcomes, "write each generation to this file, as JSON lines");
  app.add_option("--threads", arguments.threads, "0 = one a physical core")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (const espalier::Status status = espalier::Run(arguments); !status) {
    std::fprintf(stderr, "constraint_eval: %s\n", status.error().message.c_str());
    return 1;
  }
  return 0;
}
