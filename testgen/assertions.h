// Tests that a model writes about one function: what it is asked, and what of its answer is a test. The
// answer is a list of assertions in the form that is usual in the language.
//
//   auto answers = author.Write(AssertionsQuestion({Language::kPython, "median", task}, 8), cancel);
//   for (const WrittenCode& answer : *answers) Append(cases, ParseAssertions(Language::kPython, "median",
//   answer.code));
//
// Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decoder/author.h"
#include "testgen/test_case.h"

namespace espalier {

/// A function that is to be tested, written already or not.
struct FunctionTask {
  Language language = Language::kPython;
  std::string name;  ///< how it is called: "median", "new Solution().median"
  std::string task;  ///< what it must do: a description, or its signature with its documentation
};

/// Asks for `count` assertions; the first one is begun for the model, so that it calls the function.
CodeQuestion AssertionsQuestion(const FunctionTask& function, uint32_t count);

/// The assertions of a text that call `name` (of "new Solution().median", the last word counts), in their
/// order, each once. An equality becomes kEquals with the call on the left, everything else kTrue. What
/// compares a thing with itself is none.
std::vector<TestCase> ParseAssertions(Language language, std::string_view name, std::string_view text);

/// Adds what is not there yet, going by what is called and expected.
void AddNewCases(std::vector<TestCase>& cases, const std::vector<TestCase>& more);

}  // namespace espalier
