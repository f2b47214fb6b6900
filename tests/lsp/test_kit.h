// A client of an in-process language server that checks every message, both ways, against the LSP
// metaModel.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lsp/language_server.h"
#include "tests/lsp/manual_host.h"
#include "tests/lsp/metamodel.h"

namespace espalier::lsp {

class LspTestClient {
 public:
  using Script = ScriptedService::Script;
  /// Without a script the model fails to load.
  explicit LspTestClient(Script script = nullptr);

  /// Sends a request with the next id and returns that id.
  int64_t Request(const std::string& method, Json params = nullptr);
  void Notify(const std::string& method, Json params = nullptr);
  /// Sends a message of any kind as it is, unchecked.
  void SendRaw(std::string body) { server->OnMessage(std::move(body)); }

  /// initialize and initialized, with `extra` merged into the params; the model is loaded afterwards.
  Json Initialize(const Json& extra = Json::object());
  void Open(const std::string& uri, const std::string& language, const std::string& text, int version = 1);
  /// Replaces a range.
  void Change(const std::string& uri, int version, const Json& range, const std::string& text);
  int64_t AskInline(const std::string& uri, uint32_t line, uint32_t character,
                    const Json& context_extra = {});

  /// Everything the server sent since the last call, checked.
  std::vector<Json> Received();
  /// The response to a request among what was received and not yet taken; null when there is none.
  std::optional<Json> ResponseTo(int64_t id);
  /// Notifications and requests of this method, taken out likewise.
  std::vector<Json> Take(const std::string& method);

  ManualHost host;
  std::unique_ptr<LanguageServer> server;

 private:
  void SendChecked(Json message);
  void Collect();

  SessionChecker checker_{MetaModel::Shared()};
  std::vector<Json> inbox_;
  int64_t next_id_ = 1;
};

Json RangeJson(uint32_t line, uint32_t begin, uint32_t end);

}  // namespace espalier::lsp
