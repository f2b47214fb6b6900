// Programs that a chat model writes: several answers to one question side by side, so that they share the
// question's keys and values and each step of the engine. Answers can be recorded, and played back without a
// model.
//
//   auto author = ModelAuthor(*engine);
//   auto answers = author->Write({.messages = {{"user", "..."}}, .language = Language::kGo, .answers = 8},
//   {});
//   (*answers)[0].code
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"
#include "decoder/engine.h"
#include "grammar/syntax.h"

namespace espalier {

/// A turn of the conversation; like ChatMessage, but owns its text.
struct AuthorMessage {
  std::string role;  ///< "system", "user" or "assistant"
  std::string text;
};

/// What a model is asked. The answer is one code block; its fence is opened for the model.
struct CodeQuestion {
  std::vector<AuthorMessage> messages;
  Language language = Language::kPython;
  std::string opening;      ///< code that every answer begins with; it is part of the answer
  bool constrained = true;  ///< inside of the language's grammar
  uint32_t answers = 1;
  SamplingOptions sampling;  ///< answer i draws with a seed made of sampling.seed and i
  uint32_t max_tokens = 1024;
  std::vector<std::string> stop_strings = {};  ///< besides the end of the code block; not in the answer
};

struct WrittenCode {
  std::string code;  ///< as far as it came; ends with a line end unless it is empty
  FinishReason finish = FinishReason::kError;
  bool closed = false;  ///< it was cut off, and the grammar closed what was open
  uint32_t tokens = 0;  ///< generated

  bool operator==(const WrittenCode&) const = default;
};

/// Called as an answer grows, from one thread at a time: which answer, and what is new in it.
using AuthorProgress = std::function<void(uint32_t answer, std::string_view piece)>;

/// Thread-safe.
class CodeAuthor {
 public:
  virtual ~CodeAuthor() = default;

  /// All answers, in order. What ends otherwise than by the model's will or a stop string is closed by the
  /// grammar, as far as that is possible; so are answers begun when `cancel` fires, which come back with
  /// kCancelled or kDeadline. Errors: kUnsupported (no chat model), kResourceExhausted (the prompt does not
  /// fit), what ended a request with kError.
  virtual Result<std::vector<WrittenCode>> Write(const CodeQuestion& question, const CancelToken& cancel,
                                                 const AuthorProgress& progress = {}) = 0;
};

/// A model answers. `engine` must outlive it.
std::unique_ptr<CodeAuthor> ModelAuthor(Engine& engine);

/// Passes questions on to `author`, which must outlive it, and appends each with its answers to a file: a
/// line of JSON, written as a whole. Errors: kIo.
Result<std::unique_ptr<CodeAuthor>> RecordingAuthor(CodeAuthor& author, const std::filesystem::path& file);

/// Answers from such a file, whatever the order of the questions. A question that is not in it is
/// kNotFound, with its first line. Errors: kNotFound, kCorrupt (names the line).
Result<std::unique_ptr<CodeAuthor>> ReplayingAuthor(const std::filesystem::path& file);

}  // namespace espalier
