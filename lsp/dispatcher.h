// JSON-RPC: messages in, typed handlers called, typed answers out. The dispatcher owns every rule of
// the protocol that is not about a method's meaning: parsing, what may come before initialize and after
// shutdown, unknown methods, wrong params (with the path of what is wrong), cancellation, and that each
// request is answered exactly once.
//
// Not thread-safe: everything, replies included, happens on the message loop's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "lsp/json.h"
#include "lsp/protocol.h"

namespace espalier::lsp {

class Dispatcher;

/// A request that waits for its answer; shared by its Reply and the dispatcher.
struct LiveRequest {
  Dispatcher* dispatcher = nullptr;  ///< null once answered
  Json id;
  std::function<void()> on_cancel;
};

/// The one answer to a request. Move-only; may be kept and called later. Answers after the request was
/// cancelled are dropped; a Reply destroyed without an answer answers InternalError.
template <typename Result>
class Reply {
 public:
  explicit Reply(std::shared_ptr<LiveRequest> request) : request_(std::move(request)) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&&) = delete;
  ~Reply();

  void operator()(const Result& result);
  void Error(LspErrorCode code, std::string message);
  /// `hook` is called when the client cancels the request, after RequestCancelled was answered.
  void OnCancel(std::function<void()> hook) { request_->on_cancel = std::move(hook); }

 private:
  std::shared_ptr<LiveRequest> request_;
};

class Dispatcher {
 public:
  enum class Phase { kUninitialized, kRunning, kShutDown };

  /// `send` takes message bodies; `log` takes lines for people about messages that were dropped.
  Dispatcher(std::function<void(std::string)> send, std::function<void(std::string_view)> log);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  /// Handles one message body: calls its handler, or answers what is wrong with it.
  void Receive(std::string body);

  template <typename Server, typename Params, typename Result>
  void BindRequest(std::string method, Server* server, void (Server::*handler)(const Params&, Reply<Result>));
  template <typename Server, typename Params>
  void BindNotification(std::string method, Server* server, void (Server::*handler)(const Params&));

  void Notify(std::string_view method, Json params);
  /// Sends a request to the client; `done` gets whether it succeeded.
  void Call(std::string_view method, Json params, std::function<void(bool)> done);

  void set_phase(Phase phase) { phase_ = phase; }
  Phase phase() const { return phase_; }

  /// Used by Reply: sends the answer unless the request has one already.
  void Answer(LiveRequest& request, std::string_view member, Json value);

 private:
  using RequestHandler = std::function<void(const Json& params, std::shared_ptr<LiveRequest>)>;
  using NotificationHandler = std::function<void(const Json& params)>;

  void Route(const Json& message);
  void RouteRequest(const std::string& method, const Json& id, const Json& params);
  void RouteNotification(const std::string& method, const Json& params);
  void RouteResponse(const Json& message);
  void CancelRequest(const Json& params);
  void SendError(const Json& id, const LspError& error);
  void Send(const Json& message);

  std::function<void(std::string)> send_;
  std::function<void(std::string_view)> log_;
  Phase phase_ = Phase::kUninitialized;
  std::map<std::string, RequestHandler, std::less<>> requests_;
  std::map<std::string, NotificationHandler, std::less<>> notifications_;
  std::map<std::string, std::shared_ptr<LiveRequest>> live_;  ///< by the id's JSON text
  std::map<int64_t, std::function<void(bool)>> calls_;        ///< ours, by id
  int64_t next_call_id_ = 1;
};

template <typename Result>
Reply<Result>::~Reply() {
  if (request_) Error(LspErrorCode::kInternalError, "the request was dropped");
}

template <typename Result>
void Reply<Result>::operator()(const Result& result) {
  if (request_->dispatcher != nullptr) request_->dispatcher->Answer(*request_, "result", ToJson(result));
}

template <typename Result>
void Reply<Result>::Error(LspErrorCode code, std::string message) {
  if (request_->dispatcher == nullptr) return;
  request_->dispatcher->Answer(*request_, "error", ToJson(LspError{code, std::move(message)}));
}

template <typename Server, typename Params, typename Result>
void Dispatcher::BindRequest(std::string method, Server* server,
                             void (Server::*handler)(const Params&, Reply<Result>)) {
  requests_[std::move(method)] = [server, handler](const Json& json, std::shared_ptr<LiveRequest> request) {
    Reply<Result> reply(std::move(request));
    Params params;
    std::string error;
    if (!Decode(JsonCursor(json, "params", error), params)) {
      return reply.Error(LspErrorCode::kInvalidParams, std::move(error));
    }
    (server->*handler)(params, std::move(reply));
  };
}

template <typename Server, typename Params>
void Dispatcher::BindNotification(std::string method, Server* server,
                                  void (Server::*handler)(const Params&)) {
  auto name = method;
  notifications_[std::move(method)] = [this, server, handler, name = std::move(name)](const Json& json) {
    Params params;
    std::string error;
    if (!Decode(JsonCursor(json, "params", error), params)) return log_(name + ": " + error);
    (server->*handler)(params);
  };
}

}  // namespace espalier::lsp
