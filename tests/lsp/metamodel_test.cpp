#include "tests/lsp/metamodel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace espalier::lsp {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class MetaModelTest : public testing::Test {
 protected:
  void SetUp() override {
    model_ = MetaModel::Shared();
    if (!model_) GTEST_SKIP() << "the LSP metaModel is not there (set ESPALIER_SHARED to the shared folder)";
  }

  std::string Check(const char* message, Direction direction) const {
    return model_->CheckMessage(Json::parse(message), direction);
  }
  std::string FromClient(const char* message) const { return Check(message, Direction::kClientToServer); }
  std::string FromServer(const char* message) const { return Check(message, Direction::kServerToClient); }
  std::string Result(const char* result) const {
    return model_->CheckResult("textDocument/inlineCompletion", Json::parse(result));
  }

  std::shared_ptr<const MetaModel> model_;
};

constexpr const char* kInline =
    R"({"jsonrpc":"2.0","id":1,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a"},
        "position":{"line":0,"character":0},"context":{"triggerKind":1}}})";

TEST_F(MetaModelTest, AcceptsRightMessages) {
  EXPECT_EQ(FromClient(kInline), "");
  EXPECT_EQ(FromClient(R"({"jsonrpc":"2.0","id":"a","method":"shutdown"})"), "");
  EXPECT_EQ(FromClient(R"({"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"x"}})"), "");
  EXPECT_EQ(FromServer(R"({"jsonrpc":"2.0","method":"window/logMessage","params":{"type":5,"message":""}})"),
            "");
  EXPECT_EQ(
      FromClient(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,
      "capabilities":{"general":{"positionEncodings":["utf-8"]}},"initializationOptions":{"any":[1,null]}}})"),
      "");
}

TEST_F(MetaModelTest, RejectsWrongEnvelopes) {
  EXPECT_THAT(FromClient(R"({"id":1,"method":"shutdown"})"), HasSubstr("jsonrpc"));
  EXPECT_THAT(FromClient(R"({"jsonrpc":"2.0","method":"shutdown"})"), HasSubstr("id does not fit"));
  EXPECT_THAT(FromClient(R"({"jsonrpc":"2.0","id":1,"method":"initialized","params":{}})"), HasSubstr("id"));
  EXPECT_THAT(FromClient(R"({"jsonrpc":"2.0","id":1.5,"method":"shutdown"})"), HasSubstr("id"));
  EXPECT_THAT(FromClient(R"({"jsonrpc":"2.0","id":1,"method":"textDocument/ghost"})"), HasSubstr("unknown"));
  EXPECT_THAT(FromClient(R"({"jsonrpc":"2.0","id":1,"method":"shutdown","params":{}})"),
              HasSubstr("no params"));
  EXPECT_THAT(FromServer(kInline), HasSubstr("must not go"));
}

TEST_F(MetaModelTest, RejectsMissingUnknownAndMistypedProperties) {
  Json message = Json::parse(kInline);
  const auto check = [&] { return model_->CheckMessage(message, Direction::kClientToServer); };
  message["params"]["context"].erase("triggerKind");
  EXPECT_EQ(check(), "params.context.triggerKind: missing");
  message["params"]["context"]["triggerKind"] = 3;
  EXPECT_THAT(check(), HasSubstr("InlineCompletionTriggerKind"));
  message["params"]["context"]["triggerKind"] = 1;
  message["params"]["position"]["line"] = -1;
  EXPECT_THAT(check(), HasSubstr("params.position.line: expected uinteger"));
  message["params"]["position"]["line"] = 1.5;
  EXPECT_THAT(check(), HasSubstr("uinteger"));
  message["params"]["position"] = Json::array();
  EXPECT_THAT(check(), HasSubstr("expected an object"));
  message = Json::parse(kInline);
  message["params"]["ghost"] = true;
  EXPECT_EQ(check(), "params.ghost: unknown property");
}

