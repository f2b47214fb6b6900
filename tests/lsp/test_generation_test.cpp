#include "lsp/test_generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "lsp/uri.h"
#include "tests/lsp/test_kit.h"
#include "tests/support/temporary_folder.h"

namespace espalier::lsp {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kSource =
    "import re\n\ndef one(x):\n    def inner(y):\n        return y\n    return inner(x)\n\ndef "
    "hopeless(x):\n    return "
    "x\n";

Json Position(uint32_t line, uint32_t character) { return {{"line", line}, {"character", character}}; }

class TestGenerationTest : public testing::Test {
 protected:
  void Start(bool creates_files = true, bool progress = true) {
    Json capabilities = {{"window", {{"workDoneProgress", progress}}}};
    if (creates_files) {
      capabilities["workspace"] = {
          {"applyEdit", true},
          {"workspaceEdit", {{"documentChanges", true}, {"resourceOperations", {"create", "rename"}}}}};
    }
    capabilities_ = client_.Initialize({{"capabilities", capabilities}})["capabilities"];
    client_.Received();
    client_.Open(uri_, "python", kSource);
  }

  Json Actions(uint32_t line, const Json& context_extra = Json::object()) {
    Json context = {{"diagnostics", Json::array()}};
    context.update(context_extra);
    const auto id = client_.Request(
        "textDocument/codeAction",
        {{"textDocument", {{"uri", uri_}}}, {"range", RangeJson(line, 4, 4)}, {"context", context}});
    client_.host.RunUntilIdle();
    return (*client_.ResponseTo(id))["result"];
  }

  int64_t Command(uint32_t line) {
    const Json argument = {{"uri", uri_}, {"position", Position(line, 4)}};
    return client_.Request("workspace/executeCommand",
                           {{"command", "espalier.generateTests"}, {"arguments", Json::array({argument})}});
  }
  /// The answer's error message; empty for none.
  std::string ErrorOf(int64_t id) {
    const auto response = client_.ResponseTo(id);
    if (!response) return "no answer";
    return response->contains("error") ? (*response)["error"]["message"].get<std::string>() : "";
  }
  /// Says that the progress may be shown.
  void AllowProgress() {
    const auto asked = client_.Take("window/workDoneProgress/create");
    ASSERT_THAT(asked, SizeIs(1));
    client_.SendRaw(Json({{"jsonrpc", "2.0"}, {"id", asked[0]["id"]}, {"result", nullptr}}).dump());
  }

  static Completion Nothing(const CompletionRequest&) { return NoAnswer(CompletionReason::kEmpty); }

