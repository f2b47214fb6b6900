// model_bench: speed and memory of the runtime alone, through Model::Forward, with random tokens.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "evals/bench/model_measurement.h"
#include "evals/bench/model_options.h"

namespace espalier {
namespace {

int Main(int argc, char** argv) {
  BenchOptions options;
  bool json = false;
  CLI::App app("Speed and memory of the model runtime, without sampling or prompts.");
  app.add_option("model", options.model_path,
                 "Name of an installed model, GGUF file or Hugging Face directory")
      ->required();
  app.add_option("-p,--prompt", options.prompt_tokens, "Tokens of the prefill test")->capture_default_str();
  app.add_option("-n,--decode", options.decode_tokens, "Tokens of the decode test")->capture_default_str();
  app.add_option("-r,--repeats", options.repeats, "Repeats of each test; the median is reported")
      ->capture_default_str();
  app.add_option("-t,--threads", options.model.threads, "Threads; 0 = one a physical core")
      ->capture_default_str();
  app.add_option("--rows", options.rows, "Sizes of small batches to time; 0 = none")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--memory-context", options.memory_context,
                 "Tokens cached when memory is read; 0 skips that")
      ->capture_default_str();
  app.add_option("--backend", options.model.backend, "auto, scalar, avx2, avx-vnni or avx512")
      ->transform(CLI::CheckedTransformer(BackendNames()));
  app.add_option("--kv", options.model.kv_type, "f16 or q8")
      ->transform(CLI::CheckedTransformer(KvTypeNames()));
  app.add_flag("--json", json, "Print JSON");
  CLI11_PARSE(app, argc, argv);
  const auto report = MeasureModel(options);
  if (!report) {
    std::fprintf(stderr, "model_bench: %s\n", report.error().message.c_str());
    return 1;
  }
  std::fputs((json ? report->dump(2) + "\n" : MeasurementText(*report)).c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace espalier

int main(int argc, char** argv) { return espalier::Main(argc, argv); }