TEST_F(MetaModelTest, RejectsWrongResults) {
  EXPECT_EQ(Result("null"), "");
  EXPECT_EQ(Result(R"({"items":[]})"), "");
  EXPECT_EQ(Result(R"([{"insertText":"x"}])"), "");
  EXPECT_EQ(Result(R"([{"insertText":{"kind":"snippet","value":"x"}}])"), "");
  EXPECT_NE(Result(R"([{"insertText":{"kind":"text","value":"x"}}])"), "");
  EXPECT_NE(Result(R"({"items":[{"insertTxt":"x"}]})"), "");
  EXPECT_NE(Result(R"({"items":[{"insertText":"x","range":{"start":{"line":0,"character":0}}}]})"), "");
  EXPECT_NE(Result(R"({"items":[{"insertText":"x","filterText":null}]})"), "");
  EXPECT_NE(Result("7"), "");
}

TEST_F(MetaModelTest, UnknownPropertiesMayBeAllowed) {
  MetaModel lenient = *model_;
  lenient.set_allow_unknown_properties(true);
  EXPECT_EQ(lenient.CheckResult("textDocument/inlineCompletion", Json::parse(R"({"items":[],"x":1})")), "");
}

TEST_F(MetaModelTest, ChecksEveryKindOfType) {
  const auto check = [&](const char* type, const char* value) {
    return model_->CheckType(Json::parse(type), Json::parse(value), "v");
  };
  const char* map =
      R"({"kind":"map","key":{"kind":"base","name":"string"},"value":{"kind":"base","name":"integer"}})";
  EXPECT_EQ(check(map, R"({"a":1})"), "");
  EXPECT_NE(check(map, R"({"a":"1"})"), "");
  const char* tuple =
      R"({"kind":"tuple","items":[{"kind":"base","name":"uinteger"},{"kind":"base","name":"string"}]})";
  EXPECT_EQ(check(tuple, R"([1,"a"])"), "");
  EXPECT_NE(check(tuple, R"([1])"), "");
  EXPECT_NE(check(tuple, R"(["a",1])"), "");
  const char* both =
      R"({"kind":"and","items":[{"kind":"reference","name":"Position"},{"kind":"reference","name":"CancelParams"}]})";
  EXPECT_EQ(check(both, R"({"line":1,"character":2,"id":3})"), "");
  EXPECT_NE(check(both, R"({"line":1,"character":2})"), "");
  const char* literal =
      R"({"kind":"literal","value":{"properties":[{"name":"a","type":{"kind":"base","name":"boolean"}}]}})";
  EXPECT_EQ(check(literal, R"({"a":true})"), "");
  EXPECT_NE(check(literal, R"({"a":0})"), "");
  const char* decimal = R"({"kind":"base","name":"decimal"})";
  EXPECT_EQ(check(decimal, "1.5"), "");
  EXPECT_NE(check(decimal, "\"1.5\""), "");
}

TEST_F(MetaModelTest, SessionsCheckResponsesAgainstTheirRequests) {
  SessionChecker session(model_);
  const auto server = [&](const char* text) {
    return session.Check(Json::parse(text), Direction::kServerToClient);
  };
  EXPECT_EQ(session.Check(Json::parse(kInline), Direction::kClientToServer), "");
  EXPECT_THAT(server(R"({"jsonrpc":"2.0","id":2,"result":null})"), HasSubstr("to no request"));
  EXPECT_THAT(server(R"({"jsonrpc":"2.0","id":1,"result":null,"error":{"code":1,"message":""}})"),
              HasSubstr("result or error"));
  EXPECT_THAT(server(R"({"jsonrpc":"2.0","id":1,"result":{"items":0}})"), HasSubstr("result.items"));
  EXPECT_THAT(server(R"({"jsonrpc":"2.0","id":1,"error":{"code":"x","message":""}})"),
              HasSubstr("error.code"));
  EXPECT_THAT(
      server(R"({"jsonrpc":"2.0","method":"$/progress","params":{"token":1,"value":{"kind":"start"}}})"),
      HasSubstr("params.value"));
}

}  // namespace
}  // namespace espalier::lsp
