#include "lsp/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace espalier::lsp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A server with one method of each kind.
class DispatcherTest : public testing::Test {
 protected:
  DispatcherTest()
      : dispatcher_(
            std::make_unique<Dispatcher>([this](std::string body) { sent_.push_back(Json::parse(body)); },
                                         [this](std::string_view line) { log_.emplace_back(line); })) {
    dispatcher_->BindRequest("initialize", this, &DispatcherTest::Initialize);
    dispatcher_->BindRequest("double", this, &DispatcherTest::Double);
    dispatcher_->BindRequest("later", this, &DispatcherTest::Later);
    dispatcher_->BindRequest("forget", this, &DispatcherTest::Forget);
    dispatcher_->BindRequest("throw", this, &DispatcherTest::Throw);
    dispatcher_->BindNotification("note", this, &DispatcherTest::Note);
    dispatcher_->set_phase(Dispatcher::Phase::kRunning);
  }

  void Initialize(const NoParams&, Reply<std::nullptr_t> reply) { reply(nullptr); }
  void Double(const Position& params, Reply<Position> reply) {
    reply({params.line * 2, params.character * 2});
  }
  void Later(const NoParams&, Reply<std::nullptr_t> reply) {
    reply.OnCancel([this] { ++cancels_; });
    kept_.push_back(std::make_unique<Reply<std::nullptr_t>>(std::move(reply)));
  }
  void Forget(const NoParams&, Reply<std::nullptr_t>) {}
  void Throw(const NoParams&, Reply<std::nullptr_t>) { throw std::runtime_error("boom"); }
  void Note(const Position& position) { notes_.push_back(position); }

  Json Send(const std::string& body) {
    sent_.clear();
    dispatcher_->Receive(body);
    return sent_.empty() ? Json() : sent_.back();
  }
  static int Code(const Json& message) { return message.at("error").at("code"); }

  std::unique_ptr<Dispatcher> dispatcher_;
  std::vector<Json> sent_;
  std::vector<std::string> log_;
  std::vector<std::unique_ptr<Reply<std::nullptr_t>>> kept_;
  std::vector<Position> notes_;
  int cancels_ = 0;
};

TEST_F(DispatcherTest, CallsTypedHandlersAndEchoesIds) {
  EXPECT_EQ(Send(R"({"jsonrpc":"2.0","id":"x","method":"double","params":{"line":1,"character":2}})"),
            Json::parse(R"({"jsonrpc":"2.0","id":"x","result":{"line":2,"character":4}})"));
  EXPECT_EQ(Send(R"({"jsonrpc":"2.0","method":"note","params":{"line":1,"character":2}})"), Json());
  EXPECT_THAT(notes_, ElementsAre(Position{1, 2}));
}

