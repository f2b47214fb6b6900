#include "lsp/protocol.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace espalier::lsp {
namespace {

constexpr std::array<std::string_view, 5> kOptionNames = {"maxTokens", "multiLine", "inComments", "inStrings",
                                                          "status"};

std::optional<PositionEncoding> PositionEncodingOf(std::string_view name) {
  for (auto encoding : {PositionEncoding::kUtf8, PositionEncoding::kUtf16, PositionEncoding::kUtf32}) {
    if (PositionEncodingName(encoding) == name) return encoding;
  }
  return std::nullopt;
}

struct GeneralCapabilities {
  std::vector<std::string> position_encodings;
};

bool Decode(const JsonCursor& cursor, GeneralCapabilities& out) {
  return cursor.Optional("positionEncodings", out.position_encodings);
}

struct WindowCapabilities {
  bool work_done_progress = false;
};

bool Decode(const JsonCursor& cursor, WindowCapabilities& out) {
  return cursor.Optional("workDoneProgress", out.work_done_progress);
}

// Clients that create files know documentChanges, whether they say so (as Neovim does not) or not.
struct WorkspaceEditCapabilities {
  std::vector<std::string> resource_operations;
};

bool Decode(const JsonCursor& cursor, WorkspaceEditCapabilities& out) {
  return cursor.Optional("resourceOperations", out.resource_operations);
}

struct WorkspaceCapabilities {
  bool apply_edit = false;
  WorkspaceEditCapabilities edit;
};

bool Decode(const JsonCursor& cursor, WorkspaceCapabilities& out) {
  return cursor.Optional("applyEdit", out.apply_edit) && cursor.Optional("workspaceEdit", out.edit);
}

struct CodeActionContext {
  std::optional<std::vector<std::string>> only;
};

bool Decode(const JsonCursor& cursor, CodeActionContext& out) { return cursor.Optional("only", out.only); }

struct ClientInfo {
  std::string name;
};

bool Decode(const JsonCursor& cursor, ClientInfo& out) { return cursor.Optional("name", out.name); }

struct TextDocumentIdentifier {
  std::string uri;
  std::optional<int32_t> version;
};

bool Decode(const JsonCursor& cursor, TextDocumentIdentifier& out) {
  return cursor.Required("uri", out.uri) && cursor.Optional("version", out.version);
}

struct InlineCompletionContext {
  InlineCompletionTriggerKind trigger_kind = InlineCompletionTriggerKind::kAutomatic;
  std::optional<SelectedCompletionInfo> selected_completion_info;
};

bool Decode(const JsonCursor& cursor, InlineCompletionContext& out) {
  return cursor.Required("triggerKind", out.trigger_kind) &&
         cursor.Optional("selectedCompletionInfo", out.selected_completion_info);
}

}  // namespace

std::string_view PositionEncodingName(PositionEncoding encoding) {
  switch (encoding) {
    case PositionEncoding::kUtf8:
      return "utf-8";
    case PositionEncoding::kUtf16:
      return "utf-16";
    case PositionEncoding::kUtf32:
      return "utf-32";
  }
  return "utf-16";
}

bool Decode(const JsonCursor&, NoParams&) { return true; }

bool Decode(const JsonCursor& cursor, Position& out) {
  return cursor.Required("line", out.line) && cursor.Required("character", out.character);
}

bool Decode(const JsonCursor& cursor, Range& out) {
  return cursor.Required("start", out.start) && cursor.Required("end", out.end);
}

bool Decode(const JsonCursor& cursor, ClientCapabilities& out) {
  GeneralCapabilities general;
  WindowCapabilities window;
  WorkspaceCapabilities workspace;
  if (!cursor.Optional("general", general) || !cursor.Optional("window", window) ||
      !cursor.Optional("workspace", workspace)) {
    return false;
  }
  out.work_done_progress = window.work_done_progress;
  out.creates_files =
      workspace.apply_edit && std::ranges::count(workspace.edit.resource_operations, "create") > 0;
  for (const std::string& name : general.position_encodings) {
    if (const auto encoding = PositionEncodingOf(name)) {
      out.position_encoding = *encoding;
      break;
    }
  }
  return true;
}

