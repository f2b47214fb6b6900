// espalier bench: how fast a model runs on this machine. espalier bench mask: what the grammar costs beside
// it.
#include <fmt/format.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "cli/languages.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "evals/bench/mask_measurement.h"
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
  espalier bench mask                       what the grammar costs: see its own --help

Prefill is a prompt of -p random tokens, decode is -n tokens one by one, both from an empty cache: what
llama-bench calls pp and tg. The table of rows is the cost of one step with a few tokens, of one sequence
(verifying a draft) and of as many sequences (a batch). Run it on a machine that does nothing else.)";

/// The line on standard error that says what is being measured: redrawn on a terminal, elsewhere one a
/// language.
class MaskProgress {
 public:
  ~MaskProgress() {
    if (terminal_ && language_) fmt::print(stderr, "\r\x1B[K");
  }
  void operator()(Language language, const std::string& phrase) {
    if (terminal_) {
      fmt::print(stderr, "\r\x1B[K{}: {}", LanguageId(language), phrase);
    } else if (language_ != language) {
      PrintNote(fmt::format("measuring {}", LanguageId(language)));
    }
    language_ = language;
  }

 private:
  const bool terminal_ = StderrIsTerminal();
  std::optional<Language> language_;
};

struct MaskArguments {
  MaskBenchOptions options;
  std::vector<std::string> languages;
  size_t cache_mb = 40;
};

Result<nlohmann::json> Measure(const Invocation& invocation, const MaskArguments& arguments) {
  ESPALIER_RETURN_IF_ERROR(invocation.settings_status);
  MaskBenchOptions options = arguments.options;
  options.model = invocation.settings.values.model;
  options.cache_bytes = arguments.cache_mb * 1'000'000;
  for (const std::string& name : arguments.languages) {
    ESPALIER_ASSIGN_OR_RETURN(const Adapter* adapter, LanguageNamed(name));
    options.languages.push_back(adapter->language);
  }
  MaskProgress progress;
  options.progress = std::ref(progress);
  return MeasureMasks(options);
}

Result<ExitCode> RunMaskBench(const Invocation& invocation, const MaskArguments& arguments) {
  ESPALIER_ASSIGN_OR_RETURN(const nlohmann::json report, Measure(invocation, arguments));
  if (invocation.json) {
    PrintJson(report);
  } else {
    fmt::print("{}", MaskMeasurementText(report));
  }
  const size_t violations = MaskViolations(report);
  if (violations == 0) return ExitCode::kOk;
  PrintNote(fmt::format(
      "the grammar refused real files in {} places, which is a bug; please report the table", violations));
  return ExitCode::kInternal;
}

constexpr const char* kMaskExamples = R"(  espalier bench mask
  espalier bench mask --languages python,c --files 10
  espalier bench mask src/ --slowest 10
  espalier bench mask --every 4 --json | jq '.languages.go.mask_median_us'

Walks through real files, token by token of the model's vocabulary, on one core, and asks the grammar what
decoding asks it. No model runs. The columns:

  check    may this token come next? The real next one is asked for; most tokens of a completion cost this
  mask     all tokens that may come next: the median, the mean and the slowest of a hundred, in a file like
           others before it; cold: the first mask at a place, with nothing known
  ready    from nothing to the first mask, vocabulary and tables included; and the same the second time
  memory   tables and caches of a language
  allowed  share of the vocabulary that may come next; hits: readings of the text whose mask was known

The first half of a language's files fills the caches, the rest is measured. Without PATHS the files are
those of the corpus that scripts/collect_corpus.py gathers ($ESPALIER_CORPUS, else ~/.cache/espalier/corpus);
files with syntax errors are left out. With a single one of --languages, all files named are of it. What
stands in a real file must be allowed: if a check or a mask refuses it, the place is printed and the exit
code is 7.)";

void AddBenchMaskVerb(CLI::App& bench, Invocation& invocation) {
  const auto arguments = std::make_shared<MaskArguments>();
  CLI::App* verb = AddVerb(bench, invocation, "mask", "Measure what the grammar costs", kMaskExamples,
                           [&invocation, arguments] { return RunMaskBench(invocation, *arguments); });
  AddSettingFlag(*verb, invocation, "--model", "model");
  verb->add_option("paths", arguments->options.paths, "Source files and folders, instead of the corpus");
  verb->add_option("--languages", arguments->languages, "Only these, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb->add_option("--files", arguments->options.files, "At most so many files of a language")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  verb->add_option("--every", arguments->options.every, "A mask at every so-many-th token")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  verb->add_option("--slowest", arguments->options.slowest, "List so many of a language's slowest masks")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  verb->add_option("--cache-mb", arguments->cache_mb, "What the caches of a language may hold, in MB")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
}

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
  AddBenchMaskVerb(*verb, invocation);
}

}  // namespace espalier
