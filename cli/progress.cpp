#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/output.h"

namespace espalier {
namespace {

constexpr auto kRedrawInterval = std::chrono::milliseconds(100);
constexpr uint64_t kBarCells = 30;

}  // namespace

Progress::Progress(std::string label, uint64_t total_bytes, std::FILE* stream, bool terminal)
    : label_(std::move(label)),
      total_bytes_(std::max<uint64_t>(1, total_bytes)),
      stream_(stream),
      terminal_(terminal),
      start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  if (!terminal_ || !started_) return;
  DrawBar();
  fmt::print(stream_, "\n");
}

uint64_t Progress::percent() const { return 100 * bytes_ / total_bytes_; }

void Progress::Update(uint64_t bytes) {
  if (!started_) {
    started_ = true;
    first_bytes_ = bytes;
    tenths_printed_ = 10 * std::min(bytes, total_bytes_) / total_bytes_;
  }
  bytes_ = std::min(std::max(bytes_, bytes), total_bytes_);
  if (!terminal_) return PrintTenth();
  const auto now = std::chrono::steady_clock::now();
  if (now - last_drawn_ < kRedrawInterval) return;
  last_drawn_ = now;
  DrawBar();
}

void Progress::DrawBar() {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate =
      seconds > 0 ? static_cast<double>(bytes_ - std::min(first_bytes_, bytes_)) / seconds : 0;
  const uint64_t cells = kBarCells * bytes_ / total_bytes_;
  const double left = rate > 0 ? static_cast<double>(total_bytes_ - bytes_) / rate : 0;
  fmt::print(stream_, "\r\033[K{} [{:#<{}}{:.<{}}] {:>3} %  {} of {}  {}/s  {:.0f} s left", label_, "", cells,
             "", kBarCells - cells, percent(), HumanBytes(static_cast<double>(bytes_)),
             HumanBytes(static_cast<double>(total_bytes_)), HumanBytes(rate), left);
  std::fflush(stream_);
}

void Progress::PrintTenth() {
  const uint64_t tenths = 10 * bytes_ / total_bytes_;
  if (tenths <= tenths_printed_) return;
  tenths_printed_ = tenths;
  fmt::print(stream_, "{}: {} of {} ({} %)\n", label_, HumanBytes(static_cast<double>(bytes_)),
             HumanBytes(static_cast<double>(total_bytes_)), percent());
  std::fflush(stream_);
}

}  // namespace espalier
