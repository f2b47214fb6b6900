#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cli/output.h"

namespace espalier {
namespace {

constexpr auto kRedrawInterval = std::chrono::milliseconds(100);
constexpr uint64_t kBarCells = 30;

}  // namespace

Progress::Progress(std::string label, uint64_t total, std::FILE* stream, bool terminal, ProgressUnit unit)
    : label_(std::move(label)),
      total_(std::max<uint64_t>(1, total)),
      stream_(stream),
      terminal_(terminal),
      unit_(unit),
      start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  if (!terminal_ || !started_) return;
  DrawBar();
  fmt::print(stream_, "\n");
}

uint64_t Progress::percent() const { return 100 * done_ / total_; }

std::string Progress::Amount(double amount) const {
  if (unit_ == ProgressUnit::kBytes) return HumanBytes(amount);
  return fmt::format("{:.{}f}", amount, amount == std::floor(amount) ? 0 : 2);
}

void Progress::Update(uint64_t done) {
  if (!started_) {
    started_ = true;
    first_ = done;
    tenths_printed_ = 10 * std::min(done, total_) / total_;
  }
  done_ = std::min(std::max(done_, done), total_);
  if (!terminal_) return PrintTenth();
  const auto now = std::chrono::steady_clock::now();
  if (now - last_drawn_ < kRedrawInterval) return;
  last_drawn_ = now;
  DrawBar();
}

void Progress::DrawBar() {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_ - std::min(first_, done_)) / seconds : 0;
  const uint64_t cells = kBarCells * done_ / total_;
  const double left = rate > 0 ? static_cast<double>(total_ - done_) / rate : 0;
  fmt::print(stream_, "\r\033[K{} [{:#<{}}{:.<{}}] {:>3} %  {} of {}  {}/s  {:.0f} s left", label_, "", cells,
             "", kBarCells - cells, percent(), Amount(static_cast<double>(done_)),
             Amount(static_cast<double>(total_)), Amount(rate), left);
  std::fflush(stream_);
}

void Progress::PrintTenth() {
  const uint64_t tenths = 10 * done_ / total_;
  if (tenths <= tenths_printed_) return;
  tenths_printed_ = tenths;
  fmt::print(stream_, "{}: {} of {} ({} %)\n", label_, Amount(static_cast<double>(done_)),
             Amount(static_cast<double>(total_)), percent());
  std::fflush(stream_);
}

}  // namespace espalier
