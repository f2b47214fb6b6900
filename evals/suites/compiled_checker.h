// Internal to evals/suites: the checker of C++ and Java.
#pragma once

#include <memory>

#include "evals/suites/program_checker.h"
#include "testgen/program.h"

namespace espalier {

/// REQUIRES: language is kCpp or kJava. Errors: kNotFound (its tools are missing).
Result<std::unique_ptr<ProgramChecker>> MakeCompiledChecker(Language language);

}  // namespace espalier
