#include "tests/lsp/test_kit.h"

#include <gtest/gtest.h>

#include <utility>

namespace espalier::lsp {

LspTestClient::LspTestClient(Script script) {
  auto loader = [script = std::move(script)]() -> Result<std::unique_ptr<CompletionService>> {
    if (!script) return Fail(ErrorCode::kNotFound, "no model is installed; run `espalier model pull`");
    return std::make_unique<ScriptedService>(script);
  };
  server = std::make_unique<LanguageServer>(host, std::move(loader), InlineSettings{}, "test");
}

void LspTestClient::SendChecked(Json message) {
  EXPECT_EQ(checker_.Check(message, Direction::kClientToServer), "") << message.dump(2);
  server->OnMessage(message.dump());
}

int64_t LspTestClient::Request(const std::string& method, Json params) {
  Json message = {{"jsonrpc", "2.0"}, {"id", next_id_}, {"method", method}};
  if (!params.is_null()) message["params"] = std::move(params);
  SendChecked(std::move(message));
  return next_id_++;
}

void LspTestClient::Notify(const std::string& method, Json params) {
  Json message = {{"jsonrpc", "2.0"}, {"method", method}};
  if (!params.is_null()) message["params"] = std::move(params);
  SendChecked(std::move(message));
}

Json LspTestClient::Initialize(const Json& extra) {
  Json params = {{"processId", nullptr}, {"rootUri", nullptr}, {"capabilities", Json::object()}};
  params.merge_patch(extra);
  params["processId"] = extra.value("processId", Json());
  params["rootUri"] = nullptr;
  const auto id = Request("initialize", params);
  Notify("initialized", Json::object());
  host.RunUntilIdle();
  const auto response = ResponseTo(id);
  return response ? response->value("result", Json()) : Json();
}

void LspTestClient::Open(const std::string& uri, const std::string& language, const std::string& text,
                         int version) {
  const Json document = {{"uri", uri}, {"languageId", language}, {"version", version}, {"text", text}};
  Notify("textDocument/didOpen", {{"textDocument", document}});
}

void LspTestClient::Change(const std::string& uri, int version, const Json& range, const std::string& text) {
  const Json change = {{"range", range}, {"text", text}};
  Notify("textDocument/didChange",
         {{"textDocument", {{"uri", uri}, {"version", version}}}, {"contentChanges", Json::array({change})}});
}

int64_t LspTestClient::AskInline(const std::string& uri, uint32_t line, uint32_t character,
                                 const Json& context_extra) {
  Json context = {{"triggerKind", 2}};
  if (!context_extra.is_null()) context.update(context_extra);
  return Request("textDocument/inlineCompletion", {{"textDocument", {{"uri", uri}}},
                                                   {"position", {{"line", line}, {"character", character}}},
                                                   {"context", context}});
}

void LspTestClient::Collect() {
  for (const std::string& body : std::exchange(host.sent, {})) {
    Json message = Json::parse(body, nullptr, false);
    EXPECT_EQ(checker_.Check(message, Direction::kServerToClient), "") << body;
    inbox_.push_back(std::move(message));
  }
}

std::vector<Json> LspTestClient::Received() {
  Collect();
  return std::exchange(inbox_, {});
}

std::optional<Json> LspTestClient::ResponseTo(int64_t id) {
  Collect();
  for (auto it = inbox_.begin(); it != inbox_.end(); ++it) {
    if (it->contains("method") || it->value("id", Json()) != id) continue;
    Json response = std::move(*it);
    inbox_.erase(it);
    return response;
  }
  return std::nullopt;
}

std::vector<Json> LspTestClient::Take(const std::string& method) {
  Collect();
  std::vector<Json> out;
  for (auto it = inbox_.begin(); it != inbox_.end();) {
    const bool taken = it->value("method", "") == method;
    if (taken) out.push_back(std::move(*it));
    it = taken ? inbox_.erase(it) : it + 1;
  }
  return out;
}

Json RangeJson(uint32_t line, uint32_t begin, uint32_t end) {
  return {{"start", {{"line", line}, {"character", begin}}}, {"end", {{"line", line}, {"character", end}}}};
}

}  // namespace espalier::lsp
