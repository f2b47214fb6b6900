#include "testgen/program.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

#include "adapters/adapter.h"
#include "testgen/build_cache.h"
#include "testgen/command_line.h"
#include "testgen/resident_pool.h"
#include "testgen/sandbox/plan.h"
#include "testgen/toolbox.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMebibyte = 1 << 20;

std::vector<std::string> NamesOf(const std::vector<SandboxFile>& files) {
  std::vector<std::string> names;
  for (const SandboxFile& file : files) names.push_back(file.path);
  return names;
}

bool Holds(const std::vector<SandboxFile>& files, std::string_view text) {
  return std::any_of(files.begin(), files.end(),
                     [&](const SandboxFile& file) { return file.content.find(text) != std::string::npos; });
}

uint64_t BytesOf(const std::vector<SandboxFile>& files) {
  uint64_t bytes = 0;
  for (const SandboxFile& file : files) bytes += file.content.size();
  return bytes;
}

/// A compiler that says no without a line that can be read still said something.
void KeepSomeWord(ProgramBuild& build) {
  const bool has_error = std::any_of(build.diagnostics.begin(), build.diagnostics.end(),
                                     [](const Diagnostic& one) { return one.severity == Severity::kError; });
  if (has_error || build.verdict == Verdict::kOk) return;
  constexpr size_t kMostBytes = 500;
  Diagnostic word;
  const size_t begin = std::min(build.log.find_first_not_of(" \t\n"), build.log.size());
  word.message = build.log.substr(begin, std::min(kMostBytes, build.log.find('\n', begin) - begin));
  if (word.message.empty()) word.message = "the compiler failed without a word";
  build.diagnostics.push_back(std::move(word));
}

Verdict VerdictOfCompiler(Verdict verdict) {
  return verdict == Verdict::kRuntimeError ? Verdict::kCompileError : verdict;
}

/// Why a run ended badly, and whether the program ever ran.
void Explain(const Recipe& recipe, const ProgramBuild& build, ProgramOutcome& outcome) {
  SandboxOutcome& result = outcome.result;
  if (result.verdict != Verdict::kRuntimeError && result.verdict != Verdict::kSignalled) return;
  auto crash = ParseCrash(recipe.crash, result.err, {build.names, sandbox::kWorkFolder});
  if (!crash) return;
  const auto& codes = recipe.syntax_errors;
  const bool is_syntax = std::find(codes.begin(), codes.end(), crash->diagnostic.code) != codes.end();
  if (is_syntax && !crash->called) result.verdict = Verdict::kCompileError;
  outcome.diagnostics.push_back(std::move(crash->diagnostic));
}

/// Whether a resident interpreter can run it under the limits that it was started with.
bool FitsForkServer(const Recipe& recipe, const ProgramRun& run, const SandboxRun& request) {
  constexpr size_t kMostArgumentBytes = 16'000;
  size_t bytes = 0;
  for (const std::string& argument : request.arguments) bytes += argument.size() + 1;
  return !recipe.fork_server.empty() && !run.fresh && bytes <= kMostArgumentBytes &&
         run.limits.memory_bytes <= ProgramLimits().memory_bytes &&
         BytesOf(request.files) < SandboxPolicy().work_bytes / 2;
}

sandbox::Request RequestOf(const SandboxRun& whole, std::vector<std::string> arguments) {
  sandbox::Request request;
  request.arguments = std::move(arguments);
  request.input = whole.input;
  for (const SandboxFile& file : whole.files)
    request.files.push_back({file.path, file.content, file.executable ? 1U : 0U});
  request.collect = whole.collect;
  return request;
}

sandbox::Request ForkRequest(const ProgramBuild& build, const ProgramRun& run, const SandboxRun& whole) {
  using std::chrono::microseconds;
  std::vector<std::string> arguments = {build.main};
  arguments.insert(arguments.end(), run.arguments.begin(), run.arguments.end());
  sandbox::Request request = RequestOf(whole, std::move(arguments));
  request.wall_us = static_cast<uint64_t>(microseconds(run.limits.wall).count());
  request.cpu_us = static_cast<uint64_t>(microseconds(run.limits.cpu).count());
  request.memory_bytes = run.limits.memory_bytes;
  request.output_bytes = run.limits.output_bytes;
  return request;
}

