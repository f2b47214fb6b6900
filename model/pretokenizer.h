// Cutting text into the words that byte-pair encoding works on. Each family of models has a regular
// expression for it (PCRE2, compiled just in time where the system allows); where ASCII decides, a
// hand-written scanner gives the same answer faster. A Pretokenizer is immutable and thread-safe; a
// PretokenCursor belongs to one thread.
//
// Letters, numbers and white space are those of Unicode 16, whatever version PCRE2 was built with, as in
// the Hugging Face tokenizers; text is not normalised.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/ascii_scanner.h"

struct pcre2_real_code_8;        // NOLINT: PCRE2's own names, so that its header stays out of this one
struct pcre2_real_match_data_8;  // NOLINT

namespace espalier {

/// One pre-tokenizer by the names that model files give it.
struct PretokenizerFamily;

class Pretokenizer {
 public:
  /// `name` as in GGUF's tokenizer.ggml.pre. Errors: kUnsupported for a name that is not in the table.
  static Result<Pretokenizer> Create(std::string_view name);

  /// True when a word that is in the vocabulary is not split further (Llama 3).
  bool whole_words() const;

 private:
  friend class PretokenCursor;
  struct FreeCode {
    void operator()(pcre2_real_code_8* code) const;
  };

  const PretokenizerFamily* family_ = nullptr;
  std::unique_ptr<pcre2_real_code_8, FreeCode> code_;
};

/// Walks over the words of one text. The words are its parts in order, with nothing left out.
class PretokenCursor {
 public:
  enum class Path { kFastest, kRegexOnly };

  /// REQUIRES: `text` is valid UTF-8; it and `pretokenizer` outlive the cursor.
  PretokenCursor(const Pretokenizer& pretokenizer, std::string_view text, Path path = Path::kFastest);

  /// False at the end of the text.
  bool Next(std::string_view* word);

 private:
  struct FreeMatch {
    void operator()(pcre2_real_match_data_8* match) const;
  };
  size_t MatchRegex();

  const Pretokenizer* pretokenizer_;
  std::string_view text_;
  size_t position_ = 0;
  AsciiScanner scan_;
  std::unique_ptr<pcre2_real_match_data_8, FreeMatch> match_;  ///< made when first needed
};

}  // namespace espalier
