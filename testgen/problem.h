// A programming problem as people have it: a statement, often with examples, and sometimes code to go on
// from. Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/signature.h"
#include "base/result.h"
#include "testgen/test_case.h"

namespace espalier {

struct Problem {
  Language language = Language::kPython;
  std::string statement;  ///< for the model, as it was given
  std::string skeleton;   ///< code that is to be completed; empty when there is none
  /// The function under test. Without a value, a whole program is wanted, which reads standard input; unless
  /// there are no examples of that either, when the model chooses the function.
  std::optional<Signature> function;
  std::vector<TestCase> examples;  ///< of the statement

  /// Whether it wants a program rather than a function.
  bool is_program() const;
};

/// Reads a statement in plain text or Markdown (the last code block with a function in it is the skeleton), a
/// file of code whose last function is to be written, or a JSON object with "statement" (or "description",
/// "problem_description", "content", "prompt") and optionally "starter_code" and "examples", a list of
/// {"input", "output"}. Errors: kInvalidArgument (empty, not UTF-8, JSON without a statement).
Result<Problem> ParseProblem(std::string_view text, Language language);

/// Examples in running text about a function called `name`, which may begin in the middle of a line:
/// "twice, so that f(1) -> 2; f(2) -> 4".
std::vector<DocExample> ExamplesInText(std::string_view text, std::string_view name);

/// How `function` is called: "median", "Solution().median", "new Solution().median", "Solution::median".
std::string CalleeOf(Language language, const Signature& function);

/// A text, and how many times it was written.
struct WrittenProgram {
  std::string_view text;
  uint32_t copies = 1;
};

/// The function that most programs define last, for problems that do not say what it is called.
std::optional<Signature> MostDefined(Language language, const std::vector<WrittenProgram>& programs);

/// What documentation says about a function, as cases that can be run; examples in no form that fits are left
/// out.
std::vector<TestCase> ExampleCases(Language language, const Signature& function,
                                   const std::vector<DocExample>& examples);

}  // namespace espalier
