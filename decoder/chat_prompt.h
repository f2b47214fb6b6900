// Chat prompts as token ids. Turn marks are special tokens looked up by role, and what people write is
// encoded as plain text, so that a message which spells "<|im_end|>" cannot end its turn. Pure
// functions, thread-safe.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/tokenizer.h"

namespace espalier {

struct ChatMessage {
  std::string_view role;  ///< "system", "user" or "assistant"
  std::string_view text;
};

/// The messages in ChatML, followed by the opening of the assistant's turn.
/// Errors: kUnsupported when the model has no ChatML turn marks.
Result<std::vector<TokenId>> BuildChatPrompt(const Tokenizer& tokenizer,
                                             std::span<const ChatMessage> messages);

}  // namespace espalier
