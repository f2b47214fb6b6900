// Filling in: a stretch was taken out of a file, and an engine writes what belongs there. What its answer
// does to the file, told by tree-sitter's own parser, by comparing texts and by compilers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/cancellation.h"
#include "base/result.h"
#include "evals/suites/suite.h"
#include "testgen/program.h"

namespace espalier {

/// An answer: text for the hole, and how many bytes beside it the text stands for as well (an editor's
/// completion may replace what was typed of a word, or a bracket that closes already).
struct Fill {
  std::string text;
  uint32_t before = 0, after = 0;

  bool answered() const { return !text.empty() || before + after > 0; }
};

/// The file with the answer in it. REQUIRES: `fill` reaches no further than prefix and suffix.
std::string FilledFile(const SuiteTask& task, const Fill& fill);

/// The program that is tested: the same, with the task's head where it has one.
std::string FilledProgram(const SuiteTask& task, const Fill& fill);

/// What an answer did. All false when there is none, as it does nothing.
struct FillFacts {
  bool answered = false;
  bool parses = false;  ///< no ERROR or MISSING node that the file with its hole did not have
  bool clean = false;   ///< no such node at all
  bool exact = false;   ///< the original file, but for white space at ends of lines and empty lines
  /// A closing bracket matches none, or the answer ends with the line that stands behind the hole.
  bool duplicates = false;
  /// A line of the answer is indented with the other character than the file, or by part of a step.
  bool misindented = false;
  double similarity = 0;  ///< to what was taken out: 1 - edit distance / length of the longer (Levenshtein)
  /// Whether Python or Node.js compiles the file; unknown for other languages, where files need others, and
  /// where not even the original compiles.
  std::optional<bool> compiles = {};
};

/// All but whether it compiles. REQUIRES: a task that is filled in; its original parses.
FillFacts JudgeFill(const SuiteTask& task, const Fill& fill);

/// Whether a file compiles, where a compiler takes one alone: Python and JavaScript; nothing is executed.
/// Errors: those of Workshop::RunScript.
Result<std::optional<bool>> CompilesAlone(Workshop& workshop, Language language, const std::string& text,
                                          const CancelToken& cancel);

}  // namespace espalier
