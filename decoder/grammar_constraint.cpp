#include "decoder/grammar_constraint.h"

#include <algorithm>
#include <utility>

#include "grammar/closer.h"
#include "grammar/recovery.h"

namespace espalier {
namespace {

constexpr uint8_t kFenceLength = 3;
constexpr uint32_t kRefusedBeforeMask = 48;
constexpr uint32_t kNotedHere = 4;
constexpr size_t kNotedInAll = 400;
constexpr int kMostClosingSteps = 4000;  // most texts are closed within a dozen

}  // namespace

GrammarConstraint::GrammarConstraint(const Grammar& grammar, const Tokenizer& tokenizer,
                                     GrammarSurroundings surroundings,
                                     std::shared_ptr<ConstraintTables> tables)
    : tokenizer_(tokenizer),
      surroundings_(std::move(surroundings)),
      tables_(std::move(tables)),
      recogniser_(grammar) {
  const ConstraintTimer timer(stats_.read_seconds);
  const auto recoveries = AdvanceWithRecovery(recogniser_, surroundings_.before);
  if (recoveries) recoveries_ = static_cast<uint32_t>(recoveries->size());
  const bool accepted = recoveries && recogniser_.Viable();
  const Rule first = surroundings_.in_fence ? Rule::kOpeningFence : Rule::kCode;
  steps_.push_back({recogniser_.place(), accepted ? first : Rule::kNone, 0});
  begin_ = recogniser_.text().size();
}

// Control tokens are no text; a NUL is none in any language; and what is written is UTF-8, so that a token
// may only go on with the code point that the last one began.
bool GrammarConstraint::IsText(std::string_view bytes) const {
  if (bytes.empty() || bytes.find('\0') != std::string_view::npos) return false;
  return recogniser_.ContinuesUtf8(bytes);
}

bool GrammarConstraint::Allows(TokenId token) {
  if (!active()) return true;
  const ConstraintTimer timer(stats_.asked_seconds);
  ++stats_.checked;
  const bool allowed = tokenizer_.IsEndOfGeneration(token) ? MayEnd() : AllowsText(token);
  refused_here_ += !allowed;
  stats_.refused += !allowed;
  if (!allowed && refused_here_ <= kNotedHere) Note(token);
  return allowed;
}

void GrammarConstraint::Note(TokenId token) {
  if (refusals_.size() < kNotedInAll) {
    refusals_.push_back({recogniser_.text().size() - begin_, token});
  }
}

// The best few tokens are tried one by one. Where those are all refused, a mask answers for the rest.
bool GrammarConstraint::AllowsText(TokenId token) {
  const std::string_view bytes = tokenizer_.TokenBytes(token);
  const bool may_be_fence = surroundings_.in_fence && bytes.find('`') != std::string_view::npos;
  const bool masked = tables_ && refused_here_ >= kRefusedBeforeMask && steps_.back().rule == Rule::kCode;
  if (!masked || may_be_fence) return IsText(bytes) && TryText(bytes);
  if (mask_.empty()) {
    mask_.resize((tokenizer_.vocab_size() + 63) / 64);
    ++stats_.masks;
    MaskWalk(recogniser_, tables_->MasksFor(recogniser_.grammar())).Allow(mask_);
  }
  return HasBit(mask_, static_cast<uint32_t>(token));
}

bool GrammarConstraint::TryText(std::string_view bytes) {
  Step step = steps_.back();
  const bool allowed = Take(bytes, step);
  recogniser_.ReturnTo(steps_.back().place);
  return allowed;
}

void GrammarConstraint::Moved() {
  refused_here_ = 0;
  mask_.clear();
  may_end_.reset();
}

void GrammarConstraint::Accept(TokenId token) {
  const ConstraintTimer timer(stats_.told_seconds);
  Step step = steps_.back();
  if (step.rule != Rule::kNone) {
    if (!Take(tokenizer_.TokenBytes(token), step)) step.rule = Rule::kNone;
    recogniser_.Prune();
    step.place = recogniser_.place();
  }
  steps_.push_back(step);
  Moved();
}

void GrammarConstraint::Rollback(size_t tokens) {
  steps_.resize(steps_.size() - tokens);
  recogniser_.ReturnTo(steps_.back().place);
  const size_t offset = recogniser_.text().size() - begin_;
  std::erase_if(refusals_, [offset](const RefusedToken& refused) { return refused.offset > offset; });
  Moved();
}

// The bytes behind the text; `step` becomes the one after them. False when they are not allowed.
bool GrammarConstraint::Take(std::string_view bytes, Step& step) {
  switch (step.rule) {
    case Rule::kOpeningFence: {
      const size_t newline = bytes.find('\n');
      if (newline == std::string_view::npos) return true;
      step.rule = Rule::kCode;
      return newline + 1 == bytes.size() || TakeCode(bytes.substr(newline + 1), step);
    }
    case Rule::kCode:
      return TakeCode(bytes, step);
    case Rule::kClosingFence:
      return TakeFence(bytes, step);
    case Rule::kNone:
      return true;
  }
  return true;
}

bool GrammarConstraint::TakeCode(std::string_view bytes, Step& step) {
  const size_t fence = surroundings_.in_fence ? FenceIn(bytes) : std::string_view::npos;
  if (fence != std::string_view::npos) {
    const Recogniser::Place before = recogniser_.place();
    if (recogniser_.Advance(bytes.substr(0, fence)) && recogniser_.Complete()) {
      step.rule = Rule::kClosingFence;
      step.backticks = 0;
      return TakeFence(bytes.substr(fence), step);
    }
    recogniser_.ReturnTo(before);
  }
  // Whoever reads the block would take three backticks in the code for its end.
  if (surroundings_.in_fence && WritesFence(bytes)) return false;
  return recogniser_.Advance(bytes) && recogniser_.Viable();
}

bool GrammarConstraint::WritesFence(std::string_view bytes) const {
  const std::string_view code = recogniser_.text();
  const size_t tail = std::min<size_t>(code.size(), kFenceLength);
  std::string text = code.size() == tail ? "\n" : "";
  text += code.substr(code.size() - tail);
  text += bytes;
  return text.find("\n```") != std::string::npos;
}

// Offset of a backtick that begins a line; npos if there is none.
size_t GrammarConstraint::FenceIn(std::string_view bytes) const {
  const std::string_view code = recogniser_.text();
  for (size_t at = bytes.find('`'); at != std::string_view::npos; at = bytes.find('`', at + 1)) {
    const char before = at > 0 ? bytes[at - 1] : code.empty() ? '\n' : code.back();
    if (before == '\n') return at;
  }
  return std::string_view::npos;
}

bool GrammarConstraint::TakeFence(std::string_view bytes, Step& step) {
  for (const char c : bytes) {
    if (c != '`') return false;
    if (++step.backticks < kFenceLength) continue;
    step.rule = Rule::kNone;  // and whatever comes behind it
    return true;
  }
  return true;
}

bool GrammarConstraint::MayEnd() {
  if (steps_.back().rule != Rule::kCode) return steps_.back().rule == Rule::kNone;
  if (!recogniser_.UnfinishedCodePoint().empty()) return false;
  if (surroundings_.may_end_anywhere) return true;
  if (!may_end_) may_end_ = recogniser_.AcceptsWith(surroundings_.after);
  return *may_end_;
}

// The request's text has no such bytes either.
void GrammarConstraint::DropUnfinishedCodePoint() {
  const size_t unfinished = recogniser_.UnfinishedCodePoint().size();
  if (unfinished == 0) return;
  const std::string text(recogniser_.text().substr(0, recogniser_.text().size() - unfinished));
  size_t steps = steps_.size() - 1;
  while (steps > 0 && steps_[steps].place.text_size > text.size()) --steps;
  recogniser_.ReturnTo(steps_[steps].place);
  recogniser_.Advance(std::string_view(text).substr(steps_[steps].place.text_size));
}

std::optional<std::string> GrammarConstraint::Closing() {
  if (steps_.back().rule != Rule::kCode) return std::nullopt;
  DropUnfinishedCodePoint();
  return FindClosingText(recogniser_, surroundings_.after, {.most_steps = kMostClosingSteps});
}

std::shared_ptr<GrammarConstraint> CodeBlockConstraint(Language language, const Tokenizer& tokenizer,
                                                       std::shared_ptr<ConstraintTables> tables) {
  GrammarSurroundings surroundings;
  surroundings.in_fence = true;
  return std::make_shared<GrammarConstraint>(Grammar::For(language), tokenizer, std::move(surroundings),
                                             std::move(tables));
}

}  // namespace espalier
