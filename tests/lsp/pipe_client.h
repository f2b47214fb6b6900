// A client of the real server: RunLspServer on a thread, pipes between, real bytes. Blocks on reads, so
// that no test needs a clock; every message is checked against the LSP metaModel.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "lsp/framing.h"
#include "lsp/json.h"
#include "lsp/server.h"
#include "tests/lsp/metamodel.h"

namespace espalier::lsp {

class PipeClient {
 public:
  /// Starts the server; its descriptors in `options` are replaced.
  explicit PipeClient(LspServerOptions options);
  ~PipeClient();
  PipeClient(const PipeClient&) = delete;
  PipeClient& operator=(const PipeClient&) = delete;

  /// Sends a request and returns its id.
  int64_t Send(const std::string& method, Json params = nullptr);
  void Notify(const std::string& method, Json params = nullptr);
  void SendBytes(std::string_view bytes);
  /// The response to `id`, after whatever else comes before it; requests of the server are granted.
  /// Nothing when the server closes the connection first.
  std::optional<Json> WaitFor(int64_t id);
  Json Call(const std::string& method, Json params = nullptr);
  /// Reads until the server sends a notification of this method; its params.
  std::optional<Json> WaitForNotification(const std::string& method);

  Json Initialize(const Json& extra = Json::object());
  void Open(const std::string& uri, const std::string& language, const std::string& text);

  /// Closes the server's input.
  void CloseInput();
  /// Waits for the server to return.
  Status Join();

 private:
  std::optional<Json> Read();
  void Write(const Json& message);

  int to_server_ = -1, from_server_ = -1;
  FrameReader frames_;
  SessionChecker checker_{MetaModel::Shared()};
  int64_t next_id_ = 1;
  Status status_;
  std::thread thread_;
};

}  // namespace espalier::lsp
