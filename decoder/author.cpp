#include "decoder/author.h"

#include <fmt/format.h>

#include <utility>

#include "decoder/chat_prompt.h"
#include "decoder/constraint_tables.h"
#include "decoder/grammar_constraint.h"

namespace espalier {
namespace {

constexpr std::string_view kClosingFence = "\n```";
constexpr uint64_t kSeedStep = 0x9E3779B97F4A7C15;  // 2^64 over the golden ratio

/// Whether the text ended where neither the model nor the question wanted it to.
bool WasCutOff(FinishReason finish) {
  return finish == FinishReason::kLength || finish == FinishReason::kNothingAllowed ||
         finish == FinishReason::kDeadline || finish == FinishReason::kCancelled;
}

/// Text as it comes, without the line that opens the code block.
class CodePart {
 public:
  std::string_view Push(std::string_view piece) {
    if (inside_) return piece;
    const size_t line_end = piece.find('\n');
    inside_ = line_end != std::string_view::npos;
    return inside_ ? piece.substr(line_end + 1) : std::string_view();
  }

 private:
  bool inside_ = false;
};

class EngineAuthor final : public CodeAuthor {
 public:
  explicit EngineAuthor(Engine& engine)
      : engine_(engine), tables_(std::make_shared<ConstraintTables>(engine.tokenizer())) {}

  Result<std::vector<WrittenCode>> Write(const CodeQuestion& question, const CancelToken& cancel,
                                         const AuthorProgress& progress) override {
    ESPALIER_ASSIGN_OR_RETURN(const GenerateRequest model, RequestFor(question, cancel));
    std::vector<GenerateRequest> requests(question.answers, model);
    std::vector<std::shared_ptr<GrammarConstraint>> constraints(question.answers);
    for (uint32_t i = 0; i < question.answers; ++i) {
      requests[i].sampling.seed += i * kSeedStep;
      if (question.constrained) {
        constraints[i] = CodeBlockConstraint(question.language, engine_.tokenizer(), tables_);
        requests[i].constraint = constraints[i];
      }
      if (progress) requests[i].on_token = Report(i, progress);
    }
    std::vector<WrittenCode> answers;
    for (GenerateResult& result : engine_.GenerateAll(std::move(requests))) {
      if (result.finish == FinishReason::kError) return Fail(std::move(result.error));
      answers.push_back(CodeOf(result, constraints[answers.size()].get()));
    }
    return answers;
  }

 private:
  Result<GenerateRequest> RequestFor(const CodeQuestion& question, const CancelToken& cancel) const {
    std::vector<ChatMessage> messages;
    for (const AuthorMessage& message : question.messages) messages.push_back({message.role, message.text});
    GenerateRequest request;
    ESPALIER_ASSIGN_OR_RETURN(request.prompt, BuildChatPrompt(engine_.tokenizer(), messages));
    request.forced_text = fmt::format("```{}\n{}", LanguageId(question.language), question.opening);
    request.stop_strings = question.stop_strings;
    request.stop_strings.emplace_back(kClosingFence);
    request.sampling = question.sampling;
    request.max_tokens = question.max_tokens;
    request.cancel = cancel;
    return request;
  }

  static std::function<StreamControl(const TokenEvent&)> Report(uint32_t answer,
                                                                const AuthorProgress& progress) {
    return [answer, &progress, part = CodePart()](const TokenEvent& event) mutable {
      const std::string_view piece = part.Push(event.text);
      if (!piece.empty()) progress(answer, piece);
      return StreamControl::kContinue;
    };
  }

  static WrittenCode CodeOf(const GenerateResult& result, GrammarConstraint* constraint) {
    WrittenCode written;
    written.code = CodePart().Push(result.text);
    written.finish = result.finish;
    written.tokens = result.timings.generated_tokens;
    if (constraint != nullptr && WasCutOff(result.finish)) {
      const std::string closing = constraint->Closing().value_or("");
      written.closed = !closing.empty();
      written.code += closing;
    }
    if (!written.code.empty() && written.code.back() != '\n') written.code += '\n';
    return written;
  }

  Engine& engine_;
  const std::shared_ptr<ConstraintTables> tables_;
};

}  // namespace

std::unique_ptr<CodeAuthor> ModelAuthor(Engine& engine) { return std::make_unique<EngineAuthor>(engine); }

}  // namespace espalier
