// The language server on any bytes: framing, JSON, protocol, documents and completion. An input that
// begins with '=' is messages, one a line, each framed as it should be; any other is the raw stream.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "lsp/framing.h"
#include "lsp/language_server.h"
#include "tests/fuzz/fuzz_check.h"
#include "tests/lsp/manual_host.h"

namespace espalier::lsp {
namespace {

// Shapes of answers, by the document: an insertion, one that swallows what follows, none.
Completion Answer(const CompletionRequest& request) {
  const auto size = static_cast<uint32_t>(request.document.size());
  FuzzCheck(request.cursor <= size);
  if (size % 5 == 4) return NoAnswer(CompletionReason::kEmpty);
  Completion completion = Insertion(request, "x\n😀");
  if (size % 5 > 2) completion.end = std::min(size, request.cursor + 1);
  return completion;
}

// What the server sends are messages of JSON-RPC.
void CheckSent(const std::deque<std::string>& sent) {
  for (const std::string& body : sent) {
    const Json message = Json::parse(body, nullptr, false);
    FuzzCheck(message.is_object() && message.value("jsonrpc", "") == "2.0");
    const bool response = !message.contains("method");
    FuzzCheck(!response || message.contains("result") != message.contains("error"));
  }
}

std::string FrameLines(std::string_view text) {
  std::string stream;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    stream += EncodeFrame(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return stream;
}

void Serve(const std::string& stream) {
  ManualHost host;
  LanguageServer server(
      host, [] { return std::make_unique<ScriptedService>(Answer); }, {}, "fuzz");
  FrameReader frames(1 << 20);
  frames.Push(stream);
  int messages = 0;
  while (auto frame = host.exited ? std::nullopt : frames.Next()) {
    if (frame->kind == Frame::Kind::kMessage) {
      server.OnMessage(std::move(frame->text));
    } else {
      server.OnProblem(frame->text);
    }
    if (++messages % 3 == 0) host.RunUntilIdle();  // and meanwhile requests pile up
  }
  server.OnClosed();
  host.RunUntilIdle();
  FuzzCheck(host.exited);
  CheckSent(host.sent);
}

}  // namespace
}  // namespace espalier::lsp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace espalier;
  const std::string_view text = FuzzText(data, size);
  lsp::Serve(text.starts_with('=') ? lsp::FrameLines(text.substr(1)) : std::string(text));
  return 0;
}
