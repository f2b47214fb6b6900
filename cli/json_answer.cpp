// JSON as answers: one line that satisfies a schema.
#include <fmt/format.h>

#include <utility>

#include "cli/answer.h"
#include "cli/source_text.h"
#include "decoder/json_constraint.h"

namespace espalier {
namespace {

constexpr uint64_t kMaxSchemaBytes = 4 << 20;
// White space says nothing, costs tokens, and tempts small models to write no end of it. Without it, names
// and punctuation are forced most of the time, so that they come several a step.
constexpr JsonSchemaOptions kCompact = {.most_spaces = 0, .any_order = false};

class Json final : public Answer {
 public:
  /// `shown`: the schema as the model sees it; empty: any JSON will do.
  Json(std::shared_ptr<const JsonSchema> schema, std::string shown)
      : schema_(std::move(schema)), shown_(std::move(shown)) {}

  std::string Instruction() const override {
    constexpr std::string_view kForm =
        "Answer with one JSON value on one line, without white space between its parts. No explanation, no "
        "code block.";
    if (shown_.empty()) return std::string(kForm);
    return fmt::format("{} It satisfies this JSON Schema:\n{}", kForm, shown_);
  }
  std::shared_ptr<TokenConstraint> Constrain(const Tokenizer& tokenizer) override {
    constraint_ =
        std::make_shared<JsonConstraint>(schema_, tokenizer, std::make_shared<ConstraintTables>(tokenizer));
    return constraint_;
  }

  std::string Push(std::string_view piece) override { return std::string(piece); }
  bool done() const override { return constraint_->Ended(); }
  Result<std::string> Finish(bool close) override {
    if (!close) return std::string();
    if (auto closing = constraint_->Closing()) return *closing + "\n";
    return Fail(
        ErrorCode::kResourceExhausted,
        "the answer was cut off, and what its schema wants besides has over 16 MiB; lower minItems or "
        "minLength");
  }

  nlohmann::json Fields(const std::string& text) const override {
    const nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
    // Numbers may be too large for any program's; the text has them.
    return {{"text", text}, {"value", value.is_discarded() ? nlohmann::json() : value}};
  }

 private:
  const std::shared_ptr<const JsonSchema> schema_;
  const std::string shown_;
  std::shared_ptr<JsonConstraint> constraint_;
};

Result<std::string> SchemaText(const std::string& schema) {
  const size_t begin = schema.find_first_not_of(" \t\r\n");
  if (begin != std::string::npos && schema[begin] == '{') return schema;
  return ReadBytes(schema, kMaxSchemaBytes);
}

}  // namespace

Result<std::unique_ptr<Answer>> JsonAnswer(const std::string& schema) {
  if (schema == "any") return std::make_unique<Json>(JsonSchema::AnyValue(kCompact), "");
  ESPALIER_ASSIGN_OR_RETURN(const std::string text, SchemaText(schema));
  ESPALIER_ASSIGN_OR_RETURN(auto parsed, JsonSchema::Parse(text, kCompact));
  return std::make_unique<Json>(std::move(parsed), nlohmann::ordered_json::parse(text).dump());
}

}  // namespace espalier
