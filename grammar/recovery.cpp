#include "grammar/recovery.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace espalier {
namespace {

constexpr size_t kChunkBytes = 2048;
constexpr size_t kLookaheadBytes = 60;  // that must be readable behind a change
constexpr size_t kStepBytes = 6;
constexpr uint32_t kMostPopped = 12;
constexpr uint32_t kMostSkipped = 8;  // words
constexpr int kOfPop = 1, kOfSkip = 2;
constexpr size_t kMostRecoveries = 400;

struct Change {
  uint32_t popped, skipped_words;
  int cost() const { return static_cast<int>(popped) * kOfPop + static_cast<int>(skipped_words) * kOfSkip; }
};

// All changes, the cheapest first.
std::vector<Change> AllChanges() {
  std::vector<Change> changes;
  for (uint32_t popped = 0; popped <= kMostPopped; ++popped) {
    for (uint32_t words = 0; words <= kMostSkipped; ++words) {
      if (popped + words > 0) changes.push_back({popped, words});
    }
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.cost() < b.cost(); });
  return changes;
}

// Behind the next `words` words of the text: runs of letters and digits, or other single characters; white
// space in front of a word belongs to it.
uint32_t BehindWords(std::string_view text, uint32_t at, uint32_t words) {
  const auto is_letter = [&](uint32_t i) {
    const auto c = static_cast<unsigned char>(text[i]);
    return std::isalnum(c) || c == '_' || c >= 0x80;
  };
  for (; words > 0; --words) {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at]))) ++at;
    if (at == text.size()) break;
    if (!is_letter(at)) {
      ++at;
      continue;
    }
    while (at < text.size() && is_letter(at)) ++at;
  }
  return at;
}

}  // namespace

// Reads a text of which the recogniser has read the beginning.
class RecoveringReader {
 public:
  RecoveringReader(Recogniser& recogniser, std::string_view text)
      : recogniser_(recogniser), text_(std::string(recogniser.text()) + std::string(text)) {}

  std::optional<std::vector<Recovery>> Read() {
    while (Here() < text_.size()) {
      const Recogniser::Place before = recogniser_.place();
      if (Feed(kChunkBytes)) continue;
      if (recoveries_.size() >= kMostRecoveries || !Recover(before)) return std::nullopt;
    }
    return recoveries_;
  }

 private:
  uint32_t Here() const { return recogniser_.place().text_size; }

  bool Feed(size_t bytes) {
    return recogniser_.Advance(std::string_view(text_).substr(Here(), bytes)) && recogniser_.Viable();
  }

  // The text behind `before` cannot be read to the next chunk. Goes to the beginning of the word that is in
  // the way, and tries changes there.
  bool Recover(const Recogniser::Place& before) {
    recogniser_.ReturnTo(before);
    if (!recogniser_.alive()) return false;
    Recogniser::Place last = before;
    while (Here() < text_.size() && Feed(1)) last = recogniser_.place();
    recogniser_.ReturnTo(last);
    const std::vector<Head> heads = HeadsInTheWay();
    static const std::vector<Change> kChanges = AllChanges();
    const Change* best = nullptr;
    uint32_t furthest = last.text_size;  // to where it must be read at least
    for (const Change& change : kChanges) {
      const uint32_t reached = ReachWith(heads, change);
      if (reached <= furthest) continue;
      best = &change;
      furthest = reached;
      if (reached >= std::min(last.text_size + kLookaheadBytes, text_.size())) break;
    }
    return best != nullptr && Apply(heads, *best);
  }

  // The readings whose last lexeme began latest.
  std::vector<Head> HeadsInTheWay() const {
    const Recogniser::Place place = recogniser_.place();
    std::vector<Head> heads(place.heads, place.heads + place.head_count);
    uint32_t latest = 0;
    for (const Head& head : heads) latest = std::max(latest, head.start);
    std::erase_if(heads, [&](const Head& head) { return head.start < latest; });
    return heads;
  }

  // Makes the change; false when nothing is alive behind it.
  bool Make(const std::vector<Head>& heads, const Change& change) {
    std::vector<Head> changed;
    for (Head head : heads) {
      uint32_t left = change.popped;
      for (; left > 0 && !head.node->is_bottom(); --left) head.node = head.node->first.below;
      if (left == 0) changed.push_back(head);
    }
    const uint32_t behind = BehindWords(text_, heads.front().start, change.skipped_words);
    return !changed.empty() && recogniser_.Restart(changed, text_, behind);
  }

  // The byte up to which the text can be read behind the change, the lookahead at most.
  uint32_t ReachWith(const std::vector<Head>& heads, const Change& change) {
    const Recogniser::Place before = recogniser_.place();
    uint32_t reached = 0;
    if (Make(heads, change)) {
      reached = Here();
      const size_t end = std::min(before.text_size + kLookaheadBytes, text_.size());
      while (Here() < end && Feed(std::min<size_t>(kStepBytes, end - Here()))) reached = Here();
    }
    recogniser_.ReturnTo(before);
    return reached;
  }

  bool Apply(const std::vector<Head>& heads, const Change& change) {
    const uint32_t start = heads.front().start;
    const bool made = Make(heads, change);
    recoveries_.push_back({start, change.popped, Here() - start});
    return made;
  }

  Recogniser& recogniser_;
  const std::string text_;
  std::vector<Recovery> recoveries_;
};

std::optional<std::vector<Recovery>> AdvanceWithRecovery(Recogniser& recogniser, std::string_view text) {
  return RecoveringReader(recogniser, text).Read();
}

}  // namespace espalier
