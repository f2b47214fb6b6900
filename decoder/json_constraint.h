// Keeps what a model writes to JSON that follows a schema: a token is allowed if the text with it is the
// beginning of a text that the schema accepts (grammar/json/json_schema.h), and the end exactly where the
// text is such a text. A question costs less than a microsecond.
//
// One object a request; used by the engine's thread alone while the request runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decoder/constraint_stats.h"
#include "decoder/constraint_tables.h"
#include "decoder/engine.h"
#include "grammar/json/json_machine.h"
#include "grammar/json/json_schema.h"
#include "model/tokenizer.h"

namespace espalier {

class JsonConstraint final : public TokenConstraint {
 public:
  /// `tokenizer` must outlive the constraint. `tables` are those of the tokenizer; without them, a place
  /// where hardly any token is allowed costs more.
  JsonConstraint(std::shared_ptr<const JsonSchema> schema, const Tokenizer& tokenizer,
                 std::shared_ptr<ConstraintTables> tables = nullptr);

  bool Allows(TokenId token) override;
  void Accept(TokenId token) override;
  void Rollback(size_t tokens) override;
  std::string Forced(size_t most_bytes) override;

  /// False when a token was accepted (forced) that is not allowed; then nothing is allowed any more.
  bool alive() const { return machine_.alive(); }
  /// Whether the text could end here.
  bool MayEnd() const { return machine_.Complete(); }
  /// Whether the text is whole and nothing but the end may come.
  bool Ended() { return MayEnd() && !machine_.MayGoOn(); }
  /// A short text that, behind the whole code points of the text, makes it whole; nullopt when nothing does,
  /// or only some 16 MiB.
  std::optional<std::string> Closing() const;

  const ConstraintStats& stats() const { return stats_; }

 private:
  bool AllowsText(TokenId token);
  void Moved();

  const std::shared_ptr<const JsonSchema> schema_;
  const Tokenizer& tokenizer_;
  const std::shared_ptr<ConstraintTables> tables_;
  JsonMachine machine_;
  std::vector<JsonMachine::Place> places_;  // after so many tokens
  // At this place:
  uint32_t refused_here_ = 0;
  TokenMask mask_;  // once it was worth it
  ConstraintStats stats_;
};

}  // namespace espalier
