// Watches a stream of text for strings that end it. Text that may be the beginning of a stop string is
// held back, so nothing of a stop string is ever released. The result does not depend on how the
// stream is cut into pieces. Not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace espalier {

class StopStrings {
 public:
  /// Empty strings are ignored.
  explicit StopStrings(std::vector<std::string> stops);

  /// Adds text; returns what is certainly not part of a stop string. After a match nothing more comes.
  /// The match that ends first wins; of those that end together the longest.
  std::string Push(std::string_view text);
  bool matched() const { return matched_; }
  /// What was held back, when the stream ends without a match.
  std::string Flush();

 private:
  size_t MatchEndingAt(size_t end) const;
  size_t HeldBack() const;

  std::vector<std::string> stops_;
  std::string pending_;
  bool matched_ = false;
};

}  // namespace espalier
