// Replays the sessions under tests/lsp/sessions: readable records of what a client sends and what the
// server answers, one file a case. Lines begin with
//   #    a comment
//   ==   what happens around the server: "model answers <JSON string>" (inserted at the cursor), "model
//        has nothing: <reason>", "no model", "hold" (workers and loading wait), "run" (they go on),
//        "timers expire"
//   -->  a message from the client, as JSON that may go on over further lines
//   <--  the next message from the server; the string "<any>" in it matches anything
// Every message from the server must be written down. A file that says "== no model" must say so first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "lsp/language_server.h"
#include "tests/lsp/manual_host.h"
#include "tests/lsp/metamodel.h"

namespace espalier::lsp {
namespace {

struct Step {
  std::string kind;  ///< "==", "-->", "<--"
  std::string text;
  int line = 0;
};

std::vector<Step> ReadSteps(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<Step> steps;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.starts_with("#")) continue;
    const std::string kind = line.substr(0, line.find(' '));
    if (kind == "==" || kind == "-->" || kind == "<--") {
      steps.push_back({kind, line.substr(std::min(line.size(), kind.size() + 1)), number});
    } else if (!steps.empty()) {
      steps.back().text += "\n" + line;
    }
  }
  return steps;
}

// "" when `actual` is what was written down, else the first difference.
std::string Differs(const Json& expected, const Json& actual, const std::string& path) {
  if (expected == "<any>") return "";
  if (expected.is_object() && actual.is_object()) {
    for (const auto& [key, value] : expected.items()) {
      if (!actual.contains(key)) return path + "." + key + ": not sent";
      if (auto difference = Differs(value, actual[key], path + "." + key); !difference.empty())
        return difference;
    }
    for (const auto& [key, value] : actual.items()) {
      if (!expected.contains(key)) return path + "." + key + ": sent, but not expected";
    }
    return "";
  }
  return expected == actual ? "" : path + ": expected " + expected.dump() + ", got " + actual.dump();
}

CompletionReason ReasonNamed(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(CompletionReason::kError); ++i) {
    if (CompletionReasonName(static_cast<CompletionReason>(i)) == name)
      return static_cast<CompletionReason>(i);
  }
  ADD_FAILURE() << "no reason is called " << name;
  return CompletionReason::kError;
}

class Session {
 public:
  Session() {
    const auto load = [this]() -> Result<std::unique_ptr<CompletionService>> {
      if (!has_model_) return Fail(ErrorCode::kNotFound, "no model is installed; run `espalier model pull`");
      return std::make_unique<ScriptedService>([this](const CompletionRequest& request) {
        return reason_ == CompletionReason::kOk ? Insertion(request, answer_) : NoAnswer(reason_);
      });
    };
    server_ = std::make_unique<LanguageServer>(host_, load, InlineSettings{}, "0.0");
  }

  void Run(const Step& step) {
    if (step.kind == "==") return Direct(step.text);
    const Json message = Json::parse(step.text, nullptr, false);
    if (step.kind == "<--") return Expect(message);
    // What is wrong on purpose is not checked against the model.
    if (!deliberately_wrong_) {
      EXPECT_EQ(checker_.Check(message, Direction::kClientToServer), "");
    }
    server_->OnMessage(message.is_discarded() ? step.text : message.dump());
    if (!hold_) host_.RunUntilIdle();
  }

  void End() {
    for (const std::string& body : host_.sent) ADD_FAILURE() << "not written down: " << body;
  }

 private:
  void Direct(const std::string& what) {
    constexpr std::string_view kAnswers = "model answers ", kNothing = "model has nothing: ";
    if (what.starts_with(kAnswers)) {
      answer_ = Json::parse(what.substr(kAnswers.size())).get<std::string>();
      reason_ = CompletionReason::kOk;
    } else if (what.starts_with(kNothing)) {
      reason_ = ReasonNamed(what.substr(kNothing.size()));
    } else if (what == "no model") {
      has_model_ = false;
    } else if (what == "hold" || what == "run") {
      hold_ = what == "hold";
      if (!hold_) host_.RunUntilIdle();
    } else if (what == "timers expire") {
      host_.FireTimers();
    } else if (what == "wrong messages follow") {
      deliberately_wrong_ = true;
    } else {
      ADD_FAILURE() << "no such direction: " << what;
    }
  }

  void Expect(const Json& expected) {
    ASSERT_FALSE(expected.is_discarded()) << "the expectation is not JSON";
    ASSERT_FALSE(host_.sent.empty()) << "the server said nothing more";
    const Json actual = Json::parse(host_.sent.front());
    host_.sent.pop_front();
    if (!deliberately_wrong_) {
      EXPECT_EQ(checker_.Check(actual, Direction::kServerToClient), "");
    }
    EXPECT_EQ(Differs(expected, actual, "message"), "") << actual.dump(2);
  }

  ManualHost host_;
  SessionChecker checker_{MetaModel::SharedLenient()};
  std::unique_ptr<LanguageServer> server_;
  std::string answer_ = "pass";
  CompletionReason reason_ = CompletionReason::kOk;
  bool has_model_ = true;
  bool hold_ = false;
  bool deliberately_wrong_ = false;
};

std::vector<std::string> SessionNames() {
  std::vector<std::string> names;
  const auto folder = std::filesystem::path(ESPALIER_SOURCE_DIR) / "tests/lsp/sessions";
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

class SessionTest : public testing::TestWithParam<std::string> {};

TEST_P(SessionTest, Replays) {
  const auto path = std::filesystem::path(ESPALIER_SOURCE_DIR) / "tests/lsp/sessions" / (GetParam() + ".txt");
  const auto steps = ReadSteps(path);
  ASSERT_FALSE(steps.empty());
  Session session;
  for (const Step& step : steps) {
    SCOPED_TRACE(path.filename().string() + ":" + std::to_string(step.line));
    session.Run(step);
    if (HasFatalFailure()) return;
  }
  session.End();
}

INSTANTIATE_TEST_SUITE_P(Files, SessionTest, testing::ValuesIn(SessionNames()),
                         [](const auto& file) { return file.param; });

}  // namespace
}  // namespace espalier::lsp
