// Prompts as text, for servers: the same that our engine sees as tokens (decoder/chat_prompt.h,
// fim_prompt.h), in ChatML and with the marks of Qwen2.5-Coder. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "evals/suites/suite.h"

namespace espalier {

/// What ends an answer that is a code block.
inline constexpr std::string_view kClosingFence = "\n```";

/// The line that a code block begins with: "```python\n".
std::string OpeningFence(Language language);

/// System, user, and the beginning of an answer that is a code block.
std::string WritingPrompt(const Suite& suite, const SuiteTask& task);

/// The file around a hole, as much of it as our own prompts have (CompletionOptions), by bytes instead of
/// tokens, in whole lines.
std::string_view ShownPrefix(const SuiteTask& task);
std::string_view ShownSuffix(const SuiteTask& task);

/// The same with the marks of a fill-in-the-middle prompt.
std::string FillingPrompt(const SuiteTask& task);

/// The first Markdown code block of an answer; all of it when there is none.
std::string FirstCodeBlock(std::string_view text);

}  // namespace espalier
