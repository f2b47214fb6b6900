// A real HTTP server on this machine's own network, for tests of clients: it answers as a function says.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <string>
#include <thread>

namespace espalier {

class TinyServer {
 public:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  struct Reply {
    unsigned status = 200;
    std::string body = {};
    std::string raw = {};  ///< sent instead, as it is
    int wait_ms = 0;       ///< before it is sent
  };

  explicit TinyServer(std::function<Reply(const Request&)> answer)
      : answer_(std::move(answer)), thread_([this] { Serve(); }) {}
  ~TinyServer() {
    stopping_ = true;
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket wake(context);
    boost::system::error_code ignored;
    wake.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

 private:
  void Serve() {
    while (true) {
      boost::asio::ip::tcp::socket socket(context_);
      boost::system::error_code error;
      acceptor_.accept(socket, error);
      if (error || stopping_) return;
      Talk(socket);
    }
  }
  void Talk(boost::asio::ip::tcp::socket& socket) {
    namespace http = boost::beast::http;
    boost::beast::flat_buffer buffer;
    Request request;
    boost::system::error_code error;
    http::read(socket, buffer, request, error);
    if (error) return;
    const Reply reply = answer_(request);
    if (reply.wait_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(reply.wait_ms));
    if (!reply.raw.empty()) {
      boost::asio::write(socket, boost::asio::buffer(reply.raw), error);
      return;
    }
    http::response<http::string_body> response(static_cast<http::status>(reply.status), 11, reply.body);
    response.prepare_payload();
    http::write(socket, response, error);
  }

  const std::function<Reply(const Request&)> answer_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_{
      context_, boost::asio::ip::tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0)};
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace espalier