sandbox::Request CompileRequest(const SandboxRun& task, const SandboxPolicy& policy) {
  using std::chrono::microseconds;
  sandbox::Request request = RequestOf(task, task.arguments);
  request.wall_us = request.cpu_us = static_cast<uint64_t>(microseconds(policy.wall).count());
  request.memory_bytes = policy.memory_bytes;
  request.output_bytes = policy.output_bytes;
  return request;
}

/// A file that is named like an option, or over two lines, could tell a compiler what to do.
Status CheckNames(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name.starts_with('-') || name.starts_with('@') || name.find('\n') != std::string::npos)
      return Fail(ErrorCode::kInvalidArgument, "'" + name + "' is no name for a program's file");
  }
  return {};
}

}  // namespace

fs::path WorkshopOptions::DefaultWarmFolder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "espalier/warm";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? fs::path(home) / ".cache/espalier/warm" : fs::path();
}

struct Workshop::Impl {
  explicit Impl(WorkshopOptions given)
      : options(std::move(given)),
        toolbox(options.warm_folder, options.isolation),
        cache(options.build_cache_bytes) {}

  Result<ProgramBuild> Compile(const Adapter& adapter, const Program& program, const CancelToken& cancel);
  Result<SandboxOutcome> RunCompiler(const Adapter& adapter, const Program& program, ProgramBuild& build,
                                     const CancelToken& cancel);
  SandboxPolicy PolicyOf(const Adapter& adapter, const Tools& tools, const ProgramBuild& build,
                         const ProgramRun& run) const;
  SandboxPolicy CompilerPolicy(const Adapter& adapter, const Tools& tools) const;
  /// Binds the warm folder, and names it in `places`, where the language has one.
  Status Warm(const Adapter& adapter, const Tools& tools, SandboxPolicy& policy, CommandPlaces& places,
              const CancelToken& cancel);

  enum class ResidentKind { kInterpreter, kCompiler };
  std::unique_ptr<ResidentPool> MakePool(const Adapter& adapter, SandboxPolicy policy,
                                         ResidentKind kind) const;
  /// The interpreters of a language, started when first needed.
  ResidentPool& InterpretersFor(const Adapter& adapter, const Tools& tools);
  /// Its compilers, from the second program on; nullptr when there are none.
  ResidentPool* CompilersFor(const Adapter& adapter, const SandboxPolicy& policy);

  const WorkshopOptions options;
  Toolbox toolbox;
  BuildCache cache;
  std::mutex pools_mutex;  // guards what follows, not the pools themselves
  std::array<std::unique_ptr<ResidentPool>, kLanguageCount> interpreters, compilers;
  std::array<bool, kLanguageCount> compiled_once{};
};

