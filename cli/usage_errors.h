// Parse errors as one line that says what was wrong and what was probably meant.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace espalier {

/// One line for `error`, which parsing `app` threw.
std::string UsageErrorLine(const CLI::App& app, const CLI::ParseError& error);

}  // namespace espalier
