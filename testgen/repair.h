// How a model is asked to repair a program: the conversation goes on with what the compiler says and which
// examples fail, as a programmer would tell it.
#pragma once

#include <string>
#include <vector>

#include "decoder/author.h"
#include "testgen/case_harness.h"

namespace espalier {

/// What is wrong with a program, a line each: errors of the compiler, then examples that fail, four in all.
/// `outcomes` are those of `examples`. Empty when nothing is wrong.
std::string ComplaintsAbout(const std::vector<Diagnostic>& diagnostics, const std::vector<TestCase>& examples,
                            const std::vector<CaseOutcome>& outcomes);

/// The turns to add to the conversation in which the model wrote `code`.
std::vector<AuthorMessage> RepairTurns(Language language, const std::string& code,
                                       const std::string& complaints);

}  // namespace espalier
