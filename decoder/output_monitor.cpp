#include "decoder/output_monitor.h"

#include <algorithm>

#include "decoder/cuts.h"
#include "decoder/join.h"

namespace espalier {

OutputMonitor::OutputMonitor(const Hole& hole, const JoinChecker& checker, size_t forced_bytes,
                             bool multi_line)
    : hole_(hole), checker_(checker), forced_left_(forced_bytes), multi_line_(multi_line) {}

bool OutputMonitor::Push(std::string_view text) {
  const size_t forced = std::min(forced_left_, text.size());
  forced_left_ -= forced;
  text_ += text.substr(forced);
  if (text_.empty()) return false;
  if (UsableOutput(text_, multi_line_).size() < text_.size()) return true;
  if (IsBlank(hole_.suffix) && LeavesScope(text_, hole_)) return true;
  return EchoEndsOutput(text_, hole_, checker_);
}

}  // namespace espalier