TEST_F(DispatcherTest, WrongParamsSayWhere) {
  const Json answer =
      Send(R"({"jsonrpc":"2.0","id":1,"method":"double","params":{"line":1,"character":null}})");
  EXPECT_EQ(Code(answer), -32602);
  EXPECT_EQ(answer["error"]["message"], "params.character: expected an unsigned integer, got null");
  Send(R"({"jsonrpc":"2.0","method":"note","params":[]})");
  EXPECT_THAT(log_, ElementsAre("note: params: expected an object, got array"));
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(DispatcherTest, AnswersWhatIsNoRequest) {
  EXPECT_EQ(Code(Send("{")), -32700);
  EXPECT_EQ(Code(Send("[]")), -32600);
  EXPECT_EQ(Code(Send("1")), -32600);
  EXPECT_EQ(Code(Send(R"({"jsonrpc":"2.0","id":1,"method":5})")), -32600);
  const Json bad_id = Send(R"({"jsonrpc":"2.0","id":{"a":1},"method":"double"})");
  EXPECT_EQ(Code(bad_id), -32600);
  EXPECT_EQ(bad_id["id"], nullptr);
}

TEST_F(DispatcherTest, UnknownRequestsFailAndUnknownNotificationsDoNot) {
  const Json answer = Send(R"({"jsonrpc":"2.0","id":1,"method":"$/what"})");
  EXPECT_EQ(Code(answer), -32601);
  EXPECT_THAT(answer["error"]["message"].get<std::string>(), HasSubstr("$/what"));
  EXPECT_EQ(Send(R"({"jsonrpc":"2.0","method":"$/what"})"), Json());
}

TEST_F(DispatcherTest, ThePhaseDecidesWhatMayCome) {
  const std::string request =
      R"({"jsonrpc":"2.0","id":1,"method":"double","params":{"line":1,"character":2}})";
  const std::string initialize = R"({"jsonrpc":"2.0","id":1,"method":"initialize"})";
  const std::string note = R"({"jsonrpc":"2.0","method":"note","params":{"line":1,"character":2}})";
  EXPECT_EQ(Code(Send(initialize)), -32600);
  dispatcher_->set_phase(Dispatcher::Phase::kUninitialized);
  EXPECT_EQ(Code(Send(request)), -32002);
  Send(note);
  EXPECT_TRUE(Send(initialize).contains("result"));
  dispatcher_->set_phase(Dispatcher::Phase::kShutDown);
  EXPECT_EQ(Code(Send(request)), -32600);
  EXPECT_EQ(Code(Send(initialize)), -32600);
  Send(note);
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(DispatcherTest, AnswersMayComeLater) {
  EXPECT_EQ(Send(R"({"jsonrpc":"2.0","id":1,"method":"later"})"), Json());
  (*kept_[0])(nullptr);
  EXPECT_EQ(sent_.back()["id"], 1);
}

TEST_F(DispatcherTest, ACancelledRequestAnswersAtOnceAndOnlyOnce) {
  Send(R"({"jsonrpc":"2.0","id":"a","method":"later"})");
  const Json answer = Send(R"({"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"a"}})");
  EXPECT_EQ(Code(answer), -32800);
  EXPECT_EQ(answer["id"], "a");
  EXPECT_EQ(cancels_, 1);
  sent_.clear();
  (*kept_[0])(nullptr);
  kept_.clear();
  EXPECT_THAT(sent_, IsEmpty());
  EXPECT_EQ(Send(R"({"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"a"}})"), Json());
  EXPECT_EQ(cancels_, 1);
}

TEST_F(DispatcherTest, CancellingTellsNumbersAndStringsApart) {
  Send(R"({"jsonrpc":"2.0","id":1,"method":"later"})");
  EXPECT_EQ(Send(R"({"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"1"}})"), Json());
  EXPECT_EQ(Send(R"({"jsonrpc":"2.0","method":"$/cancelRequest","params":{}})"), Json());
  EXPECT_EQ(Send(R"({"jsonrpc":"2.0","method":"$/cancelRequest"})"), Json());
  EXPECT_EQ(cancels_, 0);
}

TEST_F(DispatcherTest, AnIdInUseIsRefused) {
  Send(R"({"jsonrpc":"2.0","id":1,"method":"later"})");
  EXPECT_EQ(Code(Send(R"({"jsonrpc":"2.0","id":1,"method":"later"})")), -32600);
  (*kept_[0])(nullptr);
  EXPECT_TRUE(sent_.back().contains("result"));
}

TEST_F(DispatcherTest, AForgottenRequestIsAnsweredToo) {
  EXPECT_EQ(Code(Send(R"({"jsonrpc":"2.0","id":1,"method":"forget"})")), -32603);
  EXPECT_EQ(Code(Send(R"({"jsonrpc":"2.0","id":2,"method":"throw"})")), -32603);
  EXPECT_THAT(log_, ElementsAre(HasSubstr("boom")));
}

TEST_F(DispatcherTest, RepliesMayOutliveTheDispatcher) {
  Send(R"({"jsonrpc":"2.0","id":1,"method":"later"})");
  sent_.clear();
  dispatcher_.reset();
  (*kept_[0])(nullptr);
  kept_.clear();
  EXPECT_THAT(sent_, IsEmpty());
}

TEST_F(DispatcherTest, CallsTheClientAndHearsTheAnswer) {
  std::vector<bool> answers;
  for (int i = 0; i < 2; ++i) dispatcher_->Call("ask", {{"a", 1}}, [&](bool ok) { answers.push_back(ok); });
  EXPECT_EQ(sent_[0], Json::parse(R"({"jsonrpc":"2.0","id":1,"method":"ask","params":{"a":1}})"));
  Send(R"({"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"no"}})");
  Send(R"({"jsonrpc":"2.0","id":1,"result":null})");
  Send(R"({"jsonrpc":"2.0","id":1,"result":null})");
  Send(R"({"jsonrpc":"2.0","id":"1","result":null})");
  EXPECT_THAT(answers, ElementsAre(false, true));
  EXPECT_EQ(log_.size(), 2u);
}

}  // namespace
}  // namespace espalier::lsp
