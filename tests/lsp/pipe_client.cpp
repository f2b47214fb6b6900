#include "tests/lsp/pipe_client.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace espalier::lsp {
namespace {

std::pair<int, int> MakePipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  return {ends[0], ends[1]};
}

}  // namespace

PipeClient::PipeClient(LspServerOptions options) {
  const auto [server_input, to_server] = MakePipe();
  const auto [from_server, server_output] = MakePipe();
  to_server_ = to_server;
  from_server_ = from_server;
  options.input_fd = server_input;
  options.output_fd = server_output;
  thread_ = std::thread([this, options] {
    status_ = RunLspServer(options);
    ::close(options.input_fd);
    ::close(options.output_fd);
  });
}

PipeClient::~PipeClient() {
  CloseInput();
  if (thread_.joinable()) thread_.join();
  ::close(from_server_);
}

void PipeClient::SendBytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(to_server_, bytes.data(), bytes.size());
    ASSERT_GT(written, 0);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void PipeClient::Write(const Json& message) {
  EXPECT_EQ(checker_.Check(message, Direction::kClientToServer), "") << message.dump(2);
  SendBytes(EncodeFrame(message.dump()));
}

int64_t PipeClient::Send(const std::string& method, Json params) {
  Json message = {{"jsonrpc", "2.0"}, {"id", next_id_}, {"method", method}};
  if (!params.is_null()) message["params"] = std::move(params);
  Write(message);
  return next_id_++;
}

void PipeClient::Notify(const std::string& method, Json params) {
  Json message = {{"jsonrpc", "2.0"}, {"method", method}};
  if (!params.is_null()) message["params"] = std::move(params);
  Write(message);
}

std::optional<Json> PipeClient::Read() {
  while (true) {
    if (auto frame = frames_.Next()) {
      EXPECT_EQ(frame->kind, Frame::Kind::kMessage) << frame->text;
      Json message = Json::parse(frame->text, nullptr, false);
      EXPECT_EQ(checker_.Check(message, Direction::kServerToClient), "") << frame->text;
      if (message.contains("method") && message.contains("id")) {
        Write({{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", nullptr}});
      }
      return message;
    }
    std::array<char, 65536> buffer;
    const ssize_t bytes = ::read(from_server_, buffer.data(), buffer.size());
    if (bytes <= 0) return std::nullopt;
    frames_.Push({buffer.data(), static_cast<size_t>(bytes)});
  }
}

std::optional<Json> PipeClient::WaitFor(int64_t id) {
  while (auto message = Read()) {
    if (!message->contains("method") && message->value("id", Json()) == id) return message;
  }
  return std::nullopt;
}

std::optional<Json> PipeClient::WaitForNotification(const std::string& method) {
  while (auto message = Read()) {
    if (message->value("method", "") == method) return message->value("params", Json());
  }
  return std::nullopt;
}

Json PipeClient::Call(const std::string& method, Json params) {
  return WaitFor(Send(method, std::move(params))).value_or(Json());
}

Json PipeClient::Initialize(const Json& extra) {
  Json params = {{"processId", nullptr}, {"rootUri", nullptr}, {"capabilities", Json::object()}};
  params.update(extra);
  Json response = Call("initialize", params);
  Notify("initialized", Json::object());
  return response;
}

void PipeClient::Open(const std::string& uri, const std::string& language, const std::string& text) {
  const Json document = {{"uri", uri}, {"languageId", language}, {"version", 1}, {"text", text}};
  Notify("textDocument/didOpen", {{"textDocument", document}});
}

void PipeClient::CloseInput() {
  if (to_server_ >= 0) ::close(std::exchange(to_server_, -1));
}

Status PipeClient::Join() {
  while (Read()) continue;
  thread_.join();
  return status_;
}

}  // namespace espalier::lsp