Workshop::Workshop(WorkshopOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Workshop::~Workshop() = default;

Status Workshop::Check(Language language) {
  ESPALIER_RETURN_IF_ERROR(impl_->toolbox.Find(AdapterFor(language)));
  return {};
}

SandboxPolicy Workshop::Impl::CompilerPolicy(const Adapter& adapter, const Tools& tools) const {
  SandboxPolicy policy;
  policy.isolation = options.isolation;
  policy.toolchains = tools.folders;
  policy.wall = policy.cpu = options.build_wall;
  policy.memory_bytes = adapter.recipe->build_bytes;
  policy.work_bytes = 512 * kMebibyte;
  policy.processes = 256;
  return policy;
}

Status Workshop::Impl::Warm(const Adapter& adapter, const Tools& tools, SandboxPolicy& policy,
                            CommandPlaces& places, const CancelToken& cancel) {
  ESPALIER_ASSIGN_OR_RETURN(const fs::path warm, toolbox.WarmFolder(adapter, tools, cancel));
  if (warm.empty()) return {};
  places.warm = kWarmTarget;
  policy.binds.push_back({warm, kWarmTarget});
  return {};
}

Result<SandboxOutcome> Workshop::Impl::RunCompiler(const Adapter& adapter, const Program& program,
                                                   ProgramBuild& build, const CancelToken& cancel) {
  const Recipe& recipe = *adapter.recipe;
  ESPALIER_ASSIGN_OR_RETURN(const Tools tools, toolbox.Find(adapter));
  SandboxPolicy policy = CompilerPolicy(adapter, tools);
  CommandPlaces places{build.main, {}, 0, {}};
  for (const SandboxFile& file : program.files) {
    if (IsSourceOf(adapter, file.path)) places.sources.push_back(file.path);
  }
  if (recipe.warm_when.empty() || Holds(program.files, recipe.warm_when)) {
    ESPALIER_RETURN_IF_ERROR(Warm(adapter, tools, policy, places, cancel));
  }
  SandboxRun run;
  run.arguments = ExpandCommand(recipe.build, places);
  run.environment = ExpandEnvironment(recipe.environment, places);
  run.files = program.files;
  for (const RecipeFile& file : recipe.build_files)
    run.files.push_back({std::string(file.path), std::string(file.content)});
  for (std::string_view product : recipe.products) run.collect.emplace_back(product);
  ESPALIER_RETURN_IF_ERROR(sandbox::CheckRequest(policy, run));
  if (ResidentPool* pool = CompilersFor(adapter, policy); pool != nullptr) {
    SandboxRun task = run;
    task.arguments = ExpandCommand(recipe.compile_arguments, places);
    ESPALIER_ASSIGN_OR_RETURN(auto answer, pool->Run(CompileRequest(task, policy), cancel));
    if (answer) return std::move(*answer);
  }
  return RunInSandbox(policy, run, cancel);
}

Result<ProgramBuild> Workshop::Impl::Compile(const Adapter& adapter, const Program& program,
                                             const CancelToken& cancel) {
  const Recipe& recipe = *adapter.recipe;
  ProgramBuild build;
  build.language = program.language;
  build.main = program.main.empty() ? std::string(recipe.main_file) : program.main;
  build.names = NamesOf(program.files);
  ESPALIER_RETURN_IF_ERROR(CheckNames(build.names));
  if (std::find(build.names.begin(), build.names.end(), build.main) == build.names.end()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the program has no file '" + build.main + "' to begin with; name its main file");
  }
  if (recipe.build.empty()) {
    ESPALIER_RETURN_IF_ERROR(toolbox.Find(adapter));
    build.verdict = Verdict::kOk;
    build.files = program.files;
    return build;
  }
  ESPALIER_ASSIGN_OR_RETURN(SandboxOutcome outcome, RunCompiler(adapter, program, build, cancel));
  build.verdict = VerdictOfCompiler(outcome.verdict);
  build.wall = outcome.wall;
  build.log = outcome.err + outcome.out + outcome.failure;
  build.diagnostics = ParseCompilerOutput(recipe.compiler, build.log, {build.names, sandbox::kWorkFolder});
  KeepSomeWord(build);
  build.files = std::move(outcome.files);
  for (const SandboxFile& file : program.files) {
    if (!IsSourceOf(adapter, file.path)) build.files.push_back(file);
  }
  return build;
}

Result<std::shared_ptr<const ProgramBuild>> Workshop::Build(const Program& program,
                                                            const CancelToken& cancel) {
  ESPALIER_RETURN_IF_ERROR(cancel.Check());
  const std::string key = BuildCache::KeyOf(program);
  if (auto known = impl_->cache.Find(key)) return known;
  ESPALIER_ASSIGN_OR_RETURN(ProgramBuild compiled,
                            impl_->Compile(AdapterFor(program.language), program, cancel));
  auto build = std::make_shared<const ProgramBuild>(std::move(compiled));
  const bool is_final = build->verdict == Verdict::kOk || build->verdict == Verdict::kCompileError;
  if (is_final) impl_->cache.Keep(key, build);
  return build;
}

SandboxPolicy Workshop::Impl::PolicyOf(const Adapter& adapter, const Tools& tools, const ProgramBuild& build,
                                       const ProgramRun& run) const {
  SandboxPolicy policy;
  policy.isolation = options.isolation;
  policy.toolchains = tools.folders;
  policy.wall = run.limits.wall;
  policy.cpu = run.limits.cpu;
  policy.memory_bytes = run.limits.memory_bytes + adapter.recipe->runtime_bytes;
  policy.output_bytes = run.limits.output_bytes;
  policy.work_bytes += BytesOf(build.files) + BytesOf(run.files);
  policy.processes += adapter.recipe->extra_processes;
  return policy;
}

std::unique_ptr<ResidentPool> Workshop::Impl::MakePool(const Adapter& adapter, SandboxPolicy policy,
                                                       ResidentKind kind) const {
  const Recipe& recipe = *adapter.recipe;
  const bool forks = kind == ResidentKind::kInterpreter;
  const RecipeFile& file = forks ? recipe.fork_server_file : recipe.compile_server_file;
  policy.cpu = std::chrono::hours(24 * 365);  // of all that it will do
  SandboxRun run;
  run.arguments = ExpandCommand(forks ? recipe.fork_server : recipe.compile_server, {});
  run.environment = ExpandEnvironment(recipe.environment, {});
  run.files = {{std::string(file.path), std::string(file.content)}};
  const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
  return std::make_unique<ResidentPool>(std::move(policy), std::move(run),
                                        forks ? sandbox::SandboxLife::kForks : sandbox::SandboxLife::kWorker,
                                        options.residents != 0 ? options.residents : processors);
}

ResidentPool& Workshop::Impl::InterpretersFor(const Adapter& adapter, const Tools& tools) {
  const std::lock_guard lock(pools_mutex);
  auto& pool = interpreters[static_cast<size_t>(adapter.language)];
  if (pool != nullptr) return *pool;
  SandboxPolicy policy;
  policy.isolation = options.isolation;
  policy.toolchains = tools.folders;
  policy.memory_bytes = ProgramLimits().memory_bytes + 64 * kMebibyte;
  policy.processes += adapter.recipe->extra_processes + 2;  // itself, and the step between two forks
  pool = MakePool(adapter, std::move(policy), ResidentKind::kInterpreter);
  return *pool;
}

ResidentPool* Workshop::Impl::CompilersFor(const Adapter& adapter, const SandboxPolicy& policy) {
  const auto index = static_cast<size_t>(adapter.language);
  const std::lock_guard lock(pools_mutex);
  if (adapter.recipe->compile_server.empty() || !compiled_once[index]) {
    compiled_once[index] = true;  // one program alone is not worth a compiler that stays
    return nullptr;
  }
  auto& pool = compilers[index];
  if (pool == nullptr) pool = MakePool(adapter, policy, ResidentKind::kCompiler);
  return pool.get();
}

Result<ProgramOutcome> Workshop::Run(const ProgramBuild& build, const ProgramRun& run,
                                     const CancelToken& cancel) {
  const Adapter& adapter = AdapterFor(build.language);
  ESPALIER_ASSIGN_OR_RETURN(const Tools tools, impl_->toolbox.Find(adapter));
  const CommandPlaces places{build.main, {}, run.limits.memory_bytes, {}};
  SandboxRun request;
  request.arguments = ExpandCommand(adapter.recipe->run, places);
  request.arguments.insert(request.arguments.end(), run.arguments.begin(), run.arguments.end());
  request.input = run.input;
  request.environment = ExpandEnvironment(adapter.recipe->environment, places);
  request.files = build.files;
  request.files.insert(request.files.end(), run.files.begin(), run.files.end());
  request.collect = run.collect;
  const SandboxPolicy policy = impl_->PolicyOf(adapter, tools, build, run);
  ESPALIER_RETURN_IF_ERROR(sandbox::CheckRequest(policy, request));
  ProgramOutcome outcome;
  if (FitsForkServer(*adapter.recipe, run, request)) {
    ResidentPool& servers = impl_->InterpretersFor(adapter, tools);
    ESPALIER_ASSIGN_OR_RETURN(auto answer, servers.Run(ForkRequest(build, run, request), cancel));
    outcome.warm = answer.has_value();
    if (answer) outcome.result = std::move(*answer);
  }
  if (!outcome.warm) {
    ESPALIER_ASSIGN_OR_RETURN(outcome.result, RunInSandbox(policy, request, cancel));
  }
  Explain(*adapter.recipe, build, outcome);
  return outcome;
}

Result<SandboxOutcome> Workshop::RunScript(Language language, const ToolScript& script,
                                           const CancelToken& cancel) {
  const Adapter& adapter = AdapterFor(language);
  ESPALIER_ASSIGN_OR_RETURN(const Tools tools, impl_->toolbox.Find(adapter));
  ESPALIER_RETURN_IF_ERROR(CheckNames(script.arguments));
  SandboxPolicy policy = impl_->CompilerPolicy(adapter, tools);
  policy.memory_bytes += adapter.recipe->runtime_bytes + ProgramLimits().memory_bytes;
  CommandPlaces places;
  ESPALIER_RETURN_IF_ERROR(impl_->Warm(adapter, tools, policy, places, cancel));
  SandboxRun run;
  run.arguments = {"sh", "-c", std::string(script.text), "sh"};
  run.arguments.insert(run.arguments.end(), script.arguments.begin(), script.arguments.end());
  run.environment = ExpandEnvironment(adapter.recipe->environment, places);
  run.files = script.files;
  run.collect = script.collect;
  ESPALIER_RETURN_IF_ERROR(sandbox::CheckRequest(policy, run));
  return RunInSandbox(policy, run, cancel);
}

}  // namespace espalier
