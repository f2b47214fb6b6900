// How far a long transfer has come: a bar that redraws itself on a terminal, a line every tenth
// elsewhere. Used by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace espalier {

class Progress {
 public:
  /// `stream` gets the display; `terminal` says whether it can redraw a line.
  Progress(std::string label, uint64_t total_bytes, std::FILE* stream, bool terminal);
  /// Ends the bar's line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `bytes` are done; never goes back on the display.
  void Update(uint64_t bytes);

 private:
  void DrawBar();
  void PrintTenth();
  uint64_t percent() const;

  const std::string label_;
  const uint64_t total_bytes_;
  std::FILE* const stream_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_drawn_;
  uint64_t first_bytes_ = 0;  ///< what was there at the first update, for the rate
  uint64_t bytes_ = 0;
  uint64_t tenths_printed_ = 0;
  bool started_ = false;
};

}  // namespace espalier
