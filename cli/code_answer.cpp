// Programs as answers: a chat model's code block, kept inside of the language's grammar.
#include <fmt/format.h>

#include "cli/answer.h"
#include "cli/fence.h"
#include "decoder/grammar_constraint.h"

namespace espalier {
namespace {

class Code final : public Answer {
 public:
  Code(const Adapter& adapter, bool constrained) : adapter_(adapter), constrained_(constrained) {}

  std::string Instruction() const override {
    return fmt::format("You are a careful {0} programmer. Answer with one {0} code block and nothing else.",
                       adapter_.display_name);
  }
  std::string Opening() const override { return fmt::format("```{}\n", LanguageId(adapter_.language)); }
  std::shared_ptr<TokenConstraint> Constrain(const Tokenizer& tokenizer) override {
    if (!constrained_) return nullptr;
    constraint_ =
        CodeBlockConstraint(adapter_.language, tokenizer, std::make_shared<ConstraintTables>(tokenizer));
    return constraint_;
  }

  std::string Push(std::string_view piece) override { return Given(filter_.Push(piece)); }
  bool done() const override { return filter_.done(); }
  Result<std::string> Finish(bool close) override {
    std::string rest = Given(filter_.Finish());
    if (close && constraint_) rest += Given(constraint_->Closing().value_or(""));
    return last_ == '\n' ? rest : rest + Given("\n");
  }

  nlohmann::json Fields(const std::string& text) const override {
    return {{"code", text}, {"language", LanguageId(adapter_.language)}};
  }

 private:
  std::string Given(std::string text) {
    if (!text.empty()) last_ = text.back();
    return text;
  }

  const Adapter& adapter_;
  const bool constrained_;
  std::shared_ptr<GrammarConstraint> constraint_;
  FenceFilter filter_;
  char last_ = '\n';  // of the answer; nothing at all needs no line end
};

}  // namespace

std::unique_ptr<Answer> CodeAnswer(const Adapter& adapter, bool constrained) {
  return std::make_unique<Code>(adapter, constrained);
}

}  // namespace espalier
