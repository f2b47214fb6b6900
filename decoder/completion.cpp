#include "decoder/completion.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/utf8.h"
#include "decoder/cursor_context.h"
#include "decoder/fim_prompt.h"
#include "decoder/grammar_constraint.h"
#include "decoder/hole.h"
#include "decoder/join.h"
#include "decoder/output_monitor.h"

namespace espalier {
namespace {

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Completion NoAnswer(CompletionReason reason, std::string detail, uint32_t cursor = 0) {
  Completion completion;
  completion.reason = reason;
  completion.begin = completion.end = cursor;
  completion.detail = std::move(detail);
  return completion;
}

// Time left for parsing the document; 0 = no limit.
uint64_t ParseBudget(const CancelToken& cancel) {
  if (cancel.deadline() == Clock::time_point::max()) return 0;
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(cancel.deadline() - Clock::now());
  return static_cast<uint64_t>(std::max<int64_t>(left.count(), 1));
}

CompletionReason ReasonOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kCancelled:
      return CompletionReason::kCancelled;
    case ErrorCode::kDeadlineExceeded:
      return CompletionReason::kDeadline;
    default:
      return CompletionReason::kError;
  }
}

// What is wrong with a request before any work is done for it.
std::optional<Completion> Refuse(const CompletionRequest& request) {
  const size_t bytes = request.document.size();
  if (request.adapter == nullptr) {
    return NoAnswer(CompletionReason::kUnknownLanguage, "there is no grammar for this kind of file");
  }
  if (bytes > request.options.max_document_bytes) {
    return NoAnswer(CompletionReason::kTooLarge, "the document has " + std::to_string(bytes) +
                                                     " bytes, the limit is " +
                                                     std::to_string(request.options.max_document_bytes));
  }
  if (request.cursor > bytes) {
    return NoAnswer(CompletionReason::kError, "the cursor is at byte " + std::to_string(request.cursor) +
                                                  ", the document ends at " + std::to_string(bytes));
  }
  if (const size_t invalid = FirstInvalidUtf8(request.document); invalid != std::string_view::npos) {
    return NoAnswer(CompletionReason::kNotUtf8, "byte " + std::to_string(invalid) + " is not valid UTF-8");
  }
  if (const Status status = request.cancel.Check(); !status) {
    return NoAnswer(ReasonOf(status.error()), status.error().message);
  }
  return std::nullopt;
}

std::optional<Completion> RefuseProse(const CompletionRequest& request, const JoinChecker& checker,
                                      uint32_t cursor) {
  if (!request.options.in_comments && CursorInComment(checker.tree(), request.document, cursor)) {
    return NoAnswer(CompletionReason::kInComment, "completions in comments are off", cursor);
  }
  if (!request.options.in_strings && CursorInString(checker.tree(), cursor)) {
    return NoAnswer(CompletionReason::kInString, "completions in strings are off", cursor);
  }
  return std::nullopt;
}

GenerateRequest MakeGenerateRequest(const CompletionRequest& request, FimPrompt prompt,
                                    OutputMonitor& monitor) {
  GenerateRequest generate;
  generate.prompt = std::move(prompt.tokens);
  generate.forced_text = std::move(prompt.forced_text);
  generate.sampling = request.options.sampling;
  generate.max_tokens = request.options.max_tokens;
  generate.cancel = request.cancel;
  generate.priority = request.options.priority;
  generate.speculation = request.options.speculation;
  generate.on_token = [&monitor](const TokenEvent& event) {
    return monitor.Push(event.text) ? StreamControl::kStop : StreamControl::kContinue;
  };
  return generate;
}

// Errors that are none of the hole's: outside of the construct that it is in.
bool HasOtherErrors(const JoinChecker& checker, std::string_view document, uint32_t cursor) {
  const TopLevelRange around = TopLevelAround(document, cursor, cursor);
  const std::vector<SyntaxProblem>& problems = checker.before();
  return std::any_of(problems.begin(), problems.end(), [&](const SyntaxProblem& problem) {
    return problem.end < around.begin || problem.begin > around.end;
  });
}

std::shared_ptr<GrammarConstraint> ConstraintFor(const CompletionRequest& request, const JoinChecker& checker,
                                                 const FimWindow& window, const Tokenizer& tokenizer,
                                                 const std::shared_ptr<ConstraintTables>& tables) {
  if (!request.options.constrained) return nullptr;
  GrammarSurroundings surroundings;
  surroundings.before = WithLfLineEnds(request.document.substr(0, window.anchor));
  surroundings.after = WithLfLineEnds(request.document.substr(window.cursor));
  surroundings.may_end_anywhere = HasOtherErrors(checker, request.document, window.cursor);
  const Grammar& grammar = Grammar::For(request.adapter->language);
  return std::make_shared<GrammarConstraint>(grammar, tokenizer, std::move(surroundings), tables);
}

// What the reader should know of how the grammar was followed.
std::string RemarkOn(const GrammarConstraint& constraint) {
  if (constraint.recoveries() == 0) return {};
  return "; before the cursor, the grammar does not know the code at " +
         std::to_string(constraint.recoveries()) + (constraint.recoveries() == 1 ? " place" : " places");
}

