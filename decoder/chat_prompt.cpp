#include "decoder/chat_prompt.h"

#include <string>

namespace espalier {
namespace {

void AppendText(const Tokenizer& tokenizer, std::string_view text, std::vector<TokenId>& prompt) {
  const std::vector<TokenId> ids = tokenizer.Encode(text);
  prompt.insert(prompt.end(), ids.begin(), ids.end());
}

void OpenTurn(const Tokenizer& tokenizer, std::string_view role, std::vector<TokenId>& prompt) {
  prompt.push_back(tokenizer.special().im_start);
  AppendText(tokenizer, std::string(role) + "\n", prompt);
}

}  // namespace

Result<std::vector<TokenId>> BuildChatPrompt(const Tokenizer& tokenizer,
                                             std::span<const ChatMessage> messages) {
  const SpecialTokenIds& special = tokenizer.special();
  if (special.im_start == kNoToken || special.im_end == kNoToken) {
    return Fail(ErrorCode::kUnsupported, "this model has no chat turn marks; use an Instruct model");
  }
  std::vector<TokenId> prompt;
  if (tokenizer.add_bos() && special.bos != kNoToken) prompt.push_back(special.bos);
  for (const ChatMessage& message : messages) {
    OpenTurn(tokenizer, message.role, prompt);
    AppendText(tokenizer, message.text, prompt);
    prompt.push_back(special.im_end);
    AppendText(tokenizer, "\n", prompt);
  }
  OpenTurn(tokenizer, "assistant", prompt);
  return prompt;
}

}  // namespace espalier
