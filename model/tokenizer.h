// Byte-level BPE (Sennrich et al. 2016; GPT-2's byte alphabet) with the pre-tokenizers of the Qwen2,
// GPT-2, Llama-3 and StarCoder families. Text in, token ids out, and back, byte for byte. Immutable after
// Create(); all const methods are thread-safe.
//
// Invariant: Decode(Encode(text)) == text for all bytes. So text is never normalised: Qwen2's published
// tokenizer.json composes characters first (NFC), which would give back other bytes than a file has; for
// text that is already NFC, as nearly all code is, the ids are the same with and without.
// Ids equal those of the Hugging Face tokenizers (without a normaliser) on all valid UTF-8. Where text is
// not valid, each stretch of valid UTF-8 is encoded as if it stood alone, and each byte between becomes
// the token of that byte.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/model_file.h"

namespace espalier {

/// Whether the text of special tokens ("<|fim_middle|>") is recognised in the input. User text must
/// always be encoded kAsText, so that a file that contains such a string stays plain text.
enum class SpecialText { kAsText, kParse };

class Tokenizer {
 public:
  /// Builds the merge tables; keeps no reference to `data`. Errors: kUnsupported (unknown pre-tokenizer),
  /// kCorrupt (a merge or an id that names no token, a byte without a token).
  static Result<Tokenizer> Create(const TokenizerData& data);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// Token ids of `text`; any bytes are accepted. No BOS is added. Time is linear in the text's length
  /// (n log n inside one word).
  std::vector<TokenId> Encode(std::string_view text, SpecialText special = SpecialText::kAsText) const;

  /// Raw bytes a token stands for; control and unused tokens give an empty view, an id out of range too.
  std::string_view TokenBytes(TokenId id) const;
  /// The token's name as stored, for display ("<|endoftext|>", "Ġreturn"); empty when out of range.
  std::string_view TokenName(TokenId id) const;
  /// Concatenated bytes. May end inside a UTF-8 code point; see StreamDecoder.
  std::string Decode(std::span<const TokenId> ids) const;

  const SpecialTokenIds& special() const;
  /// True for tokens that stand for no text: control marks and the unused rest of the vocabulary.
  bool IsControl(TokenId id) const;
  /// True for the tokens after which a model has nothing more to say: every token with a role in
  /// special() (EOS, EOT, chat turn, file and FIM marks), and end marks known by name.
  bool IsEndOfGeneration(TokenId id) const;
  size_t vocab_size() const;
  bool add_bos() const;

 private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Turns a stream of tokens into text that never ends inside a code point and is always valid UTF-8: what
/// comes out in all is the tokens' bytes, with U+FFFD for each byte that is part of no code point.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}
  /// Text that became complete with this token; may be empty.
  std::string Push(TokenId id);
  /// Ends the text: a code point still unfinished comes out as one U+FFFD, however many bytes it has. Push
  /// may follow.
  std::string Flush();

 private:
  const Tokenizer* tokenizer_;
  std::string pending_;
};

}  // namespace espalier
