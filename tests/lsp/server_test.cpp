// The whole server over pipes, with a real (tiny, random) model: what it writes is nonsense, and must
// leave every file as well-formed as it was.
#include "lsp/server.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "grammar/syntax.h"
#include "lsp/document.h"
#include "tests/lsp/pipe_client.h"

namespace espalier::lsp {
namespace {

using testing::HasSubstr;

LspServerOptions TinyModel() {
  LspServerOptions options;
  options.model = std::string(ESPALIER_SOURCE_DIR) + "/tests/data/tiny/qwen2-k.gguf";
  options.model_options.threads = 1;
  options.model_options.context_tokens = 2048;
  options.completion.max_tokens = 24;
  options.completion_budget = std::chrono::minutes(5);  // sanitizers are slow, and nothing is timed here
  options.loading_wait = std::chrono::minutes(5);
  return options;
}

Json InlineParams(const std::string& uri, const Position& position) {
  return {
      {"textDocument", {{"uri", uri}}}, {"position", ToJson(position)}, {"context", {{"triggerKind", 1}}}};
}

struct Sample {
  const char* extension;
  const char* language;
  Language grammar;
  const char* text;
};

constexpr Sample kSamples[] = {
    {"py", "python", Language::kPython, "def f(a, b):\n    x = a\n    return g(x)\n"},
    {"cpp", "cpp", Language::kCpp, "int f(int a) {\r\n  if (a) { return 1; }\r\n  return a;\r\n}\r\n"},
    {"ts", "typescript", Language::kTypeScript, "const s = 'é😀';\nfunction f(a: string) { return [a]; }\n"},
    {"rs", "rust", Language::kRust, "fn f(a: u8) -> u8 {\n    a + 1\n}\n"},
};

class ServerSafetyTest : public testing::TestWithParam<const char*> {};

TEST_P(ServerSafetyTest, CompletionsNeverBreakTheFile) {
  PipeClient client(TinyModel());
  const Json general = {{"positionEncodings", {GetParam()}}};
  const Json result = client.Initialize({{"capabilities", {{"general", general}}}})["result"];
  EXPECT_EQ(result["capabilities"]["positionEncoding"], GetParam());
  ClientCapabilities capabilities;
  std::string error;
  ASSERT_TRUE(Decode(JsonCursor({{"general", general}}, "", error), capabilities));
  for (const Sample& sample : kSamples) {
    const std::string uri = std::string("file:///sample.") + sample.extension;
    const Document document = *Document::Open({uri, sample.language, 1, sample.text});
    client.Open(uri, sample.language, sample.text);
    for (uint32_t offset = 0; offset <= document.text()->size(); offset += 7) {
      const Position position = document.PositionAt(offset, capabilities.position_encoding);
      const Json response = client.Call("textDocument/inlineCompletion", InlineParams(uri, position));
      ASSERT_TRUE(response.contains("result")) << response;
      if (response["result"]["items"].empty()) continue;
      const Json& item = response["result"]["items"][0];
      Range range;
      ASSERT_TRUE(Decode(JsonCursor(item["range"], "range", error), range));
      std::string text = *document.text();
      const uint32_t begin = document.OffsetAt(range.start, capabilities.position_encoding);
      const uint32_t end = document.OffsetAt(range.end, capabilities.position_encoding);
      text.replace(begin, end - begin, item["insertText"].get<std::string>());
      EXPECT_TRUE(SyntaxTree::Parse(sample.grammar, text)->clean()) << text;
    }
  }
  client.Call("shutdown");
  client.Notify("exit");
  EXPECT_TRUE(client.Join());
}

INSTANTIATE_TEST_SUITE_P(Encodings, ServerSafetyTest, testing::Values("utf-8", "utf-16", "utf-32"),
                         [](const auto& file) { return std::string(file.param).replace(3, 1, ""); });

TEST(ServerEndTest, ExitWithoutShutdownIsAnError) {
  PipeClient client(TinyModel());
  client.Initialize();
  client.Notify("exit");
  const Status status = client.Join();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
}

TEST(ServerEndTest, TheEndOfInputEndsTheServer) {
  PipeClient client(TinyModel());
  client.Initialize();
  client.Open("file:///a.py", "python", "x = ");
  client.Send("textDocument/inlineCompletion", InlineParams("file:///a.py", {0, 4}));
  client.CloseInput();
  EXPECT_FALSE(client.Join().has_value());
}

TEST(ServerEndTest, TheEndOfTheEditorsProcessEndsTheServer) {
  const char* const arguments[] = {"sleep", "1000000", nullptr};
  pid_t editor = 0;
  ASSERT_EQ(::posix_spawnp(&editor, "sleep", nullptr, nullptr, const_cast<char* const*>(arguments), environ),
            0);
  PipeClient client(TinyModel());
  client.Initialize({{"processId", editor}});
  ::kill(editor, SIGKILL);
  EXPECT_FALSE(client.Join().has_value()) << "the input is still open";
  ::waitpid(editor, nullptr, 0);
}

TEST(ServerEndTest, AProcessThatCannotBeSeenIsNoReasonToEnd) {
  PipeClient client(TinyModel());
  client.Initialize({{"processId", 2147483647}});
  EXPECT_TRUE(client.Call("shutdown").contains("result"));
}

TEST(ServerEndTest, AnImpossibleHeaderClosesTheConnection) {
  PipeClient client(TinyModel());
  client.SendBytes("Content-Length: 9999999999999999\r\n\r\n");
  EXPECT_FALSE(client.Join().has_value());
}

TEST(ServerEndTest, AClientThatReadsNoMoreEndsTheServer) {
  // A pipe whose reading end is closed at once.
  int input[2], output[2];
  ASSERT_EQ(::pipe2(input, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(output, O_CLOEXEC), 0);
  ::close(output[0]);
  const std::string request = EncodeFrame(R"({"jsonrpc":"2.0","id":1,"method":"shutdown"})");
  ASSERT_EQ(::write(input[1], request.data(), request.size()), static_cast<ssize_t>(request.size()));
  LspServerOptions options = TinyModel();
  options.input_fd = input[0];
  options.output_fd = output[1];
  EXPECT_FALSE(RunLspServer(options).has_value());
  for (const int fd : {input[0], input[1], output[1]}) ::close(fd);
}

TEST(ServerTest, MalformedHeadersAndBodiesAreSurvived) {
  PipeClient client(TinyModel());
  client.SendBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  client.SendBytes("Content-Length: none\r\n\r\n");
  EXPECT_TRUE(client.Initialize().contains("result"));
  client.SendBytes("Content-Type: x\r\n\r\n");
  const auto log = client.WaitForNotification("window/logMessage");
  ASSERT_TRUE(log.has_value());
  EXPECT_TRUE(client.Call("shutdown").contains("result"));
}

TEST(ServerTest, CancellingARunningRequestAnswersAtOnce) {
  LspServerOptions options = TinyModel();
  options.completion.max_tokens = 1024;
  PipeClient client(options);
  client.Initialize();
  client.Open("file:///a.py", "python", "def f(a):\n    ");
  for (int i = 0; i < 5; ++i) {
    const auto id = client.Send("textDocument/inlineCompletion", InlineParams("file:///a.py", {1, 4}));
    client.Notify("$/cancelRequest", {{"id", id}});
    const auto response = client.WaitFor(id);
    ASSERT_TRUE(response.has_value());
    EXPECT_TRUE(response->contains("result") || (*response)["error"]["code"] == -32800) << *response;
  }
  client.Call("shutdown");
  client.Notify("exit");
  EXPECT_TRUE(client.Join());
}

TEST(ServerTest, AMissingModelIsToldAndTheServerStays) {
  LspServerOptions options = TinyModel();
  options.model = "/no/such/model.gguf";
  PipeClient client(options);
  client.Initialize();
  const auto shown = client.WaitForNotification("window/showMessage");
  ASSERT_TRUE(shown.has_value());
  EXPECT_THAT((*shown)["message"].get<std::string>(), HasSubstr("/no/such/model.gguf"));
  client.Open("file:///a.py", "python", "");
  EXPECT_EQ(
      client.Call("textDocument/inlineCompletion", InlineParams("file:///a.py", {0, 0}))["result"]["items"],
      Json::array());
  client.Call("shutdown");
  client.Notify("exit");
  EXPECT_TRUE(client.Join());
}

TEST(ServerTest, ALargeDocumentArrivesWhole) {
  PipeClient client(TinyModel());
  client.Initialize();
  client.Open("file:///a.py", "python", std::string(5'000'000, '\n'));
  const Json response =
      client.Call("textDocument/inlineCompletion", InlineParams("file:///a.py", {4'999'999, 0}));
  EXPECT_EQ(response["result"]["items"], Json::array());
  const Json reason = client.Call("espalier/reason", {{"textDocument", {{"uri", "file:///a.py"}}}})["result"];
  EXPECT_EQ(reason["reason"], "too-large");
}

// Sessions kept in files, for debugging: `espalier lsp < session > answers`.
TEST(ServerTest, RegularFilesWork) {
  const std::string folder = testing::TempDir();
  const std::string input = folder + "/session." + std::to_string(::getpid());
  const std::string output = input + ".out";
  std::ofstream(input)
      << EncodeFrame(
             R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}})")
      << EncodeFrame(R"({"jsonrpc":"2.0","id":2,"method":"shutdown"})")
      << EncodeFrame(R"({"jsonrpc":"2.0","method":"exit"})");
  LspServerOptions options = TinyModel();
  options.input_fd = ::open(input.c_str(), O_RDONLY | O_CLOEXEC);
  options.output_fd = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  EXPECT_TRUE(RunLspServer(options));
  std::stringstream answers;
  answers << std::ifstream(output).rdbuf();
  EXPECT_THAT(answers.str(), HasSubstr(R"({"id":2,"jsonrpc":"2.0","result":null})"));
  ::close(options.input_fd);
  ::close(options.output_fd);
  ::unlink(input.c_str());
  ::unlink(output.c_str());
}

TEST(ServerTest, DescriptorsThatAreNotOpenAreAnError) {
  LspServerOptions options = TinyModel();
  options.input_fd = -1;
  const Status status = RunLspServer(options);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
}

TEST(ServerTest, TheCallersDescriptorsGetTheirFlagsBack) {
  int input[2], output[2];
  ASSERT_EQ(::pipe2(input, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(output, O_CLOEXEC), 0);
  ::close(input[1]);  // the end of input at once
  LspServerOptions options = TinyModel();
  options.input_fd = input[0];
  options.output_fd = output[1];
  const int before = ::fcntl(input[0], F_GETFL);
  EXPECT_FALSE(RunLspServer(options).has_value());
  EXPECT_EQ(::fcntl(input[0], F_GETFL), before);
  EXPECT_EQ(::fcntl(output[1], F_GETFL) & O_NONBLOCK, 0);
  for (const int fd : {input[0], output[0], output[1]}) ::close(fd);
}

}  // namespace
}  // namespace espalier::lsp
