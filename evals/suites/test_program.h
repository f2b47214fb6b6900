// Internal to evals/suites: the program in which a suite's tests run beside an answer, in languages other
// than Python. It passes when it comes to its end and prints the line that stands on its standard input, a
// word that is drawn for each run: a program that exits, prints or crashes does not know the word. Code of
// the same process could read the word first; nothing short of that passes.
#pragma once

#include <string>

#include "evals/suites/suite.h"
#include "testgen/program.h"

namespace espalier {

/// REQUIRES: C++, Java, JavaScript, TypeScript, Go or Rust.
Program TestProgram(Language language, const SuiteTask& task, const std::string& answer);

}  // namespace espalier
