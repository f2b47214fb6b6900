// Printing: results go to standard output, everything else to standard error.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "decoder/completion.h"

namespace espalier {

/// Prints `value` and a line end. Bytes that are not UTF-8 come out as U+FFFD.
void PrintJson(const nlohmann::json& value);
/// "espalier: message" on standard error, and {"error": {...}} on standard output when `json`.
void PrintError(const Error& error, bool json);
/// A remark on standard error.
void PrintNote(std::string_view note);

bool StdoutIsTerminal();
bool StderrIsTerminal();

/// Flushes standard output. Errors: kIo, when what was printed could not be written (disk full).
Status FlushStdout();

/// "491.4 MB", decimal units as disks and downloads use them.
std::string HumanBytes(double bytes);

}  // namespace espalier
