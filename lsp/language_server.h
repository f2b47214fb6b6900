// The language server: LSP's lifecycle, the open documents, and the model that loads in the
// background. It speaks JSON-RPC through a Dispatcher and touches the world only through its Host, so
// tests run it without a process, a pipe or a clock. The loop's thread calls everything.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lsp/completion_service.h"
#include "lsp/dispatcher.h"
#include "lsp/document.h"
#include "lsp/host.h"
#include "lsp/inline_completions.h"
#include "lsp/test_generation.h"

namespace espalier::lsp {

class LanguageServer {
 public:
  /// Called once, on a worker thread.
  using ServiceLoader = std::function<Result<std::unique_ptr<CompletionService>>()>;

  LanguageServer(Host& host, ServiceLoader loader, InlineSettings settings, std::string version);

  /// A message body from the client.
  void OnMessage(std::string body) { dispatcher_.Receive(std::move(body)); }
  /// Bytes from the client that were no message; `what` is for people.
  void OnProblem(std::string_view what);
  /// The client closed the connection, or is gone.
  void OnClosed();

  /// True once the client said shutdown: then it is fine to exit.
  bool was_shut_down() const { return dispatcher_.phase() == Dispatcher::Phase::kShutDown; }

 private:
  enum class ModelState { kLoading, kReady, kFailed };

  void BindMethods();
  void OnInitialize(const InitializeParams& params, Reply<InitializeResult> reply);
  void OnInitialized(const NoParams&);
  void OnShutdown(const NoParams&, Reply<std::nullptr_t> reply);
  void OnExit(const NoParams&);
  void OnDidOpen(const DidOpenTextDocumentParams& params);
  void OnDidChange(const DidChangeTextDocumentParams& params);
  void OnDidClose(const TextDocumentParams& params);
  void OnInlineCompletion(const InlineCompletionParams& params, InlineReply reply);
  void OnCodeAction(const CodeActionParams& params, ActionsReply reply);
  void OnExecuteCommand(const ExecuteCommandParams& params, Reply<std::nullptr_t> reply);
  void OnProgressCancel(const WorkDoneProgressCancelParams& params);
  void OnReason(const TextDocumentParams& params, Reply<std::optional<ReasonResult>> reply);

  void ApplyOptions(const InitializationOptions& options);
  void LoadModel();
  void ModelLoaded(Result<std::shared_ptr<CompletionService>> service);
  void ShowProgress();
  void EndProgress();
  void SendStatus();
  void DropDocument(const std::string& uri, const std::string& why);
  void ReportCompletion(const std::string& uri, const ReasonResult& result);
  void Log(MessageType type, std::string message);

  Host& host_;
  ServiceLoader loader_;
  InlineSettings settings_;
  std::string version_;
  Dispatcher dispatcher_;
  InlineCompletions completions_;
  TestGeneration tests_;

  ClientCapabilities client_;
  bool send_status_ = false;
  ModelState model_state_ = ModelState::kLoading;
  std::string model_message_;  ///< what is loaded, or why nothing is
  bool progress_shown_ = false;

  std::unordered_map<std::string, Document> documents_;    ///< by URI
  std::unordered_map<std::string, ReasonResult> reasons_;  ///< of the last request, by URI
};

}  // namespace espalier::lsp
