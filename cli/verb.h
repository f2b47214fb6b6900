// What the verbs share. Each verb is one file with one Add...Verb function, which declares the verb's
// flags and says what to do; the list of verbs is written out in app.cpp. A verb's action runs after
// all arguments have been parsed and returns an exit code or an Error, which the program prints as one
// line (and as JSON with --json).
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "base/result.h"
#include "cli/config.h"
#include "cli/exit_codes.h"

namespace espalier {

using VerbAction = std::function<Result<ExitCode>()>;

/// One invocation of the program. Lives in RunCli; the verbs keep references to it.
struct Invocation {
  LoadedSettings settings;
  Status settings_status;  ///< why the configuration could not be read; verbs that need it check this
  bool json = false;
  VerbAction action;  ///< set by the verb that was named
};

/// Adds a verb with --json and examples below its help. `action` runs when the verb was named.
CLI::App* AddVerb(CLI::App& app, Invocation& invocation, const std::string& name,
                  const std::string& description, const std::string& examples, VerbAction action);

void AddBenchVerb(CLI::App& app, Invocation& invocation);
void AddCheckVerb(CLI::App& app, Invocation& invocation);
void AddCompleteVerb(CLI::App& app, Invocation& invocation);
void AddConfigVerb(CLI::App& app, Invocation& invocation);
void AddDoctorVerb(CLI::App& app, Invocation& invocation);
void AddEvalVerb(CLI::App& app, Invocation& invocation);
void AddGenerateVerb(CLI::App& app, Invocation& invocation);
void AddSolveVerb(CLI::App& app, Invocation& invocation);
void AddTestVerb(CLI::App& app, Invocation& invocation);
void AddLspVerb(CLI::App& app, Invocation& invocation);
void AddMaskVerb(CLI::App& app, Invocation& invocation);
void AddModelVerb(CLI::App& app, Invocation& invocation);
void AddSandboxVerb(CLI::App& app, Invocation& invocation);
void AddShellCompletionVerb(CLI::App& app, Invocation& invocation);
void AddTokenizeVerb(CLI::App& app, Invocation& invocation);
void AddVersionVerb(CLI::App& app, Invocation& invocation);

}  // namespace espalier
