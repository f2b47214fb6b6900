#include "decoder/echo.h"

#include <algorithm>
#include <string>

namespace espalier {
namespace {

// Characters of the suffix that are compared; the echo of a longer one is certain long before its end.
constexpr size_t kComparedCharacters = 400;

// A changed stretch costs as much as a few characters gain, however long it is, within reason.
constexpr int kMatch = 4;
constexpr int kMismatch = -8;
constexpr int kGapOpen = -16;
constexpr int kSkipOutput = -1;
constexpr int kSkipSuffix = -2;
constexpr int kNever = -1000000;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// A text without its white space, and where its characters came from.
struct Dense {
  std::string text;
  std::vector<size_t> origin;

  Dense(std::string_view source, size_t limit) {
    for (size_t i = 0; i < source.size() && text.size() < limit; ++i) {
      if (IsSpace(source[i])) continue;
      text.push_back(source[i]);
      origin.push_back(i);
    }
  }
};

std::string_view LeadingSpace(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), IsSpace);
  return text.substr(0, static_cast<size_t>(end - text.begin()));
}

// The output's white space before an echo belongs partly to the hole and partly to the suffix. Returns where
// the suffix's part begins.
size_t DivideSpace(std::string_view output, size_t echo, const EchoSource& source) {
  const std::string_view wanted = LeadingSpace(source.suffix);
  size_t begin = echo;
  while (begin > 0 && IsSpace(output[begin - 1])) --begin;
  const std::string_view space = output.substr(begin, echo - begin);
  size_t common = 0;
  while (common < std::min(space.size(), wanted.size()) &&
         space[space.size() - 1 - common] == wanted[wanted.size() - 1 - common]) {
    ++common;
  }
  if (common == wanted.size()) return echo - common;
  // Laid out differently: the suffix's line break or gap stands for all of the output's; a suffix that is a
  // whole line needs the line break before it.
  const size_t newline = space.rfind('\n');
  if (!source.from_line_start || newline == std::string_view::npos) return begin;
  return wanted.find('\n') == std::string_view::npos ? begin + newline + 1 : begin;
}

// scores[i] = best score of an alignment of output[i..] with the suffix from its beginning. The alignment
// begins with a pair of equal characters: the suffix's first, or one among its first `head` (a changed line).
class Aligner {
 public:
  Aligner(std::string_view output, std::string_view suffix, size_t head)
      : output_(output), suffix_(suffix), head_(std::min(head, suffix.size() - 1)) {}

  std::vector<int> Scores() {
    const size_t columns = suffix_.size() + 1;
    below_.assign(columns, 0);
    row_.assign(columns, 0);
    skip_output_.assign(columns, kNever);
    std::vector<int> scores(output_.size(), 0);
    for (size_t i = output_.size(); i-- > 0;) {
      FillRow(output_[i]);
      scores[i] = BestStart(output_[i]);
      std::swap(row_, below_);
    }
    return scores;
  }

 private:
  void FillRow(char written) {
    int skip_suffix = kNever;
    for (size_t j = suffix_.size(); j-- > 0;) {
      skip_suffix = std::max({skip_suffix, skip_output_[j + 1], row_[j + 1] + kGapOpen}) + kSkipSuffix;
      skip_output_[j] = std::max(skip_output_[j], below_[j] + kGapOpen) + kSkipOutput;
      const int pair = below_[j + 1] + (written == suffix_[j] ? kMatch : kMismatch);
      row_[j] = std::max({0, pair, skip_suffix, skip_output_[j]});
    }
  }

  int BestStart(char written) const {
    int best = written == suffix_[0] ? below_[1] + kMatch : 0;
    int skipped = kGapOpen;
    for (size_t j = 1; j <= head_; ++j) {
      skipped += kSkipSuffix;
      if (written == suffix_[j]) best = std::max(best, below_[j + 1] + kMatch + skipped);
    }
    return best;
  }

  std::string_view output_;
  std::string_view suffix_;
  size_t head_;
  std::vector<int> below_, row_;  // rows i + 1 and i
  std::vector<int> skip_output_;  // best continuation in a gap that skips output, per column
};

// Characters of the suffix's first line of code.
size_t FirstLineCharacters(std::string_view suffix) {
  const size_t begin = LeadingSpace(suffix).size();
  const std::string_view line = suffix.substr(begin, suffix.find('\n', begin) - begin);
  return static_cast<size_t>(std::count_if(line.begin(), line.end(), [](char c) { return !IsSpace(c); }));
}

size_t CommonPrefix(std::string_view a, std::string_view b) {
  const size_t most = std::min(a.size(), b.size());
  size_t n = 0;
  while (n < most && a[n] == b[n]) ++n;
  return n;
}

}  // namespace

Echo FindExactEcho(std::string_view output, const EchoSource& source) {
  const Dense written(output, SIZE_MAX), expected(source.suffix, kComparedCharacters);
  Echo best;
  for (size_t i = 0; i < written.text.size(); ++i) {
    const std::string_view rest = std::string_view(written.text).substr(i);
    const size_t agree = CommonPrefix(rest, expected.text);
    const bool to_an_end = agree == rest.size() || agree == expected.text.size();
    if (!to_an_end || static_cast<int>(agree) <= best.score) continue;
    best.score = best.exact = static_cast<int>(agree);
    best.cut = DivideSpace(output, written.origin[i], source);
    best.whole_suffix = agree == expected.text.size();
    best.whole_rest = agree == rest.size();
  }
  return best;
}

std::vector<Echo> FindEchoes(std::string_view output, const EchoSource& source, size_t limit) {
  const Dense written(output, SIZE_MAX), expected(source.suffix, kComparedCharacters);
  std::vector<Echo> echoes;
  if (written.text.empty() || expected.text.empty()) return echoes;
  const std::vector<int> scores =
      Aligner(written.text, expected.text, FirstLineCharacters(source.suffix)).Scores();
  for (size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] < kMatch) continue;
    const std::string_view rest = std::string_view(written.text).substr(i);
    Echo echo;
    echo.score = scores[i] / kMatch;
    echo.cut = DivideSpace(output, written.origin[i], source);
    const size_t agree = CommonPrefix(rest, expected.text);
    echo.exact = static_cast<int>(agree);
    echo.whole_suffix = agree == expected.text.size();
    echo.whole_rest = agree == rest.size();
    echoes.push_back(echo);
  }
  std::stable_sort(echoes.begin(), echoes.end(),
                   [](const Echo& a, const Echo& b) { return a.score > b.score; });
  if (echoes.size() > limit) echoes.resize(limit);
  return echoes;
}

}  // namespace espalier
