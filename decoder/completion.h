// Inline completion: a document and a cursor in; out comes text that fits at the cursor, and the range
// it replaces, such that the document has no syntax error it did not have before; or nothing, and
// the reason why. This is what the command line and the LSP server call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/adapter.h"
#include "base/cancellation.h"
#include "base/result.h"
#include "decoder/engine.h"

namespace espalier {

/// Why there is an answer, or none. Every response carries one.
enum class CompletionReason {
  kOk,               ///< text to show
  kNoModel,          ///< no model is installed or loaded
  kUnknownLanguage,  ///< no grammar for this file
  kCancelled,
  kDeadline,       ///< the time budget ended before any text could be shown
  kEmpty,          ///< the model has nothing to add here (or only repeats what follows)
  kNoCleanJoin,    ///< whatever the model wrote would add a syntax error
  kFailsExamples,  ///< it does not do what the function's documentation says (testgen/validate_completion.h)
  kInComment,      ///< completions in comments are off
  kInString,       ///< completions in strings are off
  kTooLarge,       ///< the document is over the size limit
  kNotUtf8,        ///< the document is not valid UTF-8
  kError,
};
/// "ok", "no-model", "unknown-language", ... as in JSON answers.
std::string_view CompletionReasonName(CompletionReason reason);

struct CompletionOptions {
  uint32_t max_tokens = 64;
  uint32_t prefix_tokens = 1024;  ///< budget of the prompt before the cursor; trimmed at line boundaries
  uint32_t suffix_tokens = 384;   ///< budget after the cursor
  bool multi_line = true;         ///< false: never past the end of the line
  bool in_comments = true;
  bool in_strings = true;
  uint32_t max_document_bytes = 4u << 20;
  bool constrained = true;   ///< the model may write only what the language's grammar allows
  SamplingOptions sampling;  ///< greedy by default
  SpeculationOptions speculation;
  Priority priority = Priority::kInline;
};

struct CompletionRequest {
  std::string_view document;         ///< UTF-8; must stay alive until Complete returns
  uint32_t cursor = 0;               ///< byte offset; inside a code point or a CRLF it counts as before it
  const Adapter* adapter = nullptr;  ///< nullptr gives kUnknownLanguage
  std::string path;                  ///< for display only
  CompletionOptions options;
  CancelToken cancel;  ///< with the deadline, if any
  /// The tree of `document` in the adapter's language, when the caller keeps one: spares a parse. Must stay
  /// alive until Complete returns.
  const SyntaxTree* tree = nullptr;
};

struct CompletionTimings {
  double total_ms = 0, prompt_ms = 0, first_token_ms = 0, decode_ms = 0, join_ms = 0;
  double constraint_ms = 0;     ///< asking the grammar about tokens, and about the text before the cursor
  uint32_t refused_tokens = 0;  ///< that the model preferred
  uint32_t prompt_tokens = 0, cached_tokens = 0, generated_tokens = 0;
  uint32_t drafted_tokens = 0, accepted_tokens = 0;
};

struct Completion {
  CompletionReason reason = CompletionReason::kError;
  std::string text;             ///< what to put in place of [begin, end); empty unless kOk
  uint32_t begin = 0, end = 0;  ///< bytes of the document; begin <= cursor <= end, one line (see cursor)
  std::string detail;           ///< one sentence for people, e.g. where the output was cut and why
  CompletionTimings timings;
};

class Completer {
 public:
  /// `engine` must outlive the Completer. Errors: kUnsupported when the model has no FIM tokens.
  static Result<std::unique_ptr<Completer>> Create(Engine& engine);
  ~Completer();

  /// Blocks until the answer is there; thread-safe, several calls are batched by the engine. Never
  /// fails: problems are reasons.
  Completion Complete(const CompletionRequest& request);

 private:
  struct Impl;
  explicit Completer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace espalier
