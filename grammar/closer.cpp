#include "grammar/closer.h"

#include <algorithm>
#include <queue>
#include <unordered_set>
#include <utility>

namespace espalier {
namespace {

struct Piece {
  std::string_view text;
  int cost;
};

constexpr Piece kPieces[] = {{")", 1},   {"]", 1},    {"}", 1},       {";", 2},      {"\n", 2},  {"\"", 2},
                             {"'", 2},   {"`", 2},    {"*/", 2},      {">", 2},      {"/>", 3},  {"\"\"\"", 3},
                             {"'''", 3}, {" ", 3},    {"x", 5},       {"0", 6},      {":", 5},   {"()", 6},
                             {"{}", 6},  {" x", 6},   {";x", 7},      {"\n x", 7},   {"/", 6},   {")\"", 4},
                             {"\"#", 4}, {"=>{}", 8}, {" pass\n", 8}, {"\npass", 8}, {": x", 8}, {"=0", 8}};

struct Candidate {
  int cost;
  size_t order;  // of candidates of equal cost, the one found first
  std::vector<uint8_t> pieces;

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
      Candidate candidate = queue_.top();
      queue_.pop();
      if (candidate.cost > 0 && Write(candidate.pieces) && Fits()) return Texts(candidate.pieces);
      Extend(std::move(candidate));
    }
    return std::nullopt;
  }

 private:
  // Whether the text is accepted with the suffix behind it.
  bool Fits() {
    const Recogniser::Place place = recogniser_.place();
    const bool fits = recogniser_.Advance(suffix_) && recogniser_.Complete();
    recogniser_.ReturnTo(place);
    return fits;
  }

  bool Write(const std::vector<uint8_t>& pieces) {
    recogniser_.ReturnTo(start_);
    return std::all_of(pieces.begin(), pieces.end(),
                       [&](uint8_t piece) { return recogniser_.Advance(kPieces[piece].text); });
  }

  void Extend(Candidate candidate) {
    if (!Write(candidate.pieces)) return;
    const Recogniser::Place place = recogniser_.place();
    for (uint8_t piece = 0; piece < std::size(kPieces); ++piece) {
      const bool viable = recogniser_.Advance(kPieces[piece].text) && recogniser_.Viable();
      const std::string text(recogniser_.text().substr(start_.text_size));
      recogniser_.ReturnTo(place);
      if (!viable || !seen_.insert(text).second) continue;
      Candidate longer = candidate;
      longer.cost += kPieces[piece].cost;
      longer.order = ++found_;
      longer.pieces.push_back(piece);
      queue_.push(std::move(longer));
    }
  }

  static std::vector<std::string> Texts(const std::vector<uint8_t>& pieces) {
    std::vector<std::string> texts;
    for (const uint8_t piece : pieces) texts.emplace_back(kPieces[piece].text);
    return texts;
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

}  // namespace espalier
