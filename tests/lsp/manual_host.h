// A language server without a process: a host whose loop, workers and timers the test drives by hand,
// and a completion service that says what it is told.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lsp/completion_service.h"
#include "lsp/host.h"

namespace espalier::lsp {

/// Runs nothing by itself.
class ManualHost : public Host {
 public:
  void Send(std::string body) override { sent.push_back(std::move(body)); }
  void Post(std::function<void()> task) override { posted.push_back(std::move(task)); }
  void RunInBackground(std::function<void()> work) override { background.push_back(std::move(work)); }
  void RunAfter(std::chrono::milliseconds, std::function<void()> task) override {
    timers.push_back(std::move(task));
  }
  void WatchProcess(int32_t pid) override { watched = pid; }
  void Exit() override { exited = true; }
  void Log(std::string_view line) override { log.emplace_back(line); }

  /// Does background work and what it posts until nothing is left; timers stay.
  void RunUntilIdle();
  /// Lets all timers that are set now expire.
  void FireTimers();

  std::deque<std::string> sent;
  std::deque<std::function<void()>> posted, background;
  std::vector<std::function<void()>> timers;
  std::vector<std::string> log;
  std::optional<int32_t> watched;
  bool exited = false;
};

/// Answers with what the script returns; writes one test for any function.
class ScriptedService : public CompletionService {
 public:
  using Script = std::function<Completion(const CompletionRequest&)>;
  explicit ScriptedService(Script script) : script_(std::move(script)) {}
  Completion Complete(const CompletionRequest& request) override { return script_(request); }
  Result<GeneratedTests> WriteTestsFor(const TestRequest& request, const TestObserver& observer,
                                       const CancelToken& cancel) override;
  std::string Description() const override { return "a scripted model"; }

 private:
  Script script_;
};

/// `text` at the cursor, in place of nothing.
Completion Insertion(const CompletionRequest& request, std::string text);
Completion NoAnswer(CompletionReason reason, std::string detail = "");

}  // namespace espalier::lsp
