// Suffix echo: fill-in-the-middle models often write the missing text and then go on with the text that
// follows it. These functions find where in a model's output that repetition begins.
//
// Only characters other than white space are compared, since models lay the repetition out as they like.
// Pure functions, thread-safe; texts are UTF-8 with LF line ends.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace espalier {

/// A place in the output where the suffix may begin to be repeated.
struct Echo {
  size_t cut = 0;             ///< bytes of output before it; white space is divided as the suffix has it
  int score = 0;              ///< characters that agree, less what the differences cost; larger = surer
  int exact = 0;              ///< characters that agree before the first difference
  bool whole_suffix = false;  ///< the output repeats all that the suffix has
  bool whole_rest = false;    ///< nothing but the repetition follows in the output
};

/// The text that the output may repeat.
struct EchoSource {
  std::string_view suffix;
  bool from_line_start = false;  ///< only white space stands left of the cursor on its line
};

/// How many characters have to agree before an exact repetition is no accident.
inline constexpr int kCertainEcho = 16;

/// The exact repetition with the most agreeing characters (the earliest of several), if the output agrees
/// with the suffix from there on to the end of one of them. Cheap enough to be asked at every token.
/// score == 0: none.
Echo FindExactEcho(std::string_view output, const EchoSource& source);

/// All places from which the output repeats the suffix, exactly or with changes (a local alignment with
/// affine gaps, Gotoh 1982, that begins in the suffix's first line), best first. At most `limit`.
std::vector<Echo> FindEchoes(std::string_view output, const EchoSource& source, size_t limit);

}  // namespace espalier
