// The answer that `espalier generate` gives: how a model is asked for it, what keeps the model to its form,
// and its text as it grows. One object a request, used by one thread at a time (the constraint by the
// engine's).
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "adapters/adapter.h"
#include "base/result.h"
#include "decoder/engine.h"
#include "model/tokenizer.h"

namespace espalier {

class Answer {
 public:
  virtual ~Answer() = default;
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  /// What the model is told before the task.
  virtual std::string Instruction() const = 0;
  /// What the model's text must begin with.
  virtual std::string Opening() const { return {}; }
  /// What the model may write; nullptr: anything. Asked once, first. `tokenizer` must outlive it.
  virtual std::shared_ptr<TokenConstraint> Constrain(const Tokenizer& tokenizer) = 0;

  /// Takes more of the model's text, and gives back what of the answer is certain now.
  virtual std::string Push(std::string_view piece) = 0;
  /// No more text is wanted. Asked on the engine's thread, behind Push.
  virtual bool done() const = 0;
  /// The rest of the answer, when no more text comes; with `close`, also what closes what is open. Errors:
  /// kResourceExhausted, when nothing of a reasonable size makes it what it must be.
  virtual Result<std::string> Finish(bool close) = 0;

  /// The answer's fields in JSON; `text` is the whole of it.
  virtual nlohmann::json Fields(const std::string& text) const = 0;

 protected:
  Answer() = default;
};

/// A program: the first code block of what the model says. `constrained`: inside of the language's grammar.
std::unique_ptr<Answer> CodeAnswer(const Adapter& adapter, bool constrained);

/// One line of JSON that satisfies a schema. `schema` is as on the command line: a file, "-" for standard
/// input, the text of a schema (it begins with a brace), or "any". Errors: those of ReadBytes; those of
/// JsonSchema::Parse, which name the keyword and its place.
Result<std::unique_ptr<Answer>> JsonAnswer(const std::string& schema);

}  // namespace espalier
