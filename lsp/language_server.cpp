#include "lsp/language_server.h"

#include <utility>

namespace espalier::lsp {
namespace {

constexpr const char* kProgressToken = "espalier/load";
constexpr const char* kReasonOk = "ok";

Json ProgressValue(std::string_view kind, const char* text_member, std::string text) {
  const Json value = {{"kind", kind}, {text_member, std::move(text)}};
  return {{"token", kProgressToken}, {"value", value}};
}

std::string UnknownOptionsMessage(const std::vector<std::string>& unknown) {
  std::string message = "unknown initializationOptions were ignored:";
  for (const std::string& name : unknown) message += " " + name;
  return message;
}

}  // namespace

LanguageServer::LanguageServer(Host& host, ServiceLoader loader, InlineSettings settings, std::string version)
    : host_(host),
      loader_(std::move(loader)),
      settings_(std::move(settings)),
      version_(std::move(version)),
      dispatcher_([this](std::string body) { host_.Send(std::move(body)); },
                  [this](std::string_view line) { Log(MessageType::kWarning, std::string(line)); }),
      completions_(host, [this](const std::string& uri,
                                const ReasonResult& result) { ReportCompletion(uri, result); }),
      tests_(host, dispatcher_) {
  BindMethods();
}

void LanguageServer::BindMethods() {
  dispatcher_.BindRequest("initialize", this, &LanguageServer::OnInitialize);
  dispatcher_.BindNotification("initialized", this, &LanguageServer::OnInitialized);
  dispatcher_.BindRequest("shutdown", this, &LanguageServer::OnShutdown);
  dispatcher_.BindNotification("exit", this, &LanguageServer::OnExit);
  dispatcher_.BindNotification("textDocument/didOpen", this, &LanguageServer::OnDidOpen);
  dispatcher_.BindNotification("textDocument/didChange", this, &LanguageServer::OnDidChange);
  dispatcher_.BindNotification("textDocument/didClose", this, &LanguageServer::OnDidClose);
  dispatcher_.BindRequest("textDocument/inlineCompletion", this, &LanguageServer::OnInlineCompletion);
  dispatcher_.BindRequest("textDocument/codeAction", this, &LanguageServer::OnCodeAction);
  dispatcher_.BindRequest("workspace/executeCommand", this, &LanguageServer::OnExecuteCommand);
  dispatcher_.BindNotification("window/workDoneProgress/cancel", this, &LanguageServer::OnProgressCancel);
  dispatcher_.BindRequest("espalier/reason", this, &LanguageServer::OnReason);
}

// --- Lifecycle ---------------------------------------------------------------------------------------

void LanguageServer::OnInitialize(const InitializeParams& params, Reply<InitializeResult> reply) {
  client_ = params.capabilities;
  tests_.Configure(client_);
  ApplyOptions(params.options);
  dispatcher_.set_phase(Dispatcher::Phase::kRunning);
  reply({client_.position_encoding, version_});
  if (!params.options.unknown.empty()) {
    Log(MessageType::kWarning, UnknownOptionsMessage(params.options.unknown));
  }
  if (params.process_id) host_.WatchProcess(*params.process_id);
  LoadModel();
}

void LanguageServer::ApplyOptions(const InitializationOptions& options) {
  CompletionOptions& completion = settings_.completion;
  completion.max_tokens = options.max_tokens.value_or(completion.max_tokens);
  completion.multi_line = options.multi_line.value_or(completion.multi_line);
  completion.in_comments = options.in_comments.value_or(completion.in_comments);
  completion.in_strings = options.in_strings.value_or(completion.in_strings);
  send_status_ = options.status;
  completions_.Configure(settings_);
}

void LanguageServer::OnInitialized(const NoParams&) {
  SendStatus();
  if (model_state_ == ModelState::kLoading && client_.work_done_progress) ShowProgress();
}

void LanguageServer::OnShutdown(const NoParams&, Reply<std::nullptr_t> reply) {
  completions_.CancelAll();
  tests_.CancelAll();
  reply(nullptr);
  dispatcher_.set_phase(Dispatcher::Phase::kShutDown);
}

void LanguageServer::OnExit(const NoParams&) { OnClosed(); }

void LanguageServer::OnClosed() {
  completions_.CancelAll();
  tests_.CancelAll();
  host_.Exit();
}

void LanguageServer::OnProblem(std::string_view what) { Log(MessageType::kWarning, std::string(what)); }

// --- The model ---------------------------------------------------------------------------------------

void LanguageServer::LoadModel() {
  host_.RunInBackground([this] {
    auto loaded = loader_();
    Result<std::shared_ptr<CompletionService>> service =
        loaded ? Result<std::shared_ptr<CompletionService>>(std::move(*loaded)) : Fail(loaded.error());
    host_.Post([this, service = std::move(service)] { ModelLoaded(service); });
  });
}

void LanguageServer::ModelLoaded(Result<std::shared_ptr<CompletionService>> service) {
  model_state_ = service ? ModelState::kReady : ModelState::kFailed;
  model_message_ = service ? (*service)->Description() : service.error().message;
  if (was_shut_down()) return;
  EndProgress();
  SendStatus();
  if (service) {
    Log(MessageType::kInfo, "ready: " + model_message_);
    tests_.SetService(*service);
    return completions_.SetService(std::move(*service));
  }
  const MessageParams message{MessageType::kError, "Espalier cannot complete: " + model_message_};
  dispatcher_.Notify("window/showMessage", ToJson(message));
  completions_.SetUnavailable(model_message_);
  tests_.SetUnavailable(model_message_);
}

void LanguageServer::ShowProgress() {
  dispatcher_.Call("window/workDoneProgress/create", {{"token", kProgressToken}}, [this](bool created) {
    if (!created || model_state_ != ModelState::kLoading || was_shut_down()) return;
    progress_shown_ = true;
    dispatcher_.Notify("$/progress", ProgressValue("begin", "title", "Loading the code model"));
  });
}

void LanguageServer::EndProgress() {
  if (!std::exchange(progress_shown_, false)) return;
  dispatcher_.Notify("$/progress", ProgressValue("end", "message", model_message_));
}

void LanguageServer::SendStatus() {
  if (!send_status_) return;
  StatusParams status{"loading", model_message_};
  if (model_state_ == ModelState::kReady) status.state = "ready";
  if (model_state_ == ModelState::kFailed) status.state = "error";
  dispatcher_.Notify("espalier/status", ToJson(status));
}

// --- Documents ---------------------------------------------------------------------------------------

void LanguageServer::OnDidOpen(const DidOpenTextDocumentParams& params) {
  const std::string uri = params.text_document.uri;
  auto document = Document::Open(params.text_document);
  if (!document) return DropDocument(uri, document.error().message);
  completions_.DocumentClosed(uri);
  documents_.insert_or_assign(uri, std::move(*document));
}

void LanguageServer::OnDidChange(const DidChangeTextDocumentParams& params) {
  const auto found = documents_.find(params.uri);
  if (found == documents_.end()) {
    return Log(MessageType::kWarning, "a change to a document that is not open was ignored: " + params.uri);
  }
  Document& document = found->second;
  for (const TextDocumentContentChangeEvent& change : params.content_changes) {
    const Status applied = document.Apply(change, client_.position_encoding);
    if (!applied) return DropDocument(params.uri, applied.error().message);
  }
  document.set_version(params.version.value_or(document.version() + 1));
  completions_.DocumentChanged(document);
}

void LanguageServer::OnDidClose(const TextDocumentParams& params) {
  completions_.DocumentClosed(params.uri);
  documents_.erase(params.uri);
  reasons_.erase(params.uri);
}

void LanguageServer::DropDocument(const std::string& uri, const std::string& why) {
  Log(MessageType::kWarning, uri + " is not followed any more: " + why);
  OnDidClose({uri});
}

// --- Completion --------------------------------------------------------------------------------------

void LanguageServer::OnInlineCompletion(const InlineCompletionParams& params, InlineReply reply) {
  const auto document = documents_.find(params.uri);
  if (document == documents_.end()) {
    ReasonResult result;
    result.reason = "not-open";
    result.detail = "the document is not open";
    ReportCompletion(params.uri, result);
    return reply({});
  }
  completions_.Request(document->second, params, client_.position_encoding, std::move(reply));
}

void LanguageServer::ReportCompletion(const std::string& uri, const ReasonResult& result) {
  if (documents_.contains(uri)) reasons_[uri] = result;
  if (result.reason == kReasonOk) return;
  const std::string detail = result.detail.empty() ? "" : " (" + result.detail + ")";
  Log(MessageType::kDebug,
      "no completion: " + result.reason + detail + ", " + uri + " version " + std::to_string(result.version));
}

// --- Tests -------------------------------------------------------------------------------------------

void LanguageServer::OnCodeAction(const CodeActionParams& params, ActionsReply reply) {
  const auto document = documents_.find(params.uri);
  if (document == documents_.end()) return reply({});
  tests_.OfferActions(document->second, params, std::move(reply));
}

void LanguageServer::OnExecuteCommand(const ExecuteCommandParams& params, Reply<std::nullptr_t> reply) {
  if (params.command != kGenerateTestsCommand) {
    return reply.Error(LspErrorCode::kInvalidParams, "params.command: there is no '" + params.command + "'");
  }
  if (params.arguments.empty()) {
    return reply.Error(LspErrorCode::kInvalidParams, "params.arguments: expected {uri, position}");
  }
  const auto document = documents_.find(params.arguments.front().uri);
  if (document == documents_.end()) {
    return reply.Error(LspErrorCode::kRequestFailed, "the document is not open");
  }
  tests_.Generate(document->second, params.arguments.front().position, std::move(reply));
}

void LanguageServer::OnProgressCancel(const WorkDoneProgressCancelParams& params) {
  tests_.CancelProgress(params.token);
}

void LanguageServer::OnReason(const TextDocumentParams& params, Reply<std::optional<ReasonResult>> reply) {
  const auto found = reasons_.find(params.uri);
  reply(found == reasons_.end() ? std::nullopt : std::optional(found->second));
}

void LanguageServer::Log(MessageType type, std::string message) {
  // Before the answer to initialize only the process's own log may be written to.
  if (dispatcher_.phase() != Dispatcher::Phase::kRunning) return host_.Log(message);
  dispatcher_.Notify("window/logMessage", ToJson(MessageParams{type, std::move(message)}));
}

}  // namespace espalier::lsp
