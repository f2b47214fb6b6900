// How far long work has come, in bytes or in things done: a bar that redraws itself on a terminal, a line
// every tenth elsewhere. Used by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace espalier {

enum class ProgressUnit { kBytes, kCount };

class Progress {
 public:
  /// `stream` gets the display; `terminal` says whether it can redraw a line.
  Progress(std::string label, uint64_t total, std::FILE* stream, bool terminal,
           ProgressUnit unit = ProgressUnit::kBytes);
  /// Ends the bar's line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// So much is done; never goes back on the display.
  void Update(uint64_t done);

 private:
  void DrawBar();
  void PrintTenth();
  uint64_t percent() const;
  std::string Amount(double amount) const;

  const std::string label_;
  const uint64_t total_;
  std::FILE* const stream_;
  const bool terminal_;
  const ProgressUnit unit_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_drawn_;
  uint64_t first_ = 0;  ///< what was there at the first update, for the rate
  uint64_t done_ = 0;
  uint64_t tenths_printed_ = 0;
  bool started_ = false;
};

}  // namespace espalier
