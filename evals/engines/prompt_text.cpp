#include "evals/engines/prompt_text.h"

#include <fmt/format.h>

namespace espalier {
namespace {

// 1,024 and 384 tokens of some 4 bytes (CompletionOptions).
constexpr size_t kPrefixBytes = 4096, kSuffixBytes = 1536;

}  // namespace

std::string OpeningFence(Language language) { return fmt::format("```{}\n", LanguageId(language)); }

std::string WritingPrompt(const Suite& suite, const SuiteTask& task) {
  return fmt::format(
      "<|im_start|>system\n{}<|im_end|>\n<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n{}",
      suite.system, task.chat, OpeningFence(task.language));
}

std::string_view ShownPrefix(const SuiteTask& task) {
  const std::string_view text = task.prefix;
  if (text.size() <= kPrefixBytes) return text;
  const size_t line = text.find('\n', text.size() - kPrefixBytes);
  return line == std::string_view::npos ? std::string_view() : text.substr(line + 1);
}

std::string_view ShownSuffix(const SuiteTask& task) {
  const std::string_view text = task.suffix;
  if (text.size() <= kSuffixBytes) return text;
  const size_t line = text.rfind('\n', kSuffixBytes);
  return text.substr(0, line == std::string_view::npos ? 0 : line + 1);
}

std::string FillingPrompt(const SuiteTask& task) {
  return fmt::format("<|fim_prefix|>{}<|fim_suffix|>{}<|fim_middle|>", ShownPrefix(task), ShownSuffix(task));
}

std::string FirstCodeBlock(std::string_view text) {
  const size_t fence = text.starts_with("```") ? 0 : text.find("\n```");
  if (fence == std::string_view::npos) return std::string(text);
  const size_t line = text.find('\n', fence + 1);
  if (line == std::string_view::npos) return {};
  const size_t end = text.find("\n```", line);
  return std::string(text.substr(line + 1, end == std::string_view::npos ? end : end - line));
}

}  // namespace espalier