bool Decode(const JsonCursor& cursor, InitializationOptions& out) {
  // Clients without options send what their language makes of an empty table.
  if (cursor.value().is_array() && cursor.value().empty()) return true;
  const bool ok = cursor.Optional("maxTokens", out.max_tokens) &&
                  cursor.Optional("multiLine", out.multi_line) &&
                  cursor.Optional("inComments", out.in_comments) &&
                  cursor.Optional("inStrings", out.in_strings) && cursor.Optional("status", out.status);
  if (!ok) return false;
  for (const auto& [key, value] : cursor.value().items()) {
    if (std::ranges::find(kOptionNames, key) == kOptionNames.end()) out.unknown.push_back(key);
  }
  return true;
}

bool Decode(const JsonCursor& cursor, InitializeParams& out) {
  ClientInfo client;
  const bool ok = cursor.Optional("processId", out.process_id) && cursor.Optional("clientInfo", client) &&
                  cursor.Optional("capabilities", out.capabilities) &&
                  cursor.Optional("initializationOptions", out.options);
  out.client_name = std::move(client.name);
  return ok;
}

bool Decode(const JsonCursor& cursor, TextDocumentItem& out) {
  return cursor.Required("uri", out.uri) && cursor.Optional("languageId", out.language_id) &&
         cursor.Optional("version", out.version) && cursor.Required("text", out.text);
}

bool Decode(const JsonCursor& cursor, DidOpenTextDocumentParams& out) {
  return cursor.Required("textDocument", out.text_document);
}

bool Decode(const JsonCursor& cursor, TextDocumentContentChangeEvent& out) {
  return cursor.Optional("range", out.range) && cursor.Required("text", out.text);
}

bool Decode(const JsonCursor& cursor, DidChangeTextDocumentParams& out) {
  TextDocumentIdentifier document;
  if (!cursor.Required("textDocument", document)) return false;
  out.uri = std::move(document.uri);
  out.version = document.version;
  return cursor.Required("contentChanges", out.content_changes);
}

bool Decode(const JsonCursor& cursor, TextDocumentParams& out) {
  TextDocumentIdentifier document;
  if (!cursor.Required("textDocument", document)) return false;
  out.uri = std::move(document.uri);
  return true;
}

bool Decode(const JsonCursor& cursor, InlineCompletionTriggerKind& out) {
  uint32_t kind = 0;
  if (!Decode(cursor, kind)) return false;
  if (kind != 1 && kind != 2) return cursor.Fail("1 (Invoked) or 2 (Automatic)");
  out = static_cast<InlineCompletionTriggerKind>(kind);
  return true;
}

bool Decode(const JsonCursor& cursor, SelectedCompletionInfo& out) {
  return cursor.Required("range", out.range) && cursor.Required("text", out.text);
}

bool Decode(const JsonCursor& cursor, InlineCompletionParams& out) {
  TextDocumentIdentifier document;
  InlineCompletionContext context;
  if (!cursor.Required("textDocument", document) || !cursor.Required("position", out.position) ||
      !cursor.Required("context", context)) {
    return false;
  }
  out.uri = std::move(document.uri);
  out.trigger_kind = context.trigger_kind;
  out.selected_completion_info = std::move(context.selected_completion_info);
  return true;
}

bool Decode(const JsonCursor& cursor, CodeActionParams& out) {
  TextDocumentIdentifier document;
  CodeActionContext context;
  if (!cursor.Required("textDocument", document) || !cursor.Required("range", out.range) ||
      !cursor.Required("context", context)) {
    return false;
  }
  out.uri = std::move(document.uri);
  out.only = std::move(context.only);
  return true;
}

bool Decode(const JsonCursor& cursor, GenerateTestsArguments& out) {
  return cursor.Required("uri", out.uri) && cursor.Required("position", out.position);
}

