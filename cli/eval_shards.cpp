// espalier eval merge, and which part of the tasks a process takes.
#include "cli/eval_shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "cli/eval_reports.h"
#include "cli/output.h"
#include "evals/runs/run_store.h"

namespace espalier {
namespace {

constexpr uint32_t kMostShards = 10'000;

std::optional<uint32_t> Number(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<uint32_t> NumberIn(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? std::nullopt : Number(text);
}

/// A process's rank and their number, as its launcher tells. Slurm tells a batch script's own shell as well,
/// which is no part of anything; only a step has a number.
Shard FromLauncher() {
  constexpr std::pair<const char*, const char*> kLaunchers[] = {
      {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
      {"PMI_RANK", "PMI_SIZE"},
      {"SLURM_PROCID", "SLURM_NTASKS"}};
  for (const auto& [rank_name, size_name] : kLaunchers) {
    if (std::string_view(rank_name).starts_with("SLURM") && std::getenv("SLURM_STEP_ID") == nullptr) continue;
    const auto rank = NumberIn(rank_name), size = NumberIn(size_name);
    if (rank && size && *rank < *size && *size <= kMostShards) return {*rank, *size};
  }
  return {};
}

struct MergeArguments {
  std::vector<std::string> parts;
  std::shared_ptr<std::string> database;
};

/// A part's run and samples.
struct Part {
  std::string name;
  EvalRun run;
  std::vector<EvalSample> samples;
};

Result<Part> LoadPart(const std::string& name, const std::string& database) {
  const std::optional<uint32_t> number = Number(name);
  if (!number && !std::filesystem::exists(name)) {
    return Fail(ErrorCode::kNotFound, fmt::format("there is no file '{}'", name));
  }
  ESPALIER_ASSIGN_OR_RETURN(const auto store, RunStore::Open(number ? database : name));
  Part part;
  part.name = name;
  if (number) {
    ESPALIER_ASSIGN_OR_RETURN(part.run, store->Run(*number));
  } else {
    ESPALIER_ASSIGN_OR_RETURN(const std::vector<EvalRun> runs, store->Runs());
    if (runs.empty()) return Fail(ErrorCode::kNotFound, fmt::format("'{}' holds no run", name));
    part.run = runs.back();
  }
  ESPALIER_ASSIGN_OR_RETURN(part.samples, store->Samples(part.run.id));
  return part;
}

EvalSettings WholeSettings(EvalSettings settings) {
  settings.shard = 0;
  settings.shards = 1;
  return settings;
}

/// Ok when the parts are of one run, and all are there and finished.
Status CheckParts(const std::vector<Part>& parts) {
  const EvalSettings& first = parts.front().run.settings;
  std::vector<bool> there(first.shards);
  for (const Part& part : parts) {
    const EvalSettings& s = part.run.settings;
    if (s.shards != first.shards || WholeSettings(s) != WholeSettings(first)) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("'{}' and '{}' are parts of different runs", parts.front().name, part.name));
    }
    if (!part.run.finished) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("'{}' is not finished; go on with: espalier eval --resume {} --db {}",
                              part.name, part.run.id, part.name));
    }
    if (there[s.shard]) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is part {} of {}, which is there already",
                                                           part.name, s.shard + 1, s.shards));
    }
    there[s.shard] = true;
  }
  const auto missing = std::ranges::find(there, false);
  if (missing == there.end()) return {};
  return Fail(ErrorCode::kNotFound,
              fmt::format("part {} of {} is missing", missing - there.begin() + 1, there.size()));
}

Result<ExitCode> RunMerge(const Invocation& invocation, const MergeArguments& arguments) {
  std::vector<Part> parts;
  for (const std::string& name : arguments.parts) {
    ESPALIER_ASSIGN_OR_RETURN(Part part, LoadPart(name, *arguments.database));
    parts.push_back(std::move(part));
  }
  ESPALIER_RETURN_IF_ERROR(CheckParts(parts));
  EvalRun whole = parts.front().run;
  whole.settings = WholeSettings(whole.settings);
  whole.tasks = 0;
  for (const Part& part : parts) whole.tasks += part.run.tasks;
  ESPALIER_ASSIGN_OR_RETURN(const auto store, RunStore::Open(*arguments.database));
  ESPALIER_ASSIGN_OR_RETURN(const int64_t id, store->Begin(whole));
  for (const Part& part : parts) {
    double seconds = part.run.seconds;  // with the first sample
    for (const EvalSample& sample : part.samples) {
      ESPALIER_RETURN_IF_ERROR(store->Add(id, sample, std::exchange(seconds, 0)));
    }
  }
  ESPALIER_RETURN_IF_ERROR(store->Finish(id));
  PrintNote(fmt::format("merged {} parts to run {} of {}", parts.size(), id, *arguments.database));
  ESPALIER_RETURN_IF_ERROR(PrintRun(*store, id, invocation.json));
  return ExitCode::kOk;
}

}  // namespace

Result<Shard> ShardOf(const std::string& flag) {
  if (flag.empty()) return FromLauncher();
  const size_t slash = std::min(flag.find('/'), flag.size());
  const auto number = Number(std::string_view(flag).substr(0, slash));
  const auto count = Number(std::string_view(flag).substr(std::min(slash + 1, flag.size())));
  if (number && count && *number >= 1 && *number <= *count && *count <= kMostShards) {
    return Shard{*number - 1, *count};
  }
  return Fail(ErrorCode::kInvalidArgument, fmt::format("--shard wants K/N with 1 <= K <= N, not '{}'", flag));
}

std::string ShardDatabase(const std::string& database, const Shard& shard) {
  if (shard.count == 1) return database;
  const std::filesystem::path path = database;
  const std::string name = fmt::format("{}.{}-of-{}{}", path.stem().string(), shard.number + 1, shard.count,
                                       path.extension().string());
  return (path.parent_path() / name).string();
}

void AddEvalMergeVerb(CLI::App& eval, Invocation& invocation, const std::shared_ptr<std::string>& database) {
  const auto arguments = std::make_shared<MergeArguments>();
  arguments->database = database;
  CLI::App* verb =
      AddVerb(eval, invocation, "merge", "Make one run of the parts that several processes answered",
              "  mpirun --bind-to none -n 2 espalier eval humaneval --db runs.sqlite\n"
              "  espalier eval merge runs.1-of-2.sqlite runs.2-of-2.sqlite --db runs.sqlite",
              [&invocation, arguments] { return RunMerge(invocation, *arguments); });
  verb->add_option("parts", arguments->parts,
                   "Files, of which the newest run is taken, or numbers of runs in --db")
      ->required();
  AddDatabaseFlag(*verb, *database);
}

}  // namespace espalier
