#include "grammar/closer.h"

#include <algorithm>
#include <queue>
#include <unordered_set>
#include <utility>

#include "grammar/mask_store.h"

namespace espalier {
namespace {

struct Piece {
  std::string_view text;
  int cost;
};

// A bracket that closes one is worth a detour.
constexpr int kOfBracket = -3;

constexpr Piece kPieces[] = {{")", kOfBracket},
                             {"]", kOfBracket},
                             {"}", kOfBracket},
                             {";", 2},
                             {"\n", 2},
                             {"\"", 2},
                             {"'", 2},
                             {"`", 2},
                             {"*/", 2},
                             {">", 2},
                             {"/>", 3},
                             {"</x>", 3},
                             {"</>", 3},
                             {"\n#endif\n", 4},
                             {"\"\"\"", 3},
                             {"'''", 3},
                             {" ", 3},
                             {"x", 5},
                             {".x", 6},
                             {".this", 7},
                             {"0", 6},
                             {":", 5},
                             {")\"", 4},
                             {"\"#", 4},
                             {"()", 6},
                             {"{}", 6},
                             {"\"\"", 6},
                             {"[0]", 6},
                             {".x", 6},
                             {".this", 7},
                             {" ? x : x;", 10},
                             {"catch(x){}", 8},
                             {"catch(...){}", 8},
                             {"finally{}", 8},
                             {"\n x", 8},
                             {"\npass", 9},
                             {"\ndef x(): x\n", 12},
                             {":= range x {}", 12},
                             {"/", 7}};
// ... unless it is a part of something else.
constexpr int kOfContent = 6;
// States of the stack by which situations are told apart.
constexpr size_t kComparedDepth = 24;
// Tokens that the grammar spells out: keywords and operators.
constexpr int kOfSpelledToken = 9;
constexpr size_t kLongestToken = 12;

struct Candidate {
  int cost;
  size_t order;  // of candidates of equal cost, the one found first
  std::vector<std::string> pieces;

  bool operator>(const Candidate& other) const {
    return std::pair(cost, order) > std::pair(other.cost, other.order);
  }
};

class Search {
 public:
  Search(Recogniser& recogniser, std::string_view suffix)
      : recogniser_(recogniser), suffix_(suffix), start_(recogniser.place()) {}
  ~Search() { recogniser_.ReturnTo(start_); }

  std::optional<std::vector<std::string>> Run(const CloserLimits& limits) {
    if (Fits()) return std::vector<std::string>();
    queue_.push({0, 0, {}});
    for (int steps = 0; !queue_.empty() && steps < limits.most_steps; ++steps) {
      const Candidate candidate = queue_.top();
      queue_.pop();
      if (!candidate.pieces.empty() && Write(candidate.pieces) && Fits()) return candidate.pieces;
      Extend(candidate);
    }
    return std::nullopt;
  }

 private:
  bool Fits() { return recogniser_.AcceptsWith(suffix_); }

  bool Write(const std::vector<std::string>& pieces) {
    recogniser_.ReturnTo(start_);
    return std::all_of(pieces.begin(), pieces.end(),
                       [&](const std::string& piece) { return recogniser_.Advance(piece); });
  }

  void Extend(const Candidate& candidate) {
    if (!Write(candidate.pieces)) return;
    for (const Piece& piece : kPieces) Try(candidate, std::string(piece.text), piece.cost);
    const std::string word = WordUnderWay();
    for (const uint16_t symbol : recogniser_.ExpectedSymbols()) {
      const std::string token(recogniser_.grammar().table().SpelledOut(symbol));
      if (token.empty() || token.size() > kLongestToken) continue;
      Try(candidate, " " + token + " ", kOfSpelledToken);
      const bool goes_on = !word.empty() && token.size() > word.size() && token.starts_with(word);
      if (goes_on) Try(candidate, token.substr(word.size()) + " ", kOfSpelledToken);
    }
  }

  // What is written of a token that may still become a keyword.
  std::string WordUnderWay() const {
    const Recogniser::Place place = recogniser_.place();
    for (uint32_t i = 0; i < place.head_count; ++i) {
      const Head& head = place.heads[i];
      if (IsExternal(head.phase) || head.token_begin >= place.text_size) continue;
      return std::string(recogniser_.text().substr(head.token_begin));
    }
    return {};
  }

  void Try(const Candidate& candidate, const std::string& piece, int cost) {
    const Recogniser::Place place = recogniser_.place();
    const bool viable = recogniser_.Advance(piece) && recogniser_.Viable();
    if (cost == kOfBracket && !IsToken(piece)) cost = kOfContent;
    const std::string situation = Situation();
    recogniser_.ReturnTo(place);
    if (!viable || !seen_.insert(situation).second) return;
    Candidate longer = {candidate.cost + cost, ++found_, candidate.pieces};
    longer.pieces.push_back(piece);
    queue_.push(std::move(longer));
  }

  // Whether the text ends with a token of its own, not with a part of a comment or a string.
  bool IsToken(const std::string& piece) const {
    const Recogniser::Place place = recogniser_.place();
    const uint32_t begin = place.text_size - static_cast<uint32_t>(piece.size());
    return std::any_of(place.heads, place.heads + place.head_count, [&](const Head& head) {
      return !IsExternal(head.phase) && head.token_begin == begin && head.accepted_end == place.text_size;
    });
  }

  // Where the parser stands: texts that lead to the same are not tried twice.
  std::string Situation() const {
    const Recogniser::Place place = recogniser_.place();
    std::string situation;
    for (uint32_t i = 0; i < place.head_count; ++i) {
      AppendLexemeKey(situation, recogniser_.grammar(), recogniser_.scanner_states(), place.heads[i]);
      const StackNode* node = place.heads[i].node;
      for (size_t depth = 0; node != nullptr && depth < kComparedDepth; node = node->first.below, ++depth) {
        situation += static_cast<char>(node->state);
        situation += static_cast<char>(node->state >> 8);
      }
    }
    return situation;
  }

  Recogniser& recogniser_;
  const std::string_view suffix_;
  const Recogniser::Place start_;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue_;
  std::unordered_set<std::string> seen_;
  size_t found_ = 0;
};

}  // namespace

std::optional<std::vector<std::string>> FindCloser(Recogniser& recogniser, std::string_view suffix,
                                                   const CloserLimits& limits) {
  if (!recogniser.alive()) return std::nullopt;
  return Search(recogniser, suffix).Run(limits);
}

std::optional<std::string> FindClosingText(Recogniser& recogniser, std::string_view suffix,
                                           const CloserLimits& limits) {
  const auto pieces = FindCloser(recogniser, suffix, limits);
  if (!pieces) return std::nullopt;
  std::string text;
  for (const std::string& piece : *pieces) text += piece;
  return text;
}

}  // namespace espalier
