// espalier eval SUITE: how many programming tasks a model solves. eval report: what runs came to; eval list:
// which there are.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/eval_reports.h"
#include "cli/eval_shards.h"
#include "cli/file_hash.h"
#include "cli/flags.h"
#include "cli/interrupt.h"
#include "cli/machine.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/verb.h"
#include "evals/engines/answer_source.h"
#include "evals/harness/eval_report.h"
#include "evals/harness/eval_run.h"
#include "evals/harness/selection.h"
#include "evals/harness/selection_report.h"
#include "evals/runs/run_store.h"
#include "evals/suites/suite.h"
#include "model/model.h"
#include "model/model_store.h"

namespace espalier {
namespace {

// The longest prompts of the suites have some 600 tokens.
constexpr uint64_t kPromptTokens = 768;

// A hole has up to 400 bytes.
constexpr uint32_t kFillTokens = 128;

struct EvalArguments {
  EvalSettings settings;
  std::string constraint = "exact";
  std::string shard;
  uint32_t parallel = 1;
  int64_t resume = 0;
  std::string select = "none";
  uint32_t repair_rounds = 0;
  std::shared_ptr<std::string> database = std::make_shared<std::string>(DefaultRunStore().string());
};

/// A loaded run: all that RunEval wants.
struct Prepared {
  Suite suite;
  EvalRun run;
  std::unique_ptr<Engine> engine;  ///< of ours; none where a server answers
  std::unique_ptr<AnswerSource> source;
};

/// Built-in models were checked when they were pulled.
Result<std::string> ModelHash(const std::filesystem::path& path, const CancelToken& cancel) {
  for (const KnownModel& model : KnownModels()) {
    if (IsInstalled(model) && path == InstalledPath(model)) return std::string(model.sha256);
  }
  if (std::filesystem::is_directory(path)) return std::string();  // safetensors: several files
  return Sha256OfFile(path, {}, cancel);
}

Status CheckSame(const std::string& what, const std::string& now, const std::string& then, int64_t run) {
  if (now == then) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is not the one of run {} any more; begin a new run", what, run));
}

/// Settings of a run that is to begin, with those that only the machine or the suite knows still open.
Result<EvalSettings> NewSettings(const Invocation& invocation, const EvalArguments& arguments) {
  EvalSettings settings = arguments.settings;
  settings.constraint = ConstraintNamed(arguments.constraint);
  settings.model = invocation.settings.values.model;
  ESPALIER_ASSIGN_OR_RETURN(const Shard shard, ShardOf(arguments.shard));
  settings.shard = shard.number;
  settings.shards = shard.count;
  if (settings.engine == "local") {
    if (!settings.api.empty()) return Fail(ErrorCode::kInvalidArgument, "--api goes with --engine URL");
    settings.backend = invocation.settings.values.backend;
    settings.kv_type = invocation.settings.values.kv_type;
    return settings;
  }
  settings.constraint = EvalConstraint::kOff;  // the grammar is ours
  if (settings.api.empty()) settings.api = ServerApiName(ServerApi::kCompletions);
  return settings;
}

Result<EvalRun> RunToDo(const Invocation& invocation, const EvalArguments& arguments, const RunStore& store) {
  if (arguments.resume != 0) return store.Run(arguments.resume);
  if (arguments.settings.suite.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "name a suite, for example: espalier eval humaneval; see: espalier eval --help");
  }
  EvalRun run;
  ESPALIER_ASSIGN_OR_RETURN(run.settings, NewSettings(invocation, arguments));
  run.version = ESPALIER_VERSION;
  const ProcessorInfo processor = ReadProcessorInfo();
  run.machine = fmt::format("{}, {} cores", processor.name, processor.logical_cores);
  return run;
}

Result<std::unique_ptr<Engine>> LoadEngine(const Invocation& invocation, const std::filesystem::path& path,
                                           const EvalSettings& settings, TaskKind kind) {
  Settings values = invocation.settings.values;
  values.backend = settings.backend;
  values.kv_type = settings.kv_type;
  ModelOptions options = ModelOptionsOf(values);
  const EngineOptions engine_options = EvalEngineOptions(kind);
  if (kind == TaskKind::kWrite) {
    const uint64_t wanted = engine_options.max_live_requests * (settings.max_tokens + kPromptTokens);
    options.context_tokens = std::max(options.context_tokens, static_cast<uint32_t>(wanted));
  }
  ESPALIER_ASSIGN_OR_RETURN(auto model, Model::Load(path, options));
  return Engine::Create(std::move(model), engine_options);
}

/// Our engine with the run's model.
Status PrepareLocal(const Invocation& invocation, Prepared& prepared, const CancelToken& cancel) {
  EvalRun& run = prepared.run;
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(run.settings.model));
  ESPALIER_ASSIGN_OR_RETURN(const std::string model_hash, ModelHash(path, cancel));
  if (run.id != 0) {
    ESPALIER_RETURN_IF_ERROR(CheckSame(path.string(), model_hash, run.settings.model_sha256, run.id));
  }
  ESPALIER_ASSIGN_OR_RETURN(prepared.engine, LoadEngine(invocation, path, run.settings, prepared.suite.kind));
  run.settings.model_sha256 = model_hash;
  run.settings.backend = prepared.engine->model().backend_name();
  prepared.source = LocalAnswers(*prepared.engine);
  return {};
}

