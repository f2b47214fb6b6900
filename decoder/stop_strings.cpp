#include "decoder/stop_strings.h"

#include <algorithm>
#include <utility>

namespace espalier {

StopStrings::StopStrings(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase_if(stops_, [](const std::string& stop) { return stop.empty(); });
}

size_t StopStrings::MatchEndingAt(size_t end) const {
  const std::string_view text = std::string_view(pending_).substr(0, end);
  size_t longest = 0;
  for (const std::string& stop : stops_) {
    if (stop.size() > longest && text.ends_with(stop)) longest = stop.size();
  }
  return longest;
}

size_t StopStrings::HeldBack() const {
  size_t longest = 0;
  for (const std::string& stop : stops_) {
    const std::string_view text = pending_;
    for (size_t n = std::min(stop.size() - 1, text.size()); n > longest; --n) {
      if (text.ends_with(std::string_view(stop).substr(0, n))) longest = n;
    }
  }
  return longest;
}

std::string StopStrings::Push(std::string_view text) {
  if (matched_) return {};
  if (stops_.empty()) return std::string(text);
  const size_t seen = pending_.size();
  pending_ += text;
  for (size_t end = seen + 1; end <= pending_.size(); ++end) {
    const size_t length = MatchEndingAt(end);
    if (length == 0) continue;
    matched_ = true;
    pending_.resize(end - length);
    return std::exchange(pending_, {});
  }
  std::string held = pending_.substr(pending_.size() - HeldBack());
  pending_.resize(pending_.size() - held.size());
  return std::exchange(pending_, std::move(held));
}

std::string StopStrings::Flush() { return matched_ ? std::string() : std::exchange(pending_, {}); }

}  // namespace espalier
