// espalier sandbox -- COMMAND...: runs a program as generated ones are run, and says how it went.
#include "testgen/sandbox.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/source_text.h"
#include "cli/verb.h"

namespace espalier {
namespace {

constexpr uint64_t kMaxFileBytes = 64 << 20;
constexpr uint64_t kMebibyte = 1 << 20;

struct SandboxOptions {
  std::vector<std::string> command;
  std::vector<std::string> files;
  std::vector<std::string> tools;
  std::string input;
  double seconds = 10;
  uint64_t memory_mb = 512;
  uint32_t processes = 64;
  bool weaker = false;
};

/// The folders of the tools that were named. The program itself need not be one: it may be in the work
/// folder.
Status AddToolchains(const SandboxOptions& options, SandboxPolicy& policy) {
  const bool is_name = options.command.front().find('/') == std::string::npos;
  if (const auto own = ToolchainFolders(options.command.front()); is_name && own)
    policy.toolchains = own->folders;
  for (const std::string& tool : options.tools) {
    ESPALIER_ASSIGN_OR_RETURN(const Toolchain toolchain, ToolchainFolders(tool));
    policy.toolchains.insert(policy.toolchains.end(), toolchain.folders.begin(), toolchain.folders.end());
  }
  return {};
}

Result<SandboxPolicy> PolicyOf(const SandboxOptions& options) {
  SandboxPolicy policy;
  ESPALIER_RETURN_IF_ERROR(AddToolchains(options, policy));
  policy.wall = policy.cpu =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(options.seconds));
  policy.memory_bytes = options.memory_mb * kMebibyte;
  policy.processes = options.processes;
  if (options.weaker) policy.isolation = SandboxIsolation::kBestAvailable;
  return policy;
}

bool IsExecutable(const std::string& path) {
  std::error_code ignored;
  const auto mode = std::filesystem::status(path, ignored).permissions();
  return (mode & std::filesystem::perms::owner_exec) != std::filesystem::perms::none;
}

Result<SandboxRun> RunOf(const SandboxOptions& options) {
  SandboxRun run;
  run.arguments = options.command;
  for (const std::string& path : options.files) {
    ESPALIER_ASSIGN_OR_RETURN(std::string content, ReadBytes(path, kMaxFileBytes));
    run.files.push_back({std::filesystem::path(path).filename(), std::move(content), IsExecutable(path)});
  }
  if (options.input.empty()) return run;
  ESPALIER_ASSIGN_OR_RETURN(run.input, ReadBytes(options.input, kMaxFileBytes));
  return run;
}

double Milliseconds(std::chrono::microseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

nlohmann::json OutcomeJson(const SandboxOutcome& outcome) {
  return {{"verdict", VerdictName(outcome.verdict)},
          {"exit_status", outcome.exit_status},
          {"signal", outcome.signal},
          {"out", outcome.out},
          {"err", outcome.err},
          {"truncated", outcome.truncated},
          {"wall_ms", Milliseconds(outcome.wall)},
          {"cpu_ms", Milliseconds(outcome.cpu)},
          {"peak_memory_bytes", outcome.peak_memory_bytes},
          {"mechanisms", outcome.mechanisms}};
}

/// "RE (exit status 3)".
std::string VerdictText(const SandboxOutcome& outcome) {
  const std::string_view name = VerdictName(outcome.verdict);
  if (outcome.verdict == Verdict::kRuntimeError)
    return fmt::format("{} (exit status {})", name, outcome.exit_status);
  if (outcome.verdict == Verdict::kSignalled) return fmt::format("{} (signal {})", name, outcome.signal);
  return std::string(name);
}

void PrintOutcome(const SandboxOutcome& outcome) {
  fmt::print("{}", outcome.out);
  fmt::print(stderr, "{}", outcome.err);
  PrintNote(fmt::format("{}: {:.0f} ms, processor {:.0f} ms, memory {}{}", VerdictText(outcome),
                        Milliseconds(outcome.wall), Milliseconds(outcome.cpu),
                        HumanBytes(static_cast<double>(outcome.peak_memory_bytes)),
                        outcome.truncated ? "; the output was cut" : ""));
}

Result<ExitCode> RunSandbox(const Invocation& invocation, const SandboxOptions& options) {
  ESPALIER_ASSIGN_OR_RETURN(const SandboxPolicy policy, PolicyOf(options));
  ESPALIER_ASSIGN_OR_RETURN(const SandboxRun run, RunOf(options));
  const InterruptScope interrupt;
  ESPALIER_ASSIGN_OR_RETURN(const SandboxOutcome outcome, RunInSandbox(policy, run, interrupt.token()));
  if (outcome.verdict == Verdict::kSandboxFailure) return Fail(ErrorCode::kUnavailable, outcome.failure);
  if (invocation.json) {
    PrintJson(OutcomeJson(outcome));
  } else {
    PrintOutcome(outcome);
  }
  return outcome.verdict == Verdict::kOk ? ExitCode::kOk : ExitCode::kNotOk;
}

constexpr const char* kExamples = R"(  espalier sandbox --file answer.py -- python3 answer.py
  echo 5 | espalier sandbox --file a.out --input - --time 2 --memory 64 -- ./a.out
  espalier sandbox --tool go --file main.go --time 60 --memory 2048 -- sh -c 'go run main.go'
  espalier sandbox --json -- python3 -c 'print(6 * 7)' | jq -r .verdict

The program sees the system's folders and those of its toolchain, read-only, and an empty work folder
with copies of the files that --file names. It has no network, no home and none of your variables.
Its output is printed as it is; the last line on standard error is the verdict:

  OK  ended with exit status 0        OL  too much output, or too many files
  RE  ended with another one          ML  too much memory
  SG  ended by a signal               TO  out of time

The exit code is 0 for OK, 1 for another verdict, 3 when it could not be run: see `espalier doctor`.)";

}  // namespace

void AddSandboxVerb(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<SandboxOptions>();
  CLI::App* verb = AddVerb(app, invocation, "sandbox", "Run a program that nobody trusts", kExamples,
                           [&invocation, options] { return RunSandbox(invocation, *options); });
  verb->add_option("command", options->command, "The program and its arguments, behind --")->required();
  verb->add_option("--file", options->files, "A file to copy into the work folder; may be repeated")
      ->expected(1)
      ->take_all();
  verb->add_option("--tool", options->tools, "A tool whose folders it may see; may be repeated")
      ->expected(1)
      ->take_all();
  verb->add_option("--input", options->input, "What it reads on standard input: a file, or - for ours");
  verb->add_option("--time", options->seconds, "Seconds it may take, by the clock and of the processor")
      ->check(CLI::Range(0.001, 86400.0))
      ->capture_default_str();
  verb->add_option("--memory", options->memory_mb, "Memory in MiB, of all its processes together")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  verb->add_option("--processes", options->processes, "Processes and threads at one time")
      ->check(CLI::Range(1, 1 << 16))
      ->capture_default_str();
  verb->add_flag("--allow-weaker", options->weaker,
                 "Where bubblewrap is missing, be content with Landlock, seccomp and limits");
}

}  // namespace espalier
