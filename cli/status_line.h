// What is going on, as a line on standard error that is written over.
#pragma once

#include <cstdio>
#include <string>

namespace espalier {

/// Used by one thread at a time.
class StatusLine {
 public:
  /// `shown`: whether there is a terminal that can redraw a line.
  explicit StatusLine(bool shown) : shown_(shown) {}
  /// Leaves the line empty.
  ~StatusLine() { Show(""); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  void Show(const std::string& text) {
    if (!shown_ || text == last_) return;
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
    last_ = text;
  }

 private:
  const bool shown_;
  std::string last_;
};

}  // namespace espalier