/// A server, asked for the model that is named if it has that, else for its first one.
Status PrepareServer(const EvalArguments& arguments, Prepared& prepared, const CancelToken& cancel) {
  EvalSettings& settings = prepared.run.settings;
  ServerOptions options;
  options.url = settings.engine;
  for (const ServerApi api : {ServerApi::kCompletions, ServerApi::kChat, ServerApi::kInfill}) {
    if (settings.api == ServerApiName(api)) options.api = api;
  }
  const char* key = std::getenv("ESPALIER_API_KEY");
  options.key = key == nullptr ? "" : key;
  options.parallel = arguments.parallel;
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<std::string> models, ServerModels(options, cancel));
  if (prepared.run.id == 0 && !models.empty() && std::ranges::find(models, settings.model) == models.end()) {
    settings.model = models.front();
  }
  options.model = settings.model;
  ESPALIER_ASSIGN_OR_RETURN(prepared.source, ServerAnswers(options));
  return {};
}

/// Loads everything; a new run gets its place in `store` only when nothing can be wrong any more.
Result<Prepared> Prepare(const Invocation& invocation, const EvalArguments& arguments, RunStore& store,
                         const CancelToken& cancel) {
  Prepared prepared;
  EvalRun& run = prepared.run;
  ESPALIER_ASSIGN_OR_RETURN(run, RunToDo(invocation, arguments, store));
  ESPALIER_ASSIGN_OR_RETURN(prepared.suite,
                            LoadSuite(run.settings.suite, run.settings.data, run.settings.seed));
  ESPALIER_ASSIGN_OR_RETURN(const std::string data_hash, DataHash(prepared.suite, cancel));
  if (run.id != 0) {
    ESPALIER_RETURN_IF_ERROR(CheckSame(run.settings.data, data_hash, run.settings.data_sha256, run.id));
    if (run.version != ESPALIER_VERSION) {
      PrintNote(fmt::format("run {} was begun by version {}; its samples may not be comparable", run.id,
                            run.version));
    }
  }
  if (run.settings.max_tokens == 0) {
    run.settings.max_tokens =
        prepared.suite.kind == TaskKind::kFill ? kFillTokens : EvalSettings().max_tokens;
  }
  if (run.settings.engine == "local") {
    ESPALIER_RETURN_IF_ERROR(PrepareLocal(invocation, prepared, cancel));
  } else {
    ESPALIER_RETURN_IF_ERROR(PrepareServer(arguments, prepared, cancel));
  }
  if (run.id != 0) return prepared;
  run.settings.data = std::filesystem::absolute(prepared.suite.data).lexically_normal().string();
  run.settings.data_sha256 = data_hash;
  run.tasks = static_cast<uint32_t>(TasksOf(prepared.suite, run.settings).size());
  ESPALIER_ASSIGN_OR_RETURN(run.id, store.Begin(run));
  return prepared;
}

