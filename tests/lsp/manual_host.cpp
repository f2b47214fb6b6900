#include "tests/lsp/manual_host.h"

namespace espalier::lsp {

void ManualHost::RunUntilIdle() {
  while (!background.empty() || !posted.empty()) {
    auto& queue = posted.empty() ? background : posted;
    const auto task = std::move(queue.front());
    queue.pop_front();
    task();
  }
}

void ManualHost::FireTimers() {
  for (const auto& task : std::exchange(timers, {})) task();
}

Completion Insertion(const CompletionRequest& request, std::string text) {
  Completion completion;
  completion.reason = CompletionReason::kOk;
  completion.text = std::move(text);
  completion.begin = completion.end = request.cursor;
  return completion;
}

Completion NoAnswer(CompletionReason reason, std::string detail) {
  Completion completion;
  completion.reason = reason;
  completion.detail = std::move(detail);
  return completion;
}

}  // namespace espalier::lsp
