#include "cli/fence.h"

#include <algorithm>
#include <utility>

namespace espalier {
namespace {

constexpr std::string_view kFence = "```";

/// Can `line`, not finished yet, still become a fence?
bool MayBecomeFence(std::string_view line) { return line.size() < kFence.size() && kFence.starts_with(line); }

}  // namespace

std::string FenceFilter::Push(std::string_view piece) {
  pending_ += piece;
  std::string code;
  while (state_ != State::kAfter && TakeLine(code)) {
  }
  if (state_ == State::kInside) TakePartOfLine(code);
  return code;
}

bool FenceFilter::TakeLine(std::string& code) {
  const size_t end = pending_.find('\n');
  if (end == std::string::npos) return false;
  const std::string line = pending_.substr(0, end + 1);
  pending_.erase(0, end + 1);
  const bool fence = !std::exchange(mid_line_, false) && line.starts_with(kFence);
  if (state_ == State::kBefore) {
    before_ += line;
    if (fence) state_ = State::kInside;
  } else if (fence) {
    state_ = State::kAfter;
  } else {
    code += line;
  }
  return true;
}

void FenceFilter::TakePartOfLine(std::string& code) {
  if (!mid_line_ && pending_.starts_with(kFence)) {
    state_ = State::kAfter;
  } else if (!pending_.empty() && (mid_line_ || !MayBecomeFence(pending_))) {
    mid_line_ = true;
    code += std::exchange(pending_, {});
  }
}

std::string FenceFilter::Finish() {
  if (state_ == State::kBefore) return before_ + std::exchange(pending_, {});
  return state_ == State::kInside ? std::exchange(pending_, {}) : std::string();
}

}  // namespace espalier