bool Decode(const JsonCursor& cursor, ExecuteCommandParams& out) {
  if (!cursor.Required("command", out.command)) return false;
  // Others' commands have arguments of their own.
  return out.command != kGenerateTestsCommand || cursor.Required("arguments", out.arguments);
}

bool Decode(const JsonCursor& cursor, WorkDoneProgressCancelParams& out) {
  const Json& params = cursor.value();
  if (params.is_object() && params.contains("token") && params["token"].is_string()) {
    out.token = params["token"].get<std::string>();
  }
  return true;
}

Json ToJson(std::nullptr_t) { return Json(); }

Json ToJson(const Position& position) { return {{"line", position.line}, {"character", position.character}}; }

Json ToJson(const Range& range) { return {{"start", ToJson(range.start)}, {"end", ToJson(range.end)}}; }

Json ToJson(const InitializeResult& result) {
  constexpr int kIncremental = 2;  // TextDocumentSyncKind.Incremental
  const Json sync = {{"openClose", true}, {"change", kIncremental}, {"save", {{"includeText", false}}}};
  const Json capabilities = {{"positionEncoding", PositionEncodingName(result.position_encoding)},
                             {"textDocumentSync", sync},
                             {"inlineCompletionProvider", true},
                             {"codeActionProvider", {{"codeActionKinds", {kGenerateTestsKind}}}},
                             {"executeCommandProvider", {{"commands", {kGenerateTestsCommand}}}},
                             {"experimental", {{"espalier", {{"reason", true}, {"status", true}}}}}};
  return {{"capabilities", capabilities},
          {"serverInfo", {{"name", "espalier"}, {"version", result.server_version}}}};
}

Json ToJson(const InlineCompletionItem& item) {
  Json json = {{"insertText", item.insert_text}, {"range", ToJson(item.range)}};
  if (item.filter_text) json["filterText"] = *item.filter_text;
  return json;
}

Json ToJson(const InlineCompletionList& list) {
  Json items = Json::array();
  for (const InlineCompletionItem& item : list.items) items.push_back(ToJson(item));
  return {{"items", std::move(items)}};
}

Json ToJson(const GenerateTestsArguments& arguments) {
  return {{"uri", arguments.uri}, {"position", ToJson(arguments.position)}};
}

Json ToJson(const std::vector<GenerateTestsAction>& actions) {
  Json list = Json::array();
  for (const GenerateTestsAction& action : actions) {
    const std::string title = "Generate tests for " + action.function;
    const Json command = {{"title", title},
                          {"command", kGenerateTestsCommand},
                          {"arguments", Json::array({ToJson(action.arguments)})}};
    list.push_back({{"title", title}, {"kind", kGenerateTestsKind}, {"command", command}});
  }
  return list;
}

Json ToJson(const NewFileEdit& edit) {
  const Json create = {{"kind", "create"}, {"uri", edit.uri}};
  const Json insert = {{"range", ToJson(Range{})}, {"newText", edit.text}};
  const Json change = {{"textDocument", {{"uri", edit.uri}, {"version", nullptr}}},
                       {"edits", Json::array({insert})}};
  return {{"label", edit.label}, {"edit", {{"documentChanges", Json::array({create, change})}}}};
}

Json ToJson(const MessageParams& params) {
  return {{"type", static_cast<int>(params.type)}, {"message", params.message}};
}

Json ToJson(const ReasonResult& result) {
  const auto milliseconds = static_cast<uint64_t>(std::lround(std::max(0.0, result.total_ms)));
  return {{"reason", result.reason},
          {"detail", result.detail},
          {"version", result.version},
          {"totalMs", milliseconds},
          {"promptTokens", result.prompt_tokens},
          {"cachedTokens", result.cached_tokens},
          {"generatedTokens", result.generated_tokens}};
}

Json ToJson(const StatusParams& params) { return {{"state", params.state}, {"message", params.message}}; }

Json ToJson(const LspError& error) {
  return {{"code", static_cast<int>(error.code)}, {"message", error.message}};
}

}  // namespace espalier::lsp
