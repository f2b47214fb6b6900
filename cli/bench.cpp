// espalier bench: how fast a model runs on this machine.
#include <fmt/format.h>

#include <memory>

#include "cli/flags.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "evals/bench/model_measurement.h"

namespace espalier {
namespace {

Result<ExitCode> RunBench(const Invocation& invocation, BenchOptions options) {
  ESPALIER_RETURN_IF_ERROR(invocation.settings_status);
  const Settings& settings = invocation.settings.values;
  options.model_path = settings.model;
  options.model = ModelOptionsOf(settings);
  ESPALIER_ASSIGN_OR_RETURN(const nlohmann::json report, MeasureModel(std::move(options)));
  if (invocation.json) {
    PrintJson(report);
  } else {
    fmt::print("{}", MeasurementText(report));
  }
  return ExitCode::kOk;
}

constexpr const char* kExamples = R"(  espalier bench
  espalier bench --model qwen2.5-coder-1.5b -p 512 -n 128 -r 5
  espalier bench --batch 1,2,4,8 --threads 2 --json

Prefill is a prompt of -p random tokens, decode is -n tokens one by one, both from an empty cache: what
llama-bench calls pp and tg. The table of rows is the cost of one step with a few tokens, of one sequence
(verifying a draft) and of as many sequences (a batch). Run it on a machine that does nothing else.)";

}  // namespace

void AddBenchVerb(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<BenchOptions>();
  CLI::App* verb = AddVerb(app, invocation, "bench", "Measure the speed and memory of a model", kExamples,
                           [&invocation, options] { return RunBench(invocation, *options); });
  AddSettingFlag(*verb, invocation, "--model", "model");
  verb->add_option("-p,--prompt-tokens", options->prompt_tokens, "Tokens of the prefill test")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  verb->add_option("-n,--decode-tokens", options->decode_tokens, "Tokens of the decode test")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  verb->add_option("-r,--repeats", options->repeats, "Repeats of both; the median is reported")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  verb->add_option("--batch", options->rows, "Rows of the small batches, separated by commas")
      ->delimiter(',')
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  verb->add_option("--memory-context", options->memory_context, "Tokens cached when memory is read; 0 = skip")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  AddSettingFlag(*verb, invocation, "--threads", "threads");
  AddSettingFlag(*verb, invocation, "--backend", "backend");
  AddSettingFlag(*verb, invocation, "--kv-type", "kv_type");
}

}  // namespace espalier
