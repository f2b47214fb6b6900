#include "lsp/language_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/lsp/test_kit.h"

namespace espalier::lsp {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kUri = "file:///a.py";

Completion WritesPass(const CompletionRequest& request) { return Insertion(request, "pass"); }

int Code(const std::optional<Json>& response) {
  return response && response->contains("error") ? (*response)["error"]["code"].get<int>() : 0;
}

bool IsEmptyList(const std::optional<Json>& response) {
  return response && response->value("result", Json()) == Json::parse(R"({"items":[]})");
}

Json FirstItem(const std::optional<Json>& response) {
  return response ? response->value(Json::json_pointer("/result/items/0"), Json()) : Json();
}

std::string ReasonOf(LspTestClient& client, const std::string& uri = kUri) {
  const auto id = client.Request("espalier/reason", {{"textDocument", {{"uri", uri}}}});
  const auto response = client.ResponseTo(id);
  return response && (*response)["result"].is_object() ? (*response)["result"]["reason"].get<std::string>()
                                                       : "null";
}

Json Encodings(std::vector<std::string> names) {
  return {{"capabilities", {{"general", {{"positionEncodings", std::move(names)}}}}}};
}

// --- Lifecycle ---------------------------------------------------------------------------------------

TEST(LanguageServerTest, SaysWhatItCanDo) {
  LspTestClient client(WritesPass);
  const Json result = client.Initialize();
  EXPECT_EQ(result["serverInfo"]["name"], "espalier");
  const Json& capabilities = result["capabilities"];
  EXPECT_EQ(capabilities["inlineCompletionProvider"], true);
  EXPECT_EQ(capabilities["textDocumentSync"],
            Json::parse(R"({"openClose":true,"change":2,"save":{"includeText":false}})"));
}

TEST(LanguageServerTest, TheClientsOrderDecidesTheEncoding) {
  const auto negotiated = [](const Json& params) {
    return LspTestClient(WritesPass).Initialize(params)["capabilities"]["positionEncoding"];
  };
  EXPECT_EQ(negotiated(Json::object()), "utf-16");
  EXPECT_EQ(negotiated(Encodings({"utf-16"})), "utf-16");
  EXPECT_EQ(negotiated(Encodings({"utf-8", "utf-16"})), "utf-8");
  EXPECT_EQ(negotiated(Encodings({"utf-32", "utf-8"})), "utf-32");
  EXPECT_EQ(negotiated(Encodings({"utf-7", "utf-8"})), "utf-8");
  EXPECT_EQ(negotiated(Encodings({"utf-7"})), "utf-16");
}

TEST(LanguageServerTest, EndsAfterShutdownAndExit) {
  LspTestClient client(WritesPass);
  client.Initialize();
  const auto id = client.Request("shutdown");
  EXPECT_EQ((*client.ResponseTo(id))["result"], nullptr);
  EXPECT_FALSE(client.host.exited);
  const auto late = client.AskInline(kUri, 0, 0);
  EXPECT_EQ(Code(client.ResponseTo(late)), -32600);
  client.Notify("exit");
  EXPECT_TRUE(client.host.exited);
  EXPECT_TRUE(client.server->was_shut_down());
}

TEST(LanguageServerTest, ExitWithoutShutdownIsNoCleanEnd) {
  LspTestClient client(WritesPass);
  client.Notify("exit");
  EXPECT_TRUE(client.host.exited);
  EXPECT_FALSE(client.server->was_shut_down());
}

TEST(LanguageServerTest, TheEndOfInputEndsIt) {
  LspTestClient client(WritesPass);
  client.Initialize();
  client.server->OnClosed();
  EXPECT_TRUE(client.host.exited);
}

TEST(LanguageServerTest, WatchesTheEditorsProcess) {
  LspTestClient client(WritesPass);
  client.Initialize({{"processId", 4711}});
  EXPECT_EQ(client.host.watched, 4711);
}

TEST(LanguageServerTest, ProblemsBeforeInitializeGoToTheProcessLog) {
  LspTestClient client(WritesPass);
  client.server->OnProblem("bytes were skipped");
  EXPECT_THAT(client.host.log, Contains("bytes were skipped"));
  EXPECT_THAT(client.Received(), IsEmpty());
  client.Initialize();
  client.server->OnProblem("more bytes were skipped");
  EXPECT_THAT(client.Take("window/logMessage").back()["params"]["message"].get<std::string>(),
              HasSubstr("more bytes"));
}

// --- Options -----------------------------------------------------------------------------------------

TEST(LanguageServerTest, OptionsReachTheDecoder) {
  CompletionOptions seen;
  LspTestClient client([&](const CompletionRequest& request) {
    seen = request.options;
    return Insertion(request, "x");
  });
  client.Initialize(
      {{"initializationOptions", Json::parse(R"({"maxTokens":7,"multiLine":false,"inComments":false,
                                                              "inStrings":false,"ghost":1})")}});
  EXPECT_THAT(client.Take("window/logMessage").front()["params"]["message"].get<std::string>(),
              HasSubstr("ignored: ghost"));
  client.Open(kUri, "python", "");
  client.AskInline(kUri, 0, 0);
  client.host.RunUntilIdle();
  EXPECT_EQ(seen.max_tokens, 7u);
  EXPECT_FALSE(seen.multi_line || seen.in_comments || seen.in_strings);
}

TEST(LanguageServerTest, WrongOptionsAreAnError) {
  LspTestClient client(WritesPass);
  const auto id = client.Request("initialize", {{"processId", nullptr},
                                                {"rootUri", nullptr},
                                                {"capabilities", Json::object()},
                                                {"initializationOptions", {{"maxTokens", "many"}}}});
  const auto response = client.ResponseTo(id);
  EXPECT_EQ(Code(response), -32602);
  EXPECT_THAT((*response)["error"]["message"].get<std::string>(),
              HasSubstr("initializationOptions.maxTokens"));
}

// --- Completion --------------------------------------------------------------------------------------

TEST(InlineCompletionTest, AnswersWithAnItemAndItsRange) {
  LspTestClient client([](const CompletionRequest& request) {
    EXPECT_EQ(request.document, "if x:\n  ");
    EXPECT_EQ(request.cursor, 8u);
    EXPECT_EQ(request.adapter->language, Language::kPython);
    EXPECT_EQ(request.path, "/a.py");
    return Insertion(request, "pass");
  });
  client.Initialize();
  client.Open(kUri, "python", "if x:\n  ");
  const auto id = client.AskInline(kUri, 1, 2);
  client.host.RunUntilIdle();
  EXPECT_EQ(FirstItem(client.ResponseTo(id)), Json({{"insertText", "pass"}, {"range", RangeJson(1, 2, 2)}}));
  EXPECT_EQ(ReasonOf(client), "ok");
}

TEST(InlineCompletionTest, TheLoopStaysFreeWhileTheModelWorks) {
  LspTestClient client(WritesPass);
  client.Initialize();
  client.Open(kUri, "python", "");
  const auto inline_id = client.AskInline(kUri, 0, 0);
  EXPECT_EQ(ReasonOf(client), "null") << "another request is answered meanwhile";
  EXPECT_FALSE(client.ResponseTo(inline_id).has_value());
  client.host.RunUntilIdle();
  EXPECT_TRUE(client.ResponseTo(inline_id).has_value());
}

TEST(InlineCompletionTest, NoAnswerIsAnEmptyListWithAReason) {
  LspTestClient client(
      [](const CompletionRequest&) { return NoAnswer(CompletionReason::kNoCleanJoin, "cut"); });
  client.Initialize();
  client.Open(kUri, "python", "");
  const auto id = client.AskInline(kUri, 0, 0);
  client.host.RunUntilIdle();
  EXPECT_TRUE(IsEmptyList(client.ResponseTo(id)));
  const Json log = client.Take("window/logMessage").back()["params"];
  EXPECT_EQ(log["type"], 5);
  EXPECT_THAT(log["message"].get<std::string>(), HasSubstr("no-clean-join (cut)"));
  EXPECT_EQ(ReasonOf(client), "no-clean-join");
}

TEST(InlineCompletionTest, FilesOfUnknownLanguagesGetAReasonAtOnce) {
  LspTestClient client(WritesPass);
  client.Initialize();
  client.Open("file:///a.txt", "plaintext", "");
  const auto id = client.AskInline("file:///a.txt", 0, 0);
  EXPECT_TRUE(IsEmptyList(client.ResponseTo(id)));
  EXPECT_EQ(ReasonOf(client, "file:///a.txt"), "unknown-language");
}

TEST(InlineCompletionTest, ADocumentThatIsNotOpenGetsNothing) {
  LspTestClient client(WritesPass);
  client.Initialize();
  const auto id = client.AskInline(kUri, 0, 0);
  EXPECT_TRUE(IsEmptyList(client.ResponseTo(id)));
  EXPECT_THAT(client.Take("window/logMessage").back()["params"]["message"].get<std::string>(),
              HasSubstr("not-open"));
}

TEST(InlineCompletionTest, TheSelectedItemIsExtended) {
  LspTestClient client([](const CompletionRequest& request) {
    EXPECT_EQ(request.document, "os.path\n");
    return Insertion(request, ".join()");
  });
  client.Initialize();
  client.Open(kUri, "python", "os.pa\n");
  const Json selected = {{"selectedCompletionInfo", {{"range", RangeJson(0, 3, 5)}, {"text", "path"}}}};
  const auto id = client.AskInline(kUri, 0, 5, selected);
  client.host.RunUntilIdle();
  EXPECT_EQ(FirstItem(client.ResponseTo(id)),
            Json({{"insertText", "path.join()"}, {"range", RangeJson(0, 3, 5)}}));
  const Json elsewhere = {{"selectedCompletionInfo", {{"range", RangeJson(0, 0, 2)}, {"text", "path"}}}};
  const auto refused = client.AskInline(kUri, 0, 5, elsewhere);
  EXPECT_TRUE(IsEmptyList(client.ResponseTo(refused)));
  EXPECT_EQ(ReasonOf(client), "selected-item");
}

// --- Cancelled and stale requests --------------------------------------------------------------------

TEST(InlineCompletionTest, ACancelledRequestAnswersAndItsWorkStops) {
  bool stopped = false;
  LspTestClient client([&](const CompletionRequest& request) {
    stopped = request.cancel.cancelled();
    return Insertion(request, "x");
  });
  client.Initialize();
  client.Open(kUri, "python", "");
  const auto id = client.AskInline(kUri, 0, 0);
  client.Notify("$/cancelRequest", {{"id", id}});
  EXPECT_EQ(Code(client.ResponseTo(id)), -32800);
  client.host.RunUntilIdle();
  EXPECT_TRUE(stopped);
  EXPECT_FALSE(client.ResponseTo(id).has_value()) << "a request is answered once";
  EXPECT_EQ(ReasonOf(client), "cancelled");
}

TEST(InlineCompletionTest, ANewerRequestReplacesTheOlderOfTheDocument) {
  LspTestClient client(WritesPass);
  client.Initialize();
  client.Open(kUri, "python", "");
  client.Open("file:///b.py", "python", "");
  const auto other = client.AskInline("file:///b.py", 0, 0);
  const auto older = client.AskInline(kUri, 0, 0);
  const auto newer = client.AskInline(kUri, 0, 0);
  EXPECT_EQ(Code(client.ResponseTo(older)), -32800);
  client.host.RunUntilIdle();
  EXPECT_TRUE(FirstItem(client.ResponseTo(newer)).is_object());
  EXPECT_TRUE(FirstItem(client.ResponseTo(other)).is_object()) << "other documents are left alone";
}

TEST(InlineCompletionTest, AnEditMakesTheRequestStale) {
  LspTestClient client(WritesPass);
  client.Initialize();
  client.Open(kUri, "python", "ab");
  const auto id = client.AskInline(kUri, 0, 2);
  client.Change(kUri, 2, RangeJson(0, 2, 2), "c");
  EXPECT_EQ(Code(client.ResponseTo(id)), -32801);
  client.host.RunUntilIdle();
  EXPECT_FALSE(client.ResponseTo(id).has_value());
  EXPECT_EQ(ReasonOf(client), "content-modified");
}

TEST(InlineCompletionTest, AnEditThatChangesNothingDoesNot) {
  LspTestClient client(WritesPass);
  client.Initialize();
  client.Open(kUri, "python", "ab");
  const auto id = client.AskInline(kUri, 0, 2);
  client.Change(kUri, 2, RangeJson(0, 1, 2), "b");
  client.host.RunUntilIdle();
  EXPECT_TRUE(FirstItem(client.ResponseTo(id)).is_object());
}

TEST(InlineCompletionTest, ClosingTheDocumentEndsItsRequest) {
  LspTestClient client(WritesPass);
  client.Initialize();
  client.Open(kUri, "python", "ab");
  const auto closed = client.AskInline(kUri, 0, 2);
  client.Notify("textDocument/didClose", {{"textDocument", {{"uri", kUri}}}});
  EXPECT_EQ(Code(client.ResponseTo(closed)), -32801);
  client.Open(kUri, "python", "ab");
  const auto reopened = client.AskInline(kUri, 0, 2);
  client.Open(kUri, "python", "other");
  EXPECT_EQ(Code(client.ResponseTo(reopened)), -32801);
}

TEST(InlineCompletionTest, ShutdownAnswersWhatIsOpen) {
  LspTestClient client(WritesPass);
  client.Initialize();
  client.Open(kUri, "python", "ab");
  const auto id = client.AskInline(kUri, 0, 2);
  client.Request("shutdown");
  EXPECT_EQ(Code(client.ResponseTo(id)), -32800);
  client.host.RunUntilIdle();
  EXPECT_FALSE(client.ResponseTo(id).has_value());
}

// --- The model loads in the background ---------------------------------------------------------------

Json WithProgress() { return {{"capabilities", {{"window", {{"workDoneProgress", true}}}}}}; }

/// A client that has initialized while the model is still loading.
class LoadingTest : public testing::Test {
 protected:
  void Start(LspTestClient& client, const Json& extra) {
    Json params = {{"processId", nullptr}, {"rootUri", nullptr}, {"capabilities", Json::object()}};
    params.update(extra);
    client.Request("initialize", params);
    client.Notify("initialized", Json::object());
    client.Open(kUri, "python", "");
  }
  void AnswerProgressRequest(LspTestClient& client) {
    const auto create = client.Take("window/workDoneProgress/create");
    ASSERT_THAT(create, SizeIs(1));
    client.SendRaw(Json({{"jsonrpc", "2.0"}, {"id", create[0]["id"]}, {"result", nullptr}}).dump());
  }
};

TEST_F(LoadingTest, ProgressIsShown) {
  LspTestClient client(WritesPass);
  Start(client, WithProgress());
  AnswerProgressRequest(client);
  auto progress = client.Take("$/progress");
  ASSERT_THAT(progress, SizeIs(1));
  EXPECT_EQ(progress[0]["params"]["value"]["kind"], "begin");
  client.host.RunUntilIdle();
  progress = client.Take("$/progress");
  ASSERT_THAT(progress, SizeIs(1));
  EXPECT_EQ(progress[0]["params"]["value"], Json::parse(R"({"kind":"end","message":"a scripted model"})"));
}

TEST_F(LoadingTest, ProgressNeedsTheClientsCapabilityAndConsent) {
  LspTestClient plain(WritesPass);
  Start(plain, Json::object());
  EXPECT_THAT(plain.Take("window/workDoneProgress/create"), IsEmpty());
  LspTestClient late(WritesPass);
  Start(late, WithProgress());
  late.host.RunUntilIdle();
  AnswerProgressRequest(late);
  EXPECT_THAT(late.Take("$/progress"), IsEmpty()) << "nothing is left to show";
}

TEST_F(LoadingTest, RequestsWaitForTheModel) {
  LspTestClient client(WritesPass);
  Start(client, Json::object());
  const auto id = client.AskInline(kUri, 0, 0);
  EXPECT_FALSE(client.ResponseTo(id).has_value());
  client.host.RunUntilIdle();
  EXPECT_TRUE(FirstItem(client.ResponseTo(id)).is_object());
  client.host.FireTimers();
  EXPECT_FALSE(client.ResponseTo(id).has_value());
}

TEST_F(LoadingTest, ButNotForEver) {
  LspTestClient client(WritesPass);
  Start(client, Json::object());
  const auto id = client.AskInline(kUri, 0, 0);
  client.host.FireTimers();
  EXPECT_TRUE(IsEmptyList(client.ResponseTo(id)));
  EXPECT_EQ(ReasonOf(client), "loading");
}

TEST_F(LoadingTest, WaitingRequestsMayBeCancelled) {
  LspTestClient client(WritesPass);
  Start(client, Json::object());
  const auto id = client.AskInline(kUri, 0, 0);
  client.Notify("$/cancelRequest", {{"id", id}});
  EXPECT_EQ(Code(client.ResponseTo(id)), -32800);
  client.host.RunUntilIdle();
  client.host.FireTimers();
  EXPECT_FALSE(client.ResponseTo(id).has_value());
}

TEST_F(LoadingTest, WithoutAModelTheUserIsToldOnceAndEveryRequestHasTheReason) {
  LspTestClient client;
  Start(client, Json::object());
  const auto waiting = client.AskInline(kUri, 0, 0);
  client.host.RunUntilIdle();
  EXPECT_TRUE(IsEmptyList(client.ResponseTo(waiting)));
  const auto shown = client.Take("window/showMessage");
  ASSERT_THAT(shown, SizeIs(1));
  EXPECT_THAT(shown[0]["params"]["message"].get<std::string>(), HasSubstr("espalier model pull"));
  const auto later = client.AskInline(kUri, 0, 0);
  EXPECT_TRUE(IsEmptyList(client.ResponseTo(later)));
  EXPECT_EQ(ReasonOf(client), "no-model");
}

TEST_F(LoadingTest, StatusIsSentToThoseWhoAsk) {
  LspTestClient client(WritesPass);
  Start(client, {{"initializationOptions", {{"status", true}}}});
  client.host.RunUntilIdle();
  std::vector<std::string> states;
  for (const Json& message : client.Take("espalier/status")) states.push_back(message["params"]["state"]);
  EXPECT_EQ(states, (std::vector<std::string>{"loading", "ready"}));
}

TEST_F(LoadingTest, LoadingMayEndAfterShutdown) {
  LspTestClient client(WritesPass);
  Start(client, WithProgress());
  client.Request("shutdown");
  client.Received();
  client.host.RunUntilIdle();
  EXPECT_THAT(client.Received(), IsEmpty());
}

// --- Documents ---------------------------------------------------------------------------------------

TEST(DocumentSyncTest, ChangesApplyInOrder) {
  std::string seen;
  LspTestClient client([&](const CompletionRequest& request) {
    seen = request.document;
    return Insertion(request, "x");
  });
  client.Initialize(Encodings({"utf-8"}));
  client.Open(kUri, "python", "a\nb\n");
  const Json changes = Json::array(
      {{{"range", RangeJson(1, 0, 1)}, {"text", "é"}}, {{"range", RangeJson(1, 2, 2)}, {"text", "!"}}});
  client.Notify("textDocument/didChange",
                {{"textDocument", {{"uri", kUri}, {"version", 2}}}, {"contentChanges", changes}});
  client.Notify("textDocument/didSave", {{"textDocument", {{"uri", kUri}}}});
  client.AskInline(kUri, 0, 0);
  client.host.RunUntilIdle();
  EXPECT_EQ(seen, "a\né!\n");
}

TEST(DocumentSyncTest, ChangesToUnknownDocumentsAreLogged) {
  LspTestClient client(WritesPass);
  client.Initialize();
  client.Change(kUri, 2, RangeJson(0, 0, 0), "x");
  EXPECT_THAT(client.Take("window/logMessage").back()["params"]["message"].get<std::string>(),
              HasSubstr("not open"));
}

TEST(DocumentSyncTest, ADocumentThatGrowsTooLargeIsDropped) {
  LspTestClient client(WritesPass);
  client.Initialize();
  client.Open(kUri, "python", std::string(kMaxDocumentBytes, ' '));
  client.Change(kUri, 2, RangeJson(0, 0, 0), "x");
  EXPECT_THAT(client.Take("window/logMessage").back()["params"]["message"].get<std::string>(),
              HasSubstr("not followed any more"));
  const auto id = client.AskInline(kUri, 0, 0);
  EXPECT_TRUE(IsEmptyList(client.ResponseTo(id)));
}

}  // namespace
}  // namespace espalier::lsp
