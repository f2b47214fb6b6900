// Suites answered by servers: what is sent, what is read, and what a server that misbehaves is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "decoder/chat_prompt.h"
#include "evals/engines/answer_source.h"
#include "evals/engines/http_client.h"
#include "evals/engines/prompt_text.h"
#include "model/model.h"
#include "tests/evals/checker_kit.h"
#include "tests/evals/tiny_server.h"

namespace espalier {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(HttpAddress, Forms) {
  for (const char* good : {"http://a", "https://a.b:1", "http://127.0.0.1:8080/v1/", "http://[::1]:80/x"}) {
    EXPECT_TRUE(HttpClient::For(good)) << good;
  }
  for (const char* bad :
       {"", "a:80", "ftp://a", "http://", "http://a:123456", "http://u@a", "http://a b", "http://a?q"}) {
    const auto client = HttpClient::For(bad);
    ASSERT_FALSE(client) << bad;
    EXPECT_THAT(client.error().message, HasSubstr("http://127.0.0.1:8080"));
  }
  EXPECT_EQ(HttpClient::For("http://a/v1/")->path(), "/v1");
}

TEST(Http, SendsAndReceives) {
  TinyServer server([](const TinyServer::Request& request) {
    return TinyServer::Reply{201, std::string(request.method_string()) + " " + std::string(request.target()) +
                                      " " + std::string(request["Authorization"]) + " " + request.body()};
  });
  const auto response =
      HttpClient::For(server.url())->Send({.path = "/a?b", .body = "body", .key = "secret"}, {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, "POST /a?b Bearer secret body");
}

TEST(Http, NobodyThere) {
  const auto response = HttpClient::For("http://127.0.0.1:1")->Send({.path = "/"}, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(response.error().message, HasSubstr("is a server running there?"));
}

TEST(Http, NoHttp) {
  for (const char* raw : {"hello\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab"}) {
    TinyServer server([raw](const auto&) { return TinyServer::Reply{.body = {}, .raw = raw}; });
    const auto response = HttpClient::For(server.url())->Send({.path = "/"}, {});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
  }
}

TEST(Http, PatienceAndCancelling) {
  TinyServer server(
      [](const auto&) { return TinyServer::Reply{.body = "late", .raw = {}, .wait_ms = 1500}; });
  const HttpClient client = *HttpClient::For(server.url());
  const auto late = client.Send({.path = "/", .patience = std::chrono::seconds(0)}, {});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kDeadlineExceeded);
  CancelSource cancel;
  cancel.Cancel();
  const auto cancelled = client.Send({.path = "/"}, cancel.token());
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, ErrorCode::kCancelled);
}

// --- Suites

/// Takes all answers from a server; every request it gets.
struct Exchange {
  std::vector<std::string> targets;
  std::vector<json> bodies;
  std::vector<EvalSample> samples;
  Status status;
};

Exchange Take(const Suite& suite, ServerApi api, const TinyServer::Reply& reply, uint32_t parallel = 1) {
  Exchange exchange;
  std::mutex mutex;
  TinyServer server([&](const TinyServer::Request& request) {
    const std::lock_guard lock(mutex);
    exchange.targets.emplace_back(request.target());
    exchange.bodies.push_back(json::parse(request.body(), nullptr, false));
    return reply;
  });
  ServerOptions options;
  options.url = server.url() + "/v1";
  options.api = api;
  options.model = "some-model";
  options.parallel = parallel;
  EvalSettings settings;
  settings.max_tokens = 50;
  settings.limit = 3;
  SamplingHooks hooks;
  hooks.taken = [&](const SampleJob&, EvalSample sample) { exchange.samples.push_back(std::move(sample)); };
  exchange.status =
      (*ServerAnswers(options))->TakeSamples(suite, settings, JobsOf(suite, settings, {}), hooks);
  return exchange;
}

TinyServer::Reply Says(const json& body) { return {200, body.dump(), {}, 0}; }

class Server : public testing::Test {
 protected:
  const Suite suite_ = *LoadSuite("humaneval", OwnTasks());
  static Suite Holes() {
    Suite suite;
    suite.kind = TaskKind::kFill;
    suite.tasks.resize(1);
    suite.tasks[0].id = "a";
    suite.tasks[0].group = "python/line";
    suite.tasks[0].prefix = "def f():\n    ";
    suite.tasks[0].suffix = "\n";
    return suite;
  }
};

TEST_F(Server, CompletionsGetOurPrompt) {
  const json reply = {{"choices", {{{"text", "def f():\n    pass"}, {"finish_reason", "stop"}}}},
                      {"usage", {{"completion_tokens", 7}, {"prompt_tokens", 11}}}};
  const Exchange exchange = Take(suite_, ServerApi::kCompletions, Says(reply), 2);
  ASSERT_TRUE(exchange.status) << exchange.status.error().message;
  ASSERT_EQ(exchange.samples.size(), 3);
  EXPECT_EQ(exchange.samples[0].answer, "def f():\n    pass\n");
  EXPECT_EQ(exchange.samples[0].tokens, 7);
  EXPECT_EQ(exchange.samples[0].prompt_tokens, 11);
  EXPECT_EQ(exchange.targets[0], "/v1/completions");
  const json& body = exchange.bodies[0];
  EXPECT_EQ(body["model"], "some-model");
  EXPECT_EQ(body["max_tokens"], 50);
  EXPECT_EQ(body["stop"], json({"\n```"}));
  EXPECT_THAT(body["prompt"].get<std::string>(), testing::EndsWith("<|im_start|>assistant\n```python\n"));
}

// The text that servers get is, token by token, what our engine sees.
TEST_F(Server, PromptsAreTheSameTextAsOurs) {
  const auto model = Model::Load(ESPALIER_SOURCE_DIR "/tests/data/tiny/qwen2-k.gguf", {});
  ASSERT_TRUE(model);
  const Tokenizer& tokenizer = (*model)->tokenizer();
  const auto text_of = [&](const std::vector<TokenId>& tokens) {
    std::string text;
    for (const TokenId token : tokens) {
      text += token == tokenizer.special().im_start ? "<|im_start|>"
              : token == tokenizer.special().im_end ? "<|im_end|>"
                                                    : tokenizer.TokenBytes(token);
    }
    return text;
  };
  const SuiteTask& task = suite_.tasks[0];
  const std::array<ChatMessage, 2> messages = {{{"system", suite_.system}, {"user", task.chat}}};
  EXPECT_EQ(WritingPrompt(suite_, task), text_of(*BuildChatPrompt(tokenizer, messages)) + "```python\n");
}

TEST_F(Server, ChatGetsMessagesAndGivesACodeBlock) {
  const json reply = {
      {"choices",
       {{{"message", {{"content", "Sure:\n```python\nx = 1\n```\nDone."}}}, {"finish_reason", "length"}}}}};
  const Exchange exchange = Take(suite_, ServerApi::kChat, Says(reply));
  ASSERT_EQ(exchange.samples.size(), 3);
  EXPECT_EQ(exchange.samples[0].answer, "x = 1\n");
  EXPECT_EQ(exchange.samples[0].finish, "length");
  EXPECT_EQ(exchange.targets[0], "/v1/chat/completions");
  EXPECT_EQ(exchange.bodies[0]["messages"][1]["content"], suite_.tasks[0].chat);
}

TEST_F(Server, HolesByInfillAndByCompletions) {
  const Exchange infill = Take(Holes(), ServerApi::kInfill,
                               Says({{"content", "pass"}, {"tokens_predicted", 1}, {"stop_type", "eos"}}));
  ASSERT_EQ(infill.samples.size(), 1);
  EXPECT_EQ(infill.samples[0].answer, "pass");
  EXPECT_EQ(infill.samples[0].fill->group, "python/line");
  EXPECT_EQ(infill.targets[0], "/infill");
  EXPECT_EQ(infill.bodies[0]["input_prefix"], "def f():\n    ");
  const Exchange plain = Take(Holes(), ServerApi::kCompletions, Says({{"choices", {{{"text", "pass"}}}}}));
  ASSERT_EQ(plain.samples.size(), 1);
  EXPECT_EQ(plain.bodies[0]["prompt"], "<|fim_prefix|>def f():\n    <|fim_suffix|>\n<|fim_middle|>");
  EXPECT_FALSE(plain.bodies[0].contains("stop"));
}

TEST_F(Server, LongFilesAreCutAtLines) {
  SuiteTask task;
  for (int i = 0; i < 1000; ++i) task.prefix += "line " + std::to_string(i) + "\n";
  task.suffix = task.prefix;
  const std::string prompt = FillingPrompt(task);
  EXPECT_LT(prompt.size(), 6000);
  EXPECT_THAT(
      prompt,
      testing::MatchesRegex(
          "<.fim_prefix.>line [0-9]+\n(.|\n)*line 999\n<.fim_suffix.>line 0\n(.|\n)*\n<.fim_middle.>"));
}

TEST_F(Server, WhatDoesNotGoTogetherIsSaid) {
  const Exchange chat = Take(Holes(), ServerApi::kChat, Says({}));
  ASSERT_FALSE(chat.status);
  EXPECT_THAT(chat.status.error().message, HasSubstr("use --api completions"));
  EXPECT_FALSE(Take(suite_, ServerApi::kInfill, Says({})).status);
}

TEST_F(Server, ComplaintsArePassedOn) {
  const Exchange refused =
      Take(suite_, ServerApi::kCompletions, {400, R"({"error":{"message":"too long"}})", {}, 0});
  ASSERT_FALSE(refused.status);
  EXPECT_THAT(refused.status.error().message, HasSubstr("/v1/completions (status 400): too long"));
  EXPECT_TRUE(refused.samples.empty());
  const Exchange nonsense = Take(suite_, ServerApi::kCompletions, {200, "nonsense", {}, 0});
  ASSERT_FALSE(nonsense.status);
  EXPECT_EQ(nonsense.status.error().code, ErrorCode::kCorrupt);
}

// Whatever types a server's members have, nothing worse happens than an empty answer.
TEST_F(Server, StrangeAnswersAreEmpty) {
  for (const char* body : {"{}", R"({"choices":7})", R"({"choices":[]})", R"({"choices":[{"text":null}]})",
                           R"({"choices":[{"text":"x","finish_reason":5}],"usage":[1]})"}) {
    const Exchange exchange = Take(suite_, ServerApi::kCompletions, {200, body, {}, 0});
    EXPECT_TRUE(exchange.status) << body;
    EXPECT_EQ(exchange.samples.size(), 3) << body;
  }
}

TEST_F(Server, AServerThatLoadsIsWaitedFor) {
  int asked = 0;
  TinyServer server([&](const auto&) {
    return ++asked < 3 ? TinyServer::Reply{503, R"({"error":{"message":"Loading model"}})", {}, 0}
                       : TinyServer::Reply{200, R"({"data":[{"id":"m1"},{"id":7},{}]})", {}, 0};
  });
  ServerOptions options;
  options.url = server.url();
  EXPECT_EQ(ServerModels(options, {}).value(), std::vector<std::string>{"m1"});
  EXPECT_EQ(asked, 3);
}

TEST(CodeBlocks, TheFirstOne) {
  EXPECT_EQ(FirstCodeBlock("```\na\n```\n```\nb\n```"), "a\n");
  EXPECT_EQ(FirstCodeBlock("a\n```py\nb\nc"), "b\nc");
  EXPECT_EQ(FirstCodeBlock("plain"), "plain");
  EXPECT_EQ(FirstCodeBlock("x\n```"), "");
}

}  // namespace
}  // namespace espalier
