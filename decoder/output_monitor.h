// Watches a completion's output as it comes and says when no more of it is needed. Lives on the engine's
// thread while the request runs; the caller reads the text after the request is done.
#pragma once

#include <string>
#include <string_view>

#include "decoder/hole.h"
#include "grammar/syntax.h"

namespace espalier {

class OutputMonitor {
 public:
  /// `hole` and `checker` must outlive the monitor. The first `forced_bytes` of output were asked for.
  OutputMonitor(const Hole& hole, const JoinChecker& checker, size_t forced_bytes, bool multi_line);

  /// Adds output; true when generation may end: the output certainly repeats the suffix by now, goes
  /// round in a loop, left the statement or body at the document's end, or (single line) ended its line.
  bool Push(std::string_view text);

  /// The output behind the forced text.
  const std::string& text() const { return text_; }

 private:
  const Hole& hole_;
  const JoinChecker& checker_;
  size_t forced_left_;
  bool multi_line_;
  std::string text_;
};

}  // namespace espalier
