// fim_eval: the fill-in-the-middle evaluation as a program. The report goes to standard output as JSON,
// progress to standard error.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "evals/fim_eval.h"
#include "model/model_store.h"

namespace espalier {
namespace {

struct FimEvalArguments {
  std::string model = "qwen2.5-coder-0.5b";
  std::string data = "../shared/data/fim_multilang";
  std::string outcomes;
  size_t per_cell = 8;
  uint32_t seed = 1;
  int threads = 0;
  CompletionOptions completion;
};

void AddOptions(CLI::App& app, FimEvalArguments& arguments) {
  app.add_option("--model", arguments.model, "model name or file")->capture_default_str();
  app.add_option("--data", arguments.data, "directory of <language>.jsonl.gz")->capture_default_str();
  app.add_option("--outcomes", arguments.outcomes, "write each span's outcome to this file, as JSON lines");
  app.add_option("--per-cell", arguments.per_cell, "spans of each language and kind")->capture_default_str();
  app.add_option("--seed", arguments.seed, "of the sample of spans")->capture_default_str();
  app.add_option("--threads", arguments.threads, "0 = one a physical core")->capture_default_str();
  app.add_flag("!--unconstrained", arguments.completion.constrained, "decode without the grammar");
  app.add_option("--max-tokens", arguments.completion.max_tokens, "of each completion")
      ->capture_default_str();
}

nlohmann::ordered_json OutcomeJson(const FimOutcome& outcome) {
  const CompletionTimings& timings = outcome.completion.timings;
  return {{"id", outcome.span->id},
          {"reason", CompletionReasonName(outcome.completion.reason)},
          {"detail", outcome.completion.detail},
          {"clean", outcome.clean},
          {"exact", outcome.exact},
          {"text", outcome.completion.text},
          {"middle", outcome.span->middle},
          {"total_ms", timings.total_ms},
          {"join_ms", timings.join_ms},
          {"constraint_ms", timings.constraint_ms},
          {"refused_tokens", timings.refused_tokens},
          {"prompt_tokens", timings.prompt_tokens},
          {"generated_tokens", timings.generated_tokens}};
}

Status Run(const FimEvalArguments& arguments) {
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<FimSpan> all, LoadFimSpans(arguments.data));
  const std::vector<FimSpan> spans = SampleFimSpans(all, arguments.per_cell, arguments.seed);
  ESPALIER_ASSIGN_OR_RETURN(const std::filesystem::path path, ResolveModel(arguments.model));
  ModelOptions model_options;
  model_options.threads = arguments.threads;
  ESPALIER_ASSIGN_OR_RETURN(std::unique_ptr<Model> model, Model::Load(path, model_options));
  ESPALIER_ASSIGN_OR_RETURN(const std::unique_ptr<Engine> engine, Engine::Create(std::move(model), {}));
  ESPALIER_ASSIGN_OR_RETURN(const std::unique_ptr<Completer> completer, Completer::Create(*engine));

  std::ofstream outcomes;
  if (!arguments.outcomes.empty()) outcomes.open(arguments.outcomes);
  size_t done = 0;
  const FimReport report =
      RunFimEval(*completer, spans, arguments.completion, [&](const FimOutcome& outcome) {
        if (outcomes.is_open()) outcomes << OutcomeJson(outcome).dump() << std::endl;
        std::fprintf(stderr, "\r%zu of %zu spans", ++done, spans.size());
      });
  std::fprintf(stderr, "\n");
  std::printf("%s\n", FimReportJson(report).c_str());
  return {};
}

}  // namespace
}  // namespace espalier

int main(int argc, char** argv) {
  espalier::FimEvalArguments arguments;
  CLI::App app("Fill-in-the-middle evaluation: answers, clean joins and exact matches");
  espalier::AddOptions(app, arguments);
  CLI11_PARSE(app, argc, argv);
  if (const espalier::Status status = espalier::Run(arguments); !status) {
    std::fprintf(stderr, "fim_eval: %s\n", status.error().message.c_str());
    return 1;
  }
  return 0;
}
