// Code out of a chat answer: the text between the first ``` line and the next, as it streams.
#pragma once

#include <string>
#include <string_view>

namespace espalier {

/// Feed it pieces of the answer; it gives back the code that is certain so far. Text before the first
/// fence and after the second is dropped. Not thread-safe.
class FenceFilter {
 public:
  /// Code that became certain with this piece; may be empty.
  std::string Push(std::string_view piece);
  /// What is left when the answer has ended; an answer without any fence is code as a whole.
  std::string Finish();
  /// The closing fence has been seen: nothing more will come.
  bool done() const { return state_ == State::kAfter; }

 private:
  enum class State { kBefore, kInside, kAfter };
  bool TakeLine(std::string& code);
  void TakePartOfLine(std::string& code);

  State state_ = State::kBefore;
  std::string pending_;    ///< the unfinished line, as far as it was not given out
  std::string before_;     ///< whole lines before the first fence
  bool mid_line_ = false;  ///< the beginning of the unfinished line was given out: it is no fence
};

}  // namespace espalier
