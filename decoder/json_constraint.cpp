#include "decoder/json_constraint.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/utf8.h"

namespace espalier {
namespace {

constexpr uint32_t kRefusedBeforeMask = 16;

/// Bytes at the end of `text`, which is UTF-8 as far as it goes, of a code point that is not whole.
size_t UnfinishedBytes(std::string_view text) {
  for (size_t n = 1; n <= std::min<size_t>(3, text.size()); ++n) {
    if (IsUtf8Prefix(text.substr(text.size() - n))) return n;
  }
  return 0;
}

}  // namespace

JsonConstraint::JsonConstraint(std::shared_ptr<const JsonSchema> schema, const Tokenizer& tokenizer,
                               std::shared_ptr<ConstraintTables> tables)
    : schema_(std::move(schema)),
      tokenizer_(tokenizer),
      tables_(std::move(tables)),
      machine_(*schema_),
      places_{machine_.place()} {}

bool JsonConstraint::Allows(TokenId token) {
  const ConstraintTimer timer(stats_.asked_seconds);
  ++stats_.checked;
  const bool allowed = tokenizer_.IsEndOfGeneration(token) ? MayEnd() : AllowsText(token);
  refused_here_ += !allowed;
  stats_.refused += !allowed;
  return allowed;
}

// The best few tokens are tried one by one. Where those are all refused, a mask answers for the rest.
bool JsonConstraint::AllowsText(TokenId token) {
  const std::string_view bytes = tokenizer_.TokenBytes(token);
  if (bytes.empty()) return false;  // it is no text
  if (!tables_ || refused_here_ < kRefusedBeforeMask) {
    const bool allowed = machine_.Advance(bytes);
    machine_.ReturnTo(places_.back());
    return allowed;
  }
  if (mask_.empty()) {
    mask_.resize((tokenizer_.vocab_size() + 63) / 64);
    ++stats_.masks;
    machine_.AddAllowed(tables_->vocabulary(), mask_);
  }
  return HasBit(mask_, static_cast<uint32_t>(token));
}

void JsonConstraint::Accept(TokenId token) {
  const ConstraintTimer timer(stats_.told_seconds);
  machine_.Advance(tokenizer_.TokenBytes(token));
  places_.push_back(machine_.place());
  Moved();
}

void JsonConstraint::Rollback(size_t tokens) {
  places_.resize(places_.size() - tokens);
  machine_.ReturnTo(places_.back());
  Moved();
}

void JsonConstraint::Moved() {
  refused_here_ = 0;
  mask_.clear();
}

std::string JsonConstraint::Forced(size_t most_bytes) {
  const ConstraintTimer timer(stats_.asked_seconds);
  return machine_.Forced(most_bytes);
}

std::optional<std::string> JsonConstraint::Closing() const {
  const std::string_view text = machine_.text();
  JsonMachine machine(*schema_);
  if (!alive() || !machine.Advance(text.substr(0, text.size() - UnfinishedBytes(text)))) return std::nullopt;
  std::string closing = machine.Closing();
  if (!machine.Advance(closing) || !machine.Complete()) return std::nullopt;  // what is missing is too long
  return closing;
}

}  // namespace espalier
