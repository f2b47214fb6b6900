// `espalier generate` with validation: a few programs instead of one, built and run on the examples of the
// description; the best one is shown, with what is known about it.
#pragma once

#include <string>

#include "adapters/adapter.h"
#include "base/result.h"
#include "cli/exit_codes.h"
#include "cli/verb.h"

namespace espalier {

/// Whether the setting generate.validate wants answers in this language to be validated. Errors: kNotFound
/// ("always", but a tool is missing); with "auto", a remark says so.
Result<bool> WantsValidation(const Settings& settings, const Adapter& adapter);

/// Writes, validates and prints. Errors: those of AuthorSource::Open and Solve.
Result<ExitCode> GenerateValidated(const Invocation& invocation, const Adapter& adapter,
                                   const std::string& task);

}  // namespace espalier
