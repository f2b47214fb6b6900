// The part of LSP 3.18 that the server speaks, as plain structs: names and fields are the
// specification's own. Decode() reads what clients send and ignores unknown members; ToJson() writes
// what the server sends. Two messages are our own, documented in docs/lsp.md: the request
// espalier/reason and the notification espalier/status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/json.h"
#include "lsp/position.h"

namespace espalier::lsp {

/// Error codes of JSON-RPC and LSP.
enum class LspErrorCode : int {
  kParseError = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kInternalError = -32603,
  kServerNotInitialized = -32002,
  kContentModified = -32801,
  kRequestCancelled = -32800,
  kRequestFailed = -32803,
};

struct LspError {
  LspErrorCode code = LspErrorCode::kInternalError;
  std::string message;
};

/// Params that are absent or of no interest.
struct NoParams {};

/// "utf-8", "utf-16", "utf-32".
std::string_view PositionEncodingName(PositionEncoding encoding);

/// The part of the client's capabilities that changes what we do.
struct ClientCapabilities {
  PositionEncoding position_encoding = PositionEncoding::kUtf16;  ///< the first we know of those offered
  bool work_done_progress = false;                                ///< window.workDoneProgress
  bool creates_files = false;  ///< workspace.applyEdit, with edits that create files
};

/// initializationOptions: what a user may set from the editor. Absent members keep the server's own.
struct InitializationOptions {
  std::optional<uint32_t> max_tokens;
  std::optional<bool> multi_line;
  std::optional<bool> in_comments;
  std::optional<bool> in_strings;
  bool status = false;  ///< send espalier/status
  std::vector<std::string> unknown;
};

struct InitializeParams {
  std::optional<int32_t> process_id;  ///< of the editor
  std::string client_name;
  ClientCapabilities capabilities;
  InitializationOptions options;
};

struct InitializeResult {
  PositionEncoding position_encoding = PositionEncoding::kUtf16;
  std::string server_version;
};

struct TextDocumentItem {
  std::string uri;
  std::string language_id;
  int32_t version = 0;
  std::string text;
};

struct DidOpenTextDocumentParams {
  TextDocumentItem text_document;
};

/// With `range` a replacement, without it the whole new text.
struct TextDocumentContentChangeEvent {
  std::optional<Range> range;
  std::string text;
};

struct DidChangeTextDocumentParams {
  std::string uri;
  std::optional<int32_t> version;
  std::vector<TextDocumentContentChangeEvent> content_changes;
};

/// The params of didClose, didSave and espalier/reason.
struct TextDocumentParams {
  std::string uri;
};

enum class InlineCompletionTriggerKind { kInvoked = 1, kAutomatic = 2 };

/// The item selected in the editor's popup menu: accepting it puts `text` in place of `range`.
struct SelectedCompletionInfo {
  Range range;
  std::string text;
};

struct InlineCompletionParams {
  std::string uri;
  Position position;
  InlineCompletionTriggerKind trigger_kind = InlineCompletionTriggerKind::kAutomatic;
  std::optional<SelectedCompletionInfo> selected_completion_info;
};

struct InlineCompletionItem {
  std::string insert_text;
  std::optional<std::string> filter_text;
  Range range;  ///< on one line; always sent, since clients fail without it
};

struct InlineCompletionList {
  std::vector<InlineCompletionItem> items;
};

struct CodeActionParams {
  std::string uri;
  Range range;
  std::optional<std::vector<std::string>> only;  ///< kinds that are asked for
};

/// What our command wants to know: a place inside of the function.
struct GenerateTestsArguments {
  std::string uri;
  Position position;
};

struct ExecuteCommandParams {
  std::string command;
  std::vector<GenerateTestsArguments> arguments;
};

/// The one action that there is: to write tests for a function.
struct GenerateTestsAction {
  std::string function;
  GenerateTestsArguments arguments;
};

/// Names of our code action's kind and of its command.
inline constexpr const char* kGenerateTestsKind = "source.generateTests";
inline constexpr const char* kGenerateTestsCommand = "espalier.generateTests";

/// Params of workspace/applyEdit: a new file with its text.
struct NewFileEdit {
  std::string label;
  std::string uri;
  std::string text;
};

struct WorkDoneProgressCancelParams {
  std::string token;  ///< empty: one that is no string, and so none of ours
};

enum class MessageType { kError = 1, kWarning = 2, kInfo = 3, kLog = 4, kDebug = 5 };

/// Params of window/logMessage and window/showMessage.
struct MessageParams {
  MessageType type = MessageType::kLog;
  std::string message;
};

/// What became of the last inline completion of a document (espalier/reason).
struct ReasonResult {
  std::string reason;   ///< "ok", or why there was nothing to show
  std::string detail;   ///< one sentence for people
  int32_t version = 0;  ///< of the document that was asked about
  double total_ms = 0;
  uint32_t prompt_tokens = 0, cached_tokens = 0, generated_tokens = 0;
};

/// espalier/status: the model's state.
struct StatusParams {
  std::string_view state;  ///< "loading", "ready", "error"
  std::string message;
};

bool Decode(const JsonCursor& cursor, NoParams& out);
bool Decode(const JsonCursor& cursor, Position& out);
bool Decode(const JsonCursor& cursor, Range& out);
bool Decode(const JsonCursor& cursor, ClientCapabilities& out);
bool Decode(const JsonCursor& cursor, InitializationOptions& out);
bool Decode(const JsonCursor& cursor, InitializeParams& out);
bool Decode(const JsonCursor& cursor, TextDocumentItem& out);
bool Decode(const JsonCursor& cursor, DidOpenTextDocumentParams& out);
bool Decode(const JsonCursor& cursor, TextDocumentContentChangeEvent& out);
bool Decode(const JsonCursor& cursor, DidChangeTextDocumentParams& out);
bool Decode(const JsonCursor& cursor, TextDocumentParams& out);
bool Decode(const JsonCursor& cursor, InlineCompletionTriggerKind& out);
bool Decode(const JsonCursor& cursor, SelectedCompletionInfo& out);
bool Decode(const JsonCursor& cursor, InlineCompletionParams& out);
bool Decode(const JsonCursor& cursor, CodeActionParams& out);
bool Decode(const JsonCursor& cursor, GenerateTestsArguments& out);
bool Decode(const JsonCursor& cursor, ExecuteCommandParams& out);
bool Decode(const JsonCursor& cursor, WorkDoneProgressCancelParams& out);

Json ToJson(std::nullptr_t);
Json ToJson(const Position& position);
Json ToJson(const Range& range);
Json ToJson(const InitializeResult& result);
Json ToJson(const InlineCompletionItem& item);
Json ToJson(const InlineCompletionList& list);
Json ToJson(const GenerateTestsArguments& arguments);
Json ToJson(const std::vector<GenerateTestsAction>& actions);
Json ToJson(const NewFileEdit& edit);
Json ToJson(const MessageParams& params);
Json ToJson(const ReasonResult& result);
Json ToJson(const StatusParams& params);
Json ToJson(const LspError& error);
template <typename T>
Json ToJson(const std::optional<T>& value) {
  return value ? ToJson(*value) : Json();
}

}  // namespace espalier::lsp
