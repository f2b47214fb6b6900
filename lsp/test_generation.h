// Tests for the function at the cursor: the code action that offers them, and the command that writes them
// into a new file beside the document. One command at a time; it can be cancelled, and says how far it is.
//
// Not thread-safe: the message loop's thread owns it. It must outlive the host's workers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/cancellation.h"
#include "lsp/completion_service.h"
#include "lsp/dispatcher.h"
#include "lsp/document.h"
#include "lsp/host.h"

namespace espalier::lsp {

using ActionsReply = Reply<std::vector<GenerateTestsAction>>;

class TestGeneration {
 public:
  TestGeneration(Host& host, Dispatcher& dispatcher) : host_(host), dispatcher_(dispatcher) {}
  TestGeneration(const TestGeneration&) = delete;
  TestGeneration& operator=(const TestGeneration&) = delete;

  void Configure(const ClientCapabilities& client) { client_ = client; }
  void SetService(std::shared_ptr<CompletionService> service) { service_ = std::move(service); }
  void SetUnavailable(std::string why) { unavailable_ = std::move(why); }

  /// One action where the range begins inside of a function with a body, else none.
  void OfferActions(const Document& document, const CodeActionParams& params, ActionsReply reply);
  /// Answers null when the file was handed to the client (workspace/applyEdit), RequestFailed with what is
  /// wrong otherwise.
  void Generate(const Document& document, Position position, Reply<std::nullptr_t> reply);
  /// window/workDoneProgress/cancel
  void CancelProgress(const std::string& token);
  void CancelAll();

 private:
  /// The command that runs.
  struct Job {
    Job(uint64_t number, std::string document_uri, Reply<std::nullptr_t> answer)
        : serial(number), uri(std::move(document_uri)), reply(std::move(answer)) {}
    uint64_t serial;
    std::string uri;
    Reply<std::nullptr_t> reply;
    CancelSource cancel;
    bool progress_shown = false;
    std::string stage;  ///< that was shown last
  };

  std::optional<std::string> WhyNot(const Document& document) const;
  std::string Token() const { return "espalier/tests/" + std::to_string(job_->serial); }
  void Start(const Document& document, uint32_t offset);
  void ShowProgress();
  void ReportStage(uint64_t serial, const std::string& stage);
  void Finish(uint64_t serial, const Result<GeneratedTests>& tests);
  void HandOver(const GeneratedTests& tests);
  void EndProgress(const std::string& message);
  void EndWithError(LspErrorCode code, const std::string& message);

  Host& host_;
  Dispatcher& dispatcher_;
  ClientCapabilities client_;
  std::shared_ptr<CompletionService> service_;
  std::optional<std::string> unavailable_;
  std::optional<Job> job_;
  uint64_t next_serial_ = 1;
};

}  // namespace espalier::lsp
