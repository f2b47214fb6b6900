#include "lsp/dispatcher.h"

#include <exception>
#include <utility>

namespace espalier::lsp {
namespace {

const Json& MemberOrNull(const Json& object, const char* key) {
  static const Json null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

bool IsValidId(const Json& id) { return id.is_string() || id.is_number_integer(); }

}  // namespace

Dispatcher::Dispatcher(std::function<void(std::string)> send, std::function<void(std::string_view)> log)
    : send_(std::move(send)), log_(std::move(log)) {}

Dispatcher::~Dispatcher() {
  for (auto& [id, request] : live_) request->dispatcher = nullptr;
}

void Dispatcher::Receive(std::string body) {
  try {
    auto message = ParseJson(std::move(body));
    if (!message) return SendError(nullptr, {LspErrorCode::kParseError, message.error().message});
    Route(*message);
  } catch (const std::exception& error) {
    // A handler that threw has dropped its Reply, which answered InternalError on the way out.
    log_(std::string("a message could not be handled: ") + error.what());
  }
}

void Dispatcher::Route(const Json& message) {
  if (!message.is_object()) {
    return SendError(nullptr, {LspErrorCode::kInvalidRequest, "a message must be a JSON object"});
  }
  const Json& method = MemberOrNull(message, "method");
  const auto id = message.find("id");
  if (method.is_null() && id != message.end()) return RouteResponse(message);
  const bool id_ok = id == message.end() || IsValidId(*id);
  if (!method.is_string() || !id_ok) {
    const LspError error{LspErrorCode::kInvalidRequest,
                         id_ok ? "method: expected a string" : "id: expected an integer or a string"};
    return SendError(id_ok && id != message.end() ? *id : Json(), error);
  }
  const auto& name = method.get_ref<const std::string&>();
  const Json& params = MemberOrNull(message, "params");
  if (id == message.end()) return RouteNotification(name, params);
  RouteRequest(name, *id, params);
}

void Dispatcher::RouteRequest(const std::string& method, const Json& id, const Json& params) {
  const bool initialize = method == "initialize";
  if (phase_ == Phase::kUninitialized && !initialize) {
    return SendError(id, {LspErrorCode::kServerNotInitialized, "the first request must be initialize"});
  }
  if (phase_ == Phase::kShutDown) {
    return SendError(id, {LspErrorCode::kInvalidRequest, "the server was shut down"});
  }
  if (phase_ == Phase::kRunning && initialize) {
    return SendError(id, {LspErrorCode::kInvalidRequest, "the server is initialized already"});
  }
  const auto handler = requests_.find(method);
  if (handler == requests_.end()) {
    return SendError(id, {LspErrorCode::kMethodNotFound, "unknown method '" + method + "'"});
  }
  auto request = std::make_shared<LiveRequest>(LiveRequest{this, id, {}});
  if (!live_.emplace(DumpJson(id), request).second) {
    return SendError(id, {LspErrorCode::kInvalidRequest, "a request with this id is still being answered"});
  }
  handler->second(params, std::move(request));
}

void Dispatcher::RouteNotification(const std::string& method, const Json& params) {
  if (method != "exit" && phase_ != Phase::kRunning) return;
  if (method == "$/cancelRequest") return CancelRequest(params);
  if (const auto handler = notifications_.find(method); handler != notifications_.end()) {
    handler->second(params);
  }
}

void Dispatcher::RouteResponse(const Json& message) {
  const Json& id = message.at("id");
  const auto call = id.is_number_integer() ? calls_.find(id.get<int64_t>()) : calls_.end();
  if (call == calls_.end()) return log_("a response to no request of ours was ignored");
  const auto done = std::move(call->second);
  calls_.erase(call);
  done(!message.contains("error"));
}

void Dispatcher::CancelRequest(const Json& params) {
  if (!params.is_object()) return;
  const auto found = live_.find(DumpJson(MemberOrNull(params, "id")));
  if (found == live_.end()) return;  // answered already
  const auto request = found->second;
  const LspError error{LspErrorCode::kRequestCancelled, "the request was cancelled"};
  Answer(*request, "error", ToJson(error));
  if (request->on_cancel) std::exchange(request->on_cancel, nullptr)();
}

void Dispatcher::Answer(LiveRequest& request, std::string_view member, Json value) {
  request.dispatcher = nullptr;
  Send({{"jsonrpc", "2.0"}, {"id", request.id}, {std::string(member), std::move(value)}});
  live_.erase(DumpJson(request.id));
}

void Dispatcher::SendError(const Json& id, const LspError& error) {
  Send({{"jsonrpc", "2.0"}, {"id", id}, {"error", ToJson(error)}});
}

void Dispatcher::Notify(std::string_view method, Json params) {
  Send({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

void Dispatcher::Call(std::string_view method, Json params, std::function<void(bool)> done) {
  const int64_t id = next_call_id_++;
  calls_.emplace(id, std::move(done));
  Send({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}});
}

void Dispatcher::Send(const Json& message) { send_(DumpJson(message)); }

}  // namespace espalier::lsp
