// Fill-in-the-middle prompts: which part of the document the model sees, and in which order.
//
//   [bos] <prefix> P <suffix> S <middle> T
//
// The marks are token ids of the model's own vocabulary (Qwen, StarCoder, CodeLlama and DeepSeek have
// the same order under different names), never text, so a document that contains "<|fim_middle|>" stays
// a document. T is what stands between P's end (the anchor) and the cursor; it is forced as the
// beginning of the output. So while the user types on a line, P and S and with them the keys and values
// of the whole prompt stay the same, and a token that the cursor splits heals in T.
//
// Pure functions, thread-safe. Offsets are bytes of the document.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/tokenizer.h"

namespace espalier {

struct FimBudget {
  uint32_t prefix_tokens = 1024;  ///< for P
  uint32_t suffix_tokens = 384;   ///< for S
};

/// P is [begin, anchor), T is [anchor, cursor), S is [cursor, end).
struct FimWindow {
  uint32_t begin = 0;
  uint32_t anchor = 0;
  uint32_t cursor = 0;
  uint32_t end = 0;
};

/// Chooses the window. The anchor is the start of the line above the cursor's; it does not depend on what
/// stands on the cursor's line. `begin` is a line start within the prefix budget, and moves in strides of
/// several lines, so that most new lines leave it where it was. `end` is a line end within the suffix
/// budget. Lines too long for that are cut at multiples of a fixed length.
/// REQUIRES: cursor <= document.size(), at a code point boundary.
FimWindow ChooseFimWindow(std::string_view document, uint32_t cursor, const Tokenizer& tokenizer,
                          const FimBudget& budget);

struct FimPrompt {
  std::vector<TokenId> tokens;  ///< up to and with the middle mark
  std::string forced_text;      ///< T
  std::string suffix;           ///< S
};

/// The prompt for a window. CRLF line ends become LF, as the model knows them.
/// REQUIRES: SupportsFim(tokenizer).
FimPrompt BuildFimPrompt(std::string_view document, const FimWindow& window, const Tokenizer& tokenizer,
                         const FimBudget& budget);

/// Ok, or kUnsupported when the vocabulary lacks one of the three marks.
Status SupportsFim(const Tokenizer& tokenizer);

/// `text` with every CRLF replaced by LF.
std::string WithLfLineEnds(std::string_view text);

}  // namespace espalier