CompletionTimings TimingsOf(const GenerateTimings& generated) {
  CompletionTimings timings;
  timings.prompt_ms = generated.queue_ms + generated.prefill_ms;
  timings.first_token_ms = generated.time_to_first_token_ms;
  timings.decode_ms = generated.decode_ms;
  timings.prompt_tokens = generated.prompt_tokens;
  timings.cached_tokens = generated.cached_tokens;
  timings.generated_tokens = generated.generated_tokens;
  timings.drafted_tokens = generated.drafted_tokens;
  timings.accepted_tokens = generated.accepted_tokens;
  return timings;
}

// Why generation gave nothing at all to join; nullopt when its output counts.
std::optional<Completion> RefuseOutput(const GenerateResult& result, const std::string& output,
                                       uint32_t cursor) {
  if (result.finish == FinishReason::kError) {
    return NoAnswer(ReasonOf(result.error), result.error.message, cursor);
  }
  if (result.finish == FinishReason::kCancelled) {
    return NoAnswer(CompletionReason::kCancelled, "the request was cancelled", cursor);
  }
  if (result.finish == FinishReason::kDeadline && IsBlank(output)) {
    return NoAnswer(CompletionReason::kDeadline, "the time budget ended before the model wrote anything",
                    cursor);
  }
  return std::nullopt;
}

Completion FromJoined(Joined joined, uint32_t cursor, FinishReason finish) {
  Completion completion;
  completion.reason = joined.reason;
  if (finish == FinishReason::kDeadline && joined.reason != CompletionReason::kOk) {
    completion.reason = CompletionReason::kDeadline;
    joined.detail = "the time budget ended before the output could be joined with the document";
  }
  completion.text = std::move(joined.text);
  completion.begin = cursor;
  completion.end = std::max(joined.end, cursor);
  completion.detail = std::move(joined.detail);
  return completion;
}

}  // namespace

struct Completer::Impl {
  Engine& engine;
  std::shared_ptr<ConstraintTables> tables;

  // From the caller's tree of the document where there is one, else by a parse within the time left.
  static Result<JoinChecker> CheckerFor(const CompletionRequest& request) {
    if (request.tree != nullptr) return JoinChecker::Create(*request.tree, request.document);
    return JoinChecker::Create(request.adapter->language, request.document, ParseBudget(request.cancel));
  }

  Completion Run(const CompletionRequest& request) const {
    if (auto refusal = Refuse(request)) return *refusal;
    const uint32_t cursor = NormalizeCursor(request.document, request.cursor);
    const auto checker = CheckerFor(request);
    if (!checker) return NoAnswer(ReasonOf(checker.error()), checker.error().message, cursor);
    if (auto refusal = RefuseProse(request, *checker, cursor)) return *refusal;
    return Fill(request, *checker, cursor);
  }

  Completion Fill(const CompletionRequest& request, const JoinChecker& checker, uint32_t cursor) const {
    const FimBudget budget = {request.options.prefix_tokens, request.options.suffix_tokens};
    const FimWindow window = ChooseFimWindow(request.document, cursor, engine.tokenizer(), budget);
    FimPrompt prompt = BuildFimPrompt(request.document, window, engine.tokenizer(), budget);
    const Hole hole = MakeHole(request.document, cursor, *request.adapter, prompt.suffix);
    OutputMonitor monitor(hole, checker, prompt.forced_text.size(), request.options.multi_line);
    const auto constraint = ConstraintFor(request, checker, window, engine.tokenizer(), tables);
    GenerateRequest generate = MakeGenerateRequest(request, std::move(prompt), monitor);
    generate.constraint = constraint;
    const GenerateResult result = engine.Generate(std::move(generate));

    const Clock::time_point generated = Clock::now();
    auto refusal = RefuseOutput(result, monitor.text(), cursor);
    const ModelOutput output = {monitor.text(), result.finish == FinishReason::kEndToken};
    Completion completion =
        refusal ? *refusal
                : FromJoined(JoinOutput(output, hole, checker, request.options.multi_line, request.cancel),
                             cursor, result.finish);
    completion.timings = TimingsOf(result.timings);
    completion.timings.join_ms = MillisecondsSince(generated);
    if (constraint) {
      completion.detail += RemarkOn(*constraint);
      completion.timings.constraint_ms = constraint->stats().seconds() * 1e3;
      completion.timings.refused_tokens = static_cast<uint32_t>(constraint->stats().refused);
    }
    return completion;
  }
};

Completer::Completer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Completer::~Completer() = default;

Result<std::unique_ptr<Completer>> Completer::Create(Engine& engine) {
  ESPALIER_RETURN_IF_ERROR(SupportsFim(engine.tokenizer()));
  return std::unique_ptr<Completer>(new Completer(
      std::make_unique<Impl>(Impl{engine, std::make_shared<ConstraintTables>(engine.tokenizer())})));
}

Completion Completer::Complete(const CompletionRequest& request) {
  const Clock::time_point start = Clock::now();
  Completion completion = impl_->Run(request);
  completion.timings.total_ms = MillisecondsSince(start);
  return completion;
}

}  // namespace espalier
