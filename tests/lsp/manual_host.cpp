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

Result<GeneratedTests> ScriptedService::WriteTestsFor(const TestRequest& request,
                                                      const TestObserver& observer,
                                                      const CancelToken& cancel) {
  ESPALIER_RETURN_IF_ERROR(cancel.Check());
  if (request.function.name == "hopeless") return Fail(ErrorCode::kNotFound, "no case holds");
  observer("running tests", 1, 2);
  GeneratedTests tests;
  tests.report.suite = {request.language, request.file, request.source, request.function, {}};
  TestCase test;
  test.name = test.call = request.function.name + "(1)";
  test.expected = "1";
  tests.report.suite.cases = {test};
  tests.report.kept = {{}};
  tests.file.tests = RenderTests(tests.report.suite);
  tests.file.not_run = "not run";
  return tests;
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