  TemporaryFolder folder_;
  std::string uri_ = "file://" + (folder_.path() / "my stats.py").string();
  LspTestClient client_{Nothing};
  Json capabilities_;
};

TEST_F(TestGenerationTest, IsOfferedInsideOfFunctions) {
  Start();
  EXPECT_EQ(capabilities_["codeActionProvider"]["codeActionKinds"], Json::array({"source.generateTests"}));
  EXPECT_EQ(capabilities_["executeCommandProvider"]["commands"], Json::array({"espalier.generateTests"}));
  EXPECT_THAT(Actions(0), IsEmpty());
  const Json actions = Actions(4);
  ASSERT_THAT(actions, SizeIs(1));
  EXPECT_EQ(actions[0]["title"], "Generate tests for one") << "what is nested cannot be called";
  EXPECT_EQ(actions[0]["command"]["arguments"][0]["uri"], uri_);
}

TEST_F(TestGenerationTest, IsOfferedAsTheKindThatItIs) {
  Start();
  EXPECT_THAT(Actions(2, {{"only", {"quickfix"}}}), IsEmpty());
  EXPECT_THAT(Actions(2, {{"only", {"sour"}}}), IsEmpty());
  EXPECT_THAT(Actions(2, {{"only", {"refactor", "source"}}}), SizeIs(1));
  EXPECT_THAT(Actions(2, {{"only", {"source.generateTests"}}}), SizeIs(1));
}

TEST_F(TestGenerationTest, TheCommandMakesAFileBesideTheDocument) {
  Start();
  const auto id = Command(3);
  AllowProgress();
  client_.host.RunUntilIdle();
  EXPECT_EQ(ErrorOf(id), "");
  const auto edits = client_.Take("workspace/applyEdit");
  ASSERT_THAT(edits, SizeIs(1));
  const Json& changes = edits[0]["params"]["edit"]["documentChanges"];
  EXPECT_EQ(changes[0]["kind"], "create");
  EXPECT_EQ(PathOfUri(changes[0]["uri"].get<std::string>()), folder_.path() / "test_my stats.py");
  EXPECT_THAT(changes[1]["edits"][0]["newText"].get<std::string>(), HasSubstr("assert one(1) == 1"));
  const auto messages = client_.Take("window/showMessage");
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_THAT(messages[0]["params"]["message"].get<std::string>(), HasSubstr("test_my stats.py: 1 tests"));
  const auto progress = client_.Take("$/progress");
  ASSERT_THAT(progress, SizeIs(3));
  EXPECT_EQ(progress[0]["params"]["value"]["kind"], "begin");
  EXPECT_EQ(progress[1]["params"]["value"]["message"], "running tests");
  EXPECT_EQ(progress[2]["params"]["value"]["kind"], "end");
}

TEST_F(TestGenerationTest, WhatIsThereIsKept) {
  Start();
  std::ofstream(folder_.path() / "test_my stats.py") << "mine\n";
  Command(3);
  client_.host.RunUntilIdle();
  const auto edits = client_.Take("workspace/applyEdit");
  ASSERT_THAT(edits, SizeIs(1));
  EXPECT_THAT(edits[0]["params"]["edit"]["documentChanges"][0]["uri"].get<std::string>(),
              HasSubstr("test_my%20stats_one.py"));
  std::ofstream(folder_.path() / "test_my stats_one.py") << "mine as well\n";
  const auto id = Command(3);
  client_.host.RunUntilIdle();
  EXPECT_THAT(ErrorOf(id), HasSubstr("is there already"));
  EXPECT_THAT(client_.Take("workspace/applyEdit"), IsEmpty());
}

TEST_F(TestGenerationTest, SaysWhyThereAreNone) {
  Start();
  const auto hopeless = Command(7);
  client_.host.RunUntilIdle();
  EXPECT_EQ(ErrorOf(hopeless), "no case holds");
  const auto nowhere = Command(0);
  client_.host.RunUntilIdle();
  EXPECT_THAT(ErrorOf(nowhere), HasSubstr("no function"));
  const auto other =
      client_.Request("workspace/executeCommand", {{"command", "other"}, {"arguments", {1, "x"}}});
  EXPECT_THAT(ErrorOf(other), HasSubstr("there is no 'other'"));
  const auto none = client_.Request("workspace/executeCommand",
                                    {{"command", "espalier.generateTests"}, {"arguments", Json::array()}});
  EXPECT_THAT(ErrorOf(none), HasSubstr("expected {uri, position}"));
  uri_ = "untitled:one.py";
  client_.Open(uri_, "python", kSource);
  EXPECT_THAT(ErrorOf(Command(3)), HasSubstr("save the file first"));
}

TEST_F(TestGenerationTest, EditorsThatCannotCreateFilesAreTold) {
  Start(false);
  EXPECT_THAT(ErrorOf(Command(3)), HasSubstr("espalier test"));
}

TEST_F(TestGenerationTest, OneAtATimeAndItCanBeCancelled) {
  Start(true);
  const auto first = Command(3);
  const auto second = Command(3);
  EXPECT_THAT(ErrorOf(second), HasSubstr("already"));
  AllowProgress();
  const auto token = client_.Take("$/progress")[0]["params"]["token"];
  client_.Notify("window/workDoneProgress/cancel", {{"token", 7}});
  client_.Notify("window/workDoneProgress/cancel", {{"token", token}});
  EXPECT_THAT(ErrorOf(first), HasSubstr("cancelled"));
  client_.host.RunUntilIdle();
  EXPECT_THAT(client_.Take("workspace/applyEdit"), IsEmpty());
  const auto third = Command(3);
  client_.Notify("$/cancelRequest", {{"id", third}});
  EXPECT_THAT(ErrorOf(third), HasSubstr("cancelled"));
  const auto fourth = Command(3);
  client_.Request("shutdown");
  EXPECT_THAT(ErrorOf(fourth), HasSubstr("shutting down"));
  client_.host.RunUntilIdle();
}

TEST(TestGenerationStartTest, NeedsAModelThatIsThere) {
  LspTestClient client;
  client.Initialize();
  client.Open("file:///a.py", "python", kSource);
  const Json argument = {{"uri", "file:///a.py"}, {"position", Position(3, 4)}};
  const auto id = client.Request("workspace/executeCommand", {{"command", "espalier.generateTests"},
                                                              {"arguments", Json::array({argument})}});
  EXPECT_THAT((*client.ResponseTo(id))["error"]["message"].get<std::string>(),
              HasSubstr("no model is installed"));
}

}  // namespace
}  // namespace espalier::lsp
