#include "cli/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "cli/output.h"
#include "cli/usage_errors.h"

namespace espalier {
namespace {

constexpr const char* kDescription =
    "Espalier completes code that fits: a language model on your own machine, every answer checked by the\n"
    "parser of its language before you see it. Nothing leaves the machine.";

std::string MainFooter() {
  return fmt::format(R"(
First steps:
  espalier model pull qwen2.5-coder-0.5b      fetch the model (491 MB, once)
  espalier complete src/cache.py:42:9         complete at line 42, column 9
  espalier complete src/cache.py:42:9 --show  the same, shown in its surroundings
  espalier generate --lang go "a stack of strings with Push and Pop"
  espalier doctor                             what this machine offers, and what is missing
  espalier lsp                                the server that editors start

Settings come from flags, then the environment (ESPALIER_*), then .espalier.toml here or above, then
~/.config/espalier/config.toml; `espalier config` shows each with its origin.
Every verb has --help with examples, and --json for programs.

{})",
                     ExitCodesHelp());
}

ExitCode Report(const Invocation& invocation, Result<ExitCode> outcome) {
  if (outcome) {
    const Status flushed = FlushStdout();
    if (flushed) return *outcome;
    outcome = Fail(flushed.error());
  }
  PrintError(outcome.error(), invocation.json);
  return ExitCodeFor(outcome.error().code);
}

/// A usage error's line and code; help and version come as "errors" too and go to standard output.
ExitCode ReportParse(const CLI::App& app, const CLI::ParseError& error, bool json) {
  if (error.get_exit_code() == 0) {
    app.exit(error);
    return ExitCode::kOk;
  }
  PrintError({ErrorCode::kInvalidArgument, UsageErrorLine(app, error)}, json);
  return ExitCode::kUsage;
}

/// CLI11 takes "-:12:5", a position in standard input, for a short flag: such arguments go behind "--".
std::vector<std::string> Arguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const auto end_of_flags = std::ranges::find(arguments, "--");
  const auto targets =
      std::stable_partition(arguments.begin(), end_of_flags,
                            [](const std::string& argument) { return !argument.starts_with("-:"); });
  if (targets != end_of_flags && end_of_flags == arguments.end()) arguments.insert(targets, "--");
  return arguments;
}

/// Exceptions of the standard library (out of memory above all) end here as one line.
Result<ExitCode> RunAction(const VerbAction& action) {
  try {
    return action();
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kResourceExhausted, "out of memory; try a smaller --context-tokens or model");
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kInternal, fmt::format("unexpected failure: {}; please report it", error.what()));
  }
}

}  // namespace

CLI::App* AddVerb(CLI::App& app, Invocation& invocation, const std::string& name,
                  const std::string& description, const std::string& examples, VerbAction action) {
  CLI::App* verb = app.add_subcommand(name, description);
  verb->add_flag("--json", invocation.json, "Print JSON on standard output");
  verb->footer("\nExamples:\n" + examples);
  verb->callback([&invocation, action = std::move(action)] {
    if (!invocation.action) invocation.action = action;
  });
  return verb;
}

void AddAllVerbs(CLI::App& app, Invocation& invocation) {
  AddCompleteVerb(app, invocation);
  AddGenerateVerb(app, invocation);
  AddSolveVerb(app, invocation);
  AddTestVerb(app, invocation);
  AddLspVerb(app, invocation);
  AddModelVerb(app, invocation);
  AddCheckVerb(app, invocation);
  AddMaskVerb(app, invocation);
  AddTokenizeVerb(app, invocation);
  AddSandboxVerb(app, invocation);
  AddBenchVerb(app, invocation);
  AddEvalVerb(app, invocation);
  AddDoctorVerb(app, invocation);
  AddConfigVerb(app, invocation);
  AddShellCompletionVerb(app, invocation);
  AddVersionVerb(app, invocation);
}

int RunCli(int argc, char** argv) {
  Invocation invocation;
  if (auto loaded = LoadSettings(ConfigSources::OfProcess())) {
    invocation.settings = std::move(*loaded);
  } else {
    invocation.settings_status = Fail(loaded.error());
  }
  CLI::App app(kDescription, "espalier");
  app.footer(MainFooter);
  app.set_version_flag("--version", ESPALIER_VERSION);
  AddAllVerbs(app, invocation);
  try {
    std::vector<std::string> arguments = Arguments(argc, argv);
    std::ranges::reverse(arguments);  // the order that CLI11 wants
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return static_cast<int>(ReportParse(app, error, invocation.json));
  }
  if (!invocation.action) {
    fmt::print(stderr, "{}", app.help());
    return static_cast<int>(ExitCode::kUsage);
  }
  return static_cast<int>(Report(invocation, RunAction(invocation.action)));
}

}  // namespace espalier
