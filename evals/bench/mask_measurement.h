// What the grammar costs while a model writes: the check of one token, the mask of all tokens, and the time
// and memory until they are ready, over real files. These are the measurements behind `espalier bench mask`.
// One thread; no model runs, only its vocabulary is read.
//
// A file is walked token by token as its text would be generated. Of the files of a language the first half
// fills the caches, the others are reported. A time is the smaller one of wall clock and of the thread's
// processor time: the clock of the latter is slow, and the former counts what others do on this core.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "grammar/syntax.h"

namespace espalier {

struct MaskBenchOptions {
  std::string model;                ///< whose vocabulary is used: a path, or the name of an installed model
  std::vector<Language> languages;  ///< empty: all of which there are files
  std::vector<std::string> paths;   ///< files and folders; empty: the corpus (both: evals/source_files.h)
  size_t files = 40;                ///< at most so many of a language, of those that parse without error
  size_t every = 1;                 ///< a mask at every so-many-th token
  size_t cache_bytes = 40'000'000;  ///< what the caches of a language may hold (MaskTables)
  size_t slowest = 0;               ///< so many of the slowest masks of a language are listed
  /// Told of every file: what is done with it, as a phrase, and of which language it is.
  std::function<void(Language, const std::string&)> progress;
};

/// {"languages": {"python": {...}, ...}}. Times end in _us and _ms, sizes in _mb (10^6 bytes). Errors: those
/// of OpenModelFile and of the files, kInvalidArgument when a language has no file to measure.
///
/// "violations" counts tokens of real files that a check or a mask refused, and files whose end was: each is
/// a bug, and "first_violation" says where it is.
Result<nlohmann::json> MeasureMasks(const MaskBenchOptions& options);

/// Violations in a report, of all languages together.
size_t MaskViolations(const nlohmann::json& report);

/// The report as a table for people.
std::string MaskMeasurementText(const nlohmann::json& report);

}  // namespace espalier