/// Selects samples by tests that the model writes; false when it was interrupted.
Result<bool> Select(const Prepared& prepared, const EvalArguments& arguments, RunStore& store,
                    const CancelToken& cancel) {
  Progress bar("selection", prepared.run.tasks, stderr, StderrIsTerminal(), ProgressUnit::kCount);
  EvalHooks hooks;
  hooks.progress = [&bar](size_t done, size_t) { bar.Update(done); };
  hooks.cancel = cancel;
  const auto author = ModelAuthor(*prepared.engine);
  Workshop workshop({});
  SelectionTools tools = {*author, workshop};
  tools.settings.repair_rounds = arguments.repair_rounds;
  return SelectSamples(tools, prepared.suite, prepared.run, store, hooks);
}

Result<ExitCode> RunEvalVerb(const Invocation& invocation, const EvalArguments& arguments) {
  ESPALIER_RETURN_IF_ERROR(invocation.settings_status);
  if (arguments.repair_rounds > 0 && arguments.select == "none") {
    return Fail(ErrorCode::kInvalidArgument, "--repair goes with --select tests");
  }
  const InterruptScope interrupt;
  // A process of several has a file of its own.
  ESPALIER_ASSIGN_OR_RETURN(const Shard shard, ShardOf(arguments.shard));
  const std::string database = ShardDatabase(*arguments.database, shard);
  ESPALIER_ASSIGN_OR_RETURN(const auto store, RunStore::Open(database));
  ESPALIER_ASSIGN_OR_RETURN(const Prepared prepared,
                            Prepare(invocation, arguments, *store, interrupt.token()));
  const int64_t id = prepared.run.id;
  const bool selects = arguments.select != "none";
  if (selects && (prepared.engine == nullptr || prepared.suite.kind != TaskKind::kWrite)) {
    return Fail(ErrorCode::kInvalidArgument, "--select goes with our own engine and with programs to write");
  }
  PrintNote(fmt::format(
      "run {}: {} with {}{}", id, prepared.run.settings.suite, prepared.run.settings.model,
      shard.count == 1 ? "" : fmt::format(", part {} of {} in {}", shard.number + 1, shard.count, database)));
  bool finished = false;
  {
    const uint64_t total = uint64_t{prepared.run.tasks} * prepared.run.settings.samples;
    Progress bar("answers", total, stderr, StderrIsTerminal(), ProgressUnit::kCount);
    EvalHooks hooks;
    hooks.progress = [&bar](size_t done, size_t) { bar.Update(done); };
    hooks.cancel = interrupt.token();
    ESPALIER_ASSIGN_OR_RETURN(finished,
                              RunEval(*prepared.source, prepared.suite, prepared.run, *store, hooks));
  }
  if (finished && selects) {
    if (arguments.select == "anew") ESPALIER_RETURN_IF_ERROR(store->DropSelections(id));
    ESPALIER_ASSIGN_OR_RETURN(finished, Select(prepared, arguments, *store, interrupt.token()));
  }
  if (!finished) {
    PrintNote(fmt::format("interrupted; espalier eval --resume {} goes on", id));
    return ExitCode::kInterrupted;
  }
  ESPALIER_RETURN_IF_ERROR(PrintRun(*store, id, invocation.json));
  return ExitCode::kOk;
}

std::string Examples() {
  std::string text = R"(  espalier eval humaneval
  espalier eval humaneval --constraint off --limit 20
  espalier eval mbpp --model qwen2.5-coder-1.5b --n 10 --temperature 0.8 --seed 1
  espalier eval humaneval --model qwen2.5-coder-1.5b --n 16 --temperature 0.8 --select tests
  espalier eval leetcode --model qwen2.5-coder-1.5b --n 8 --temperature 0.8 --select tests --repair 2
  espalier eval fim-accept --limit 400      holes in real files: does accepting the answer break the file?
  espalier eval humaneval --engine http://127.0.0.1:8080      the same prompts and tests for a server
  espalier eval fim-accept --engine http://127.0.0.1:8080 --api infill
  mpirun --bind-to none -n 2 espalier eval mbpp --db r.sqlite  a part of the tasks each, then: eval merge
  espalier eval --resume 3                  goes on with a run that was cut off
  espalier eval report 3                    what a run came to
  espalier eval report 3 4                  two runs beside each other, and whether one is better

Suites (the data is not part of the program: --data, or a folder with all of it in ESPALIER_EVAL_DATA):
)";
  for (const SuiteInfo& suite : KnownSuites()) {
    text += fmt::format("  {:<22} {}\n", suite.name, suite.description);
  }
  return text + R"(
