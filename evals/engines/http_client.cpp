#include "evals/engines/http_client.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <functional>
#include <regex>
#include <tuple>
#include <utility>

namespace espalier {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using ErrorCodeOf = boost::system::error_code;

constexpr uint64_t kMostBytes = uint64_t{64} << 20;
constexpr auto kLook = std::chrono::milliseconds(50);  // how often somebody may cancel
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

/// Where a request is going, and what came of it.
struct Exchange {
  std::string host, port;
  http::request<http::string_body> request;
  http::response<http::string_body> response;
  ErrorCodeOf error;
  bool done = false;
  std::function<void()> stop;  // closes the connection
};

asio::awaitable<ErrorCodeOf> Connect(beast::tcp_stream& stream, const Exchange& exchange) {
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  auto [unresolved, places] = co_await resolver.async_resolve(exchange.host, exchange.port, kTuple);
  if (unresolved) co_return unresolved;
  auto [refused, place] = co_await stream.async_connect(places, kTuple);
  co_return refused;
}

template <typename Stream>
asio::awaitable<ErrorCodeOf> Talk(Stream& stream, Exchange& exchange) {
  auto [unsent, sent] = co_await http::async_write(stream, exchange.request, kTuple);
  if (unsent) co_return unsent;
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMostBytes);
  auto [unread, read] = co_await http::async_read(stream, buffer, parser, kTuple);
  exchange.response = parser.release();
  co_return unread;
}

asio::awaitable<void> Plain(Exchange& exchange) {
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  exchange.stop = [&stream] { stream.cancel(); };
  exchange.error = co_await Connect(stream, exchange);
  if (!exchange.error) exchange.error = co_await Talk(stream, exchange);
  exchange.stop = nullptr;
  exchange.done = true;
}

asio::awaitable<void> Secure(Exchange& exchange) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  ErrorCodeOf no_paths;
  context.set_default_verify_paths(no_paths);
  context.set_verify_mode(asio::ssl::verify_peer, no_paths);
  context.set_verify_callback(asio::ssl::host_name_verification(exchange.host), no_paths);
  beast::ssl_stream<beast::tcp_stream> stream(co_await asio::this_coro::executor, context);
  SSL_set_tlsext_host_name(stream.native_handle(), exchange.host.c_str());
  exchange.stop = [&stream] { beast::get_lowest_layer(stream).cancel(); };
  exchange.error = co_await Connect(beast::get_lowest_layer(stream), exchange);
  if (!exchange.error) {
    auto [rejected] = co_await stream.async_handshake(asio::ssl::stream_base::client, kTuple);
    exchange.error = rejected;
  }
  if (!exchange.error) exchange.error = co_await Talk(stream, exchange);
  exchange.stop = nullptr;
  exchange.done = true;
}

Error Unavailable(const Exchange& exchange) {
  if (exchange.error == http::error::body_limit) {
    return {ErrorCode::kResourceExhausted,
            fmt::format("{}:{} answers with over {} MiB", exchange.host, exchange.port, kMostBytes >> 20)};
  }
  return {ErrorCode::kUnavailable, fmt::format("no answer from {}:{}: {}; is a server running there?",
                                               exchange.host, exchange.port, exchange.error.message())};
}

/// Runs the exchange to its end, or until somebody cancels or patience is over.
Status Drive(asio::io_context& context, Exchange& exchange, std::chrono::seconds patience,
             const CancelToken& cancel) {
  const Clock::time_point end = Clock::now() + patience;
  Status stopped;
  while (!exchange.done) {
    context.run_for(kLook);
    context.restart();
    if (exchange.done || !stopped) continue;
    stopped = cancel.Check();
    if (stopped && Clock::now() >= end) {
      stopped = Fail(ErrorCode::kDeadlineExceeded,
                     fmt::format("{}:{} took over {} s", exchange.host, exchange.port, patience.count()));
    }
    if (!stopped && exchange.stop) exchange.stop();
  }
  return stopped;
}

}  // namespace

Result<HttpClient> HttpClient::For(std::string_view url) {
  static const std::regex form(
      R"((https?)://([^\s/:@\[\]?#]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(/[^\s?#]*)?)");
  std::cmatch parts;
  if (!std::regex_match(url.begin(), url.end(), parts, form)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is no address of a server; one looks like http://127.0.0.1:8080", url));
  }
  HttpClient client;
  client.secure_ = parts[1] == "https";
  client.host_ = parts[2];
  if (client.host_.starts_with('[')) client.host_ = client.host_.substr(1, client.host_.size() - 2);
  client.port_ = parts[3].matched ? parts[3].str() : client.secure_ ? "443" : "80";
  client.path_ = parts[4];
  while (client.path_.ends_with('/')) client.path_.pop_back();
  return client;
}

Result<HttpResponse> HttpClient::Send(const HttpRequest& request, const CancelToken& cancel) const {
  Exchange exchange;
  exchange.host = host_;
  exchange.port = port_;
  const bool ipv6 = host_.find(':') != std::string::npos;
  exchange.request.version(11);
  exchange.request.method_string({request.method.data(), request.method.size()});
  exchange.request.target(request.path.empty() ? "/" : request.path);
  exchange.request.set(http::field::host,
                       fmt::format("{}:{}", ipv6 ? fmt::format("[{}]", host_) : host_, port_));
  exchange.request.set(http::field::content_type, "application/json");
  exchange.request.set(http::field::connection, "close");
  if (!request.key.empty()) {
    exchange.request.set(http::field::authorization, fmt::format("Bearer {}", request.key));
  }
  exchange.request.body() = request.body;
  exchange.request.prepare_payload();
  asio::io_context context;
  asio::co_spawn(context, secure_ ? Secure(exchange) : Plain(exchange), asio::detached);
  ESPALIER_RETURN_IF_ERROR(Drive(context, exchange, request.patience, cancel));
  // A server that closes without TLS' goodbye has said all the same what it had to say.
  const bool cut = exchange.error == asio::ssl::error::stream_truncated;
  if (exchange.error && !cut) return Fail(Unavailable(exchange));
  return HttpResponse{exchange.response.result_int(), std::move(exchange.response.body())};
}

}  // namespace espalier
