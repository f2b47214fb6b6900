// The program as a function, so that main() stays empty and the verbs can be enumerated.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/verb.h"

namespace espalier {

/// Declares every verb on `app`.
void AddAllVerbs(CLI::App& app, Invocation& invocation);

/// Parses, runs the verb and prints errors; returns the exit code. Throws nothing.
int RunCli(int argc, char** argv);

}  // namespace espalier