Programs run in the sandbox, without network and files of this machine (espalier doctor says whether it works
here). pass@k is the unbiased estimate of Chen et al. (2021); behind it the 95 % interval of a bootstrap over
tasks. Every sample is stored as soon as it was tested, whatever ends the process.)";
}

/// What makes a run what it is; one that goes on has it already.
std::vector<CLI::Option*> AddRunOptions(CLI::App& verb, EvalArguments& arguments) {
  EvalSettings& settings = arguments.settings;
  std::vector<CLI::Option*> fixed = {verb.add_option("suite", settings.suite, "The suite of tasks")};
  fixed.push_back(verb.add_option("--data", settings.data, "The suite's file")->type_name("FILE"));
  fixed.push_back(
      verb.add_option(
              "--constraint", arguments.constraint,
              "Keep answers inside of the grammar: exact = at every token; check = look at the end "
              "(a program that does not parse is written again, what breaks a file is cut); off = not at all")
          ->check(CLI::IsMember({"exact", "check", "off"}))
          ->capture_default_str());
  fixed.push_back(
      verb.add_option("-n,--n", settings.samples, "Answers to each task")->check(CLI::Range(1, 1000)));
  fixed.push_back(verb.add_option("--temperature", settings.temperature, "0 = the most probable token")
                      ->check(CLI::Range(0.0, 10.0)));
  fixed.push_back(
      verb.add_option("--seed", settings.seed, "Of the random draws, and of the holes that fim-accept cuts")
          ->check(CLI::NonNegativeNumber));
  settings.max_tokens = 0;  // as the suite has it
  fixed.push_back(verb.add_option("--max-tokens", settings.max_tokens,
                                  fmt::format("Longest answer (default: {}; for a hole {})",
                                              EvalSettings().max_tokens, kFillTokens))
                      ->check(CLI::Range(16, 8192)));
  fixed.push_back(verb.add_option("--engine", settings.engine,
                                  "Who answers: local, or the address of a server that speaks OpenAI's "
                                  "protocol (with a key in ESPALIER_API_KEY)")
                      ->capture_default_str());
  fixed.push_back(verb.add_option("--api", settings.api,
                                  "How a server is asked: completions (our own prompts, the default), chat "
                                  "(its own template), infill (llama-server's, for holes)")
                      ->check(CLI::IsMember({"completions", "chat", "infill"})));
  fixed.push_back(verb.add_option("--shard", arguments.shard,
                                  "Only the K-th of N parts of the tasks: K/N, from 1/N; under mpirun and "
                                  "srun each process takes its own")
                      ->type_name("K/N"));
  fixed.push_back(
      verb.add_option("--limit", settings.limit, "Only the first so many tasks")->check(CLI::PositiveNumber));
  return fixed;
}

}  // namespace

void AddEvalVerb(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<EvalArguments>();
  CLI::App* verb =
      AddVerb(app, invocation, "eval", "Measure how many programming tasks a model solves", Examples(),
              [&invocation, arguments] { return RunEvalVerb(invocation, *arguments); });
  const std::vector<CLI::Option*> fixed = AddRunOptions(*verb, *arguments);
  verb->add_option("--parallel", arguments->parallel, "Requests to a server at a time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  verb->add_option(
          "--select", arguments->select,
          "Choose among the answers to a task by tests that the model writes; anew: again, with the tests "
          "that are stored")
      ->check(CLI::IsMember({"none", "tests", "anew"}))
      ->capture_default_str();
  verb->add_option("--repair", arguments->repair_rounds,
                   "With --select: rounds in which the model repairs what does not build or fails an example")
      ->check(CLI::Range(0, 10));
  CLI::Option* resume =
      verb->add_option("--resume", arguments->resume, "Go on with this run")->check(CLI::PositiveNumber);
  for (CLI::Option* option : fixed) resume->excludes(option);
  AddSettingFlag(*verb, invocation, "--model", "model");
  AddModelFlags(*verb, invocation);
  AddDatabaseFlag(*verb, *arguments->database);
  AddEvalReportVerb(*verb, invocation, arguments->database);
  AddEvalListVerb(*verb, invocation, arguments->database);
  AddEvalMergeVerb(*verb, invocation, arguments->database);
}

}  // namespace espalier
