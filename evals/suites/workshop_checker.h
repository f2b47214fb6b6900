// Internal to evals/suites: the checker of every language but Python.
#pragma once

#include <memory>

#include "evals/suites/program_checker.h"
#include "testgen/program.h"

namespace espalier {

/// Errors: kNotFound (its tools are missing), kUnsupported.
Result<std::unique_ptr<ProgramChecker>> MakeWorkshopChecker(Language language);

}  // namespace espalier
