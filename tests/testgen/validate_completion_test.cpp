#include "testgen/validate_completion.h"

#include <gtest/gtest.h>

#include "adapters/adapter.h"

namespace espalier {
namespace {

class ValidateCompletionTest : public testing::Test {
 protected:
  void SetUp() override {
    const Status here = workshop_.Check(Language::kPython);
    if (!here) GTEST_SKIP() << here.error().message;
  }

  /// `source` with `text` in place of "@".
  Completion Validate(Language language, const std::string& source, const std::string& text,
                      CancelToken cancel = {},
                      CompletionValidation validation = CompletionValidation::kAuto) {
    const size_t at = source.find('@');
    const std::string document = source.substr(0, at) + source.substr(at + 1);
    CompletionRequest request;
    request.document = document;
    request.cursor = static_cast<uint32_t>(at);
    request.adapter = &AdapterFor(language);
    request.cancel = cancel;
    Completion completion;
    completion.reason = CompletionReason::kOk;
    completion.text = text;
    completion.begin = completion.end = request.cursor;
    return ValidateCompletion(workshop_, request, completion, validation);
  }

  Workshop workshop_{{}};
};

constexpr const char* kTwice = R"(import nowhere_to_be_found
FACTOR = 2

def twice(x):
    """
    >>> twice(2)
    4
    """
    @

def after():
    return 1
)";

TEST_F(ValidateCompletionTest, WhatFailsAnExampleIsNotShown) {
  const Completion wrong = Validate(Language::kPython, kTwice, "return x + 1");
  EXPECT_EQ(wrong.reason, CompletionReason::kFailsExamples);
  EXPECT_EQ(wrong.text, "");
  EXPECT_EQ(wrong.detail, "its documentation says that twice(2) must give 4, but gives 3");
  EXPECT_EQ(Validate(Language::kPython, kTwice, "return undefined").reason, CompletionReason::kFailsExamples);
  EXPECT_EQ(Validate(Language::kPython, kTwice, "while x: pass\n    return x").reason,
            CompletionReason::kFailsExamples);
}

TEST_F(ValidateCompletionTest, WhatPassesIsShownAsItIs) {
  const Completion right = Validate(Language::kPython, kTwice, "y = FACTOR * x\n    return y");
  EXPECT_EQ(right.reason, CompletionReason::kOk);
  EXPECT_EQ(right.text, "y = FACTOR * x\n    return y");
  EXPECT_EQ(right.detail, "it does what the 1 example of its documentation say");
}

TEST_F(ValidateCompletionTest, WhatIsNotFinishedIsShown) {
  EXPECT_EQ(Validate(Language::kPython, kTwice, "y = x + 1").reason, CompletionReason::kOk);
  EXPECT_EQ(Validate(Language::kPython, kTwice, "if x < 0:\n        return 0").reason, CompletionReason::kOk);
  const std::string middle = "def f(x):\n    \"\"\"\n    >>> f(1)\n    1\n    \"\"\"\n    @\n    return y\n";
  EXPECT_EQ(Validate(Language::kPython, middle, "y = 7").reason, CompletionReason::kOk) << "more follows";
}

TEST_F(ValidateCompletionTest, WithoutExamplesNothingIsRun) {
  EXPECT_EQ(Validate(Language::kPython, "def f(x):\n    @\n", "return 1 / 0").reason, CompletionReason::kOk);
}

TEST_F(ValidateCompletionTest, AnEndOfTheTimeShowsIt) {
  CancelSource cancel;
  cancel.Cancel();
  EXPECT_EQ(Validate(Language::kPython, kTwice, "return x", cancel.token()).reason, CompletionReason::kOk);
}

TEST_F(ValidateCompletionTest, OtherLanguages) {
  if (!workshop_.Check(Language::kCpp) || !workshop_.Check(Language::kRust)) GTEST_SKIP() << "no compilers";
  const std::string cpp = "#include \"far.h\"\n/// twice(2) -> 4\nint twice(int x) {\n  @\n}\n";
  EXPECT_EQ(Validate(Language::kCpp, cpp, "return x + 1;").reason, CompletionReason::kFailsExamples);
  EXPECT_EQ(Validate(Language::kCpp, cpp, "return x + x;").reason, CompletionReason::kOk);
  EXPECT_EQ(Validate(Language::kCpp, cpp, "return far(x);").reason, CompletionReason::kOk)
      << "cannot be built without its project";
  const std::string rust = "/// twice(2) -> 4\nfn twice(x: i32) -> i32 {\n    @\n}\n";
  EXPECT_EQ(Validate(Language::kRust, rust, "x + 1").reason, CompletionReason::kFailsExamples);
  EXPECT_EQ(Validate(Language::kRust, rust, "let y = x;").reason, CompletionReason::kOk);
}

TEST_F(ValidateCompletionTest, WhatCannotBeRunIsShownUnlessAlways) {
  if (!workshop_.Check(Language::kCpp)) GTEST_SKIP() << "no compiler";
  const std::string cpp = "#include \"far.h\"\n/// twice(2) -> 4\nint twice(int x) {\n  @\n}\n";
  const Completion shown = Validate(Language::kCpp, cpp, "return far(x);");
  EXPECT_EQ(shown.reason, CompletionReason::kOk);
  EXPECT_TRUE(shown.detail.starts_with("not validated: it does not build by itself")) << shown.detail;
  EXPECT_EQ(Validate(Language::kCpp, cpp, "return far(x);", {}, CompletionValidation::kAlways).reason,
            CompletionReason::kFailsExamples);
  EXPECT_EQ(Validate(Language::kPython, kTwice, "return x + 1", {}, CompletionValidation::kOff).reason,
            CompletionReason::kOk);
}

TEST_F(ValidateCompletionTest, TheModelMayTryAgain) {
  const std::string document = "def twice(x):\n    \"\"\"\n    >>> twice(2)\n    4\n    \"\"\"\n    ";
  CompletionRequest request;
  request.document = document;
  request.cursor = static_cast<uint32_t>(document.size());
  request.adapter = &AdapterFor(Language::kPython);
  int calls = 0;
  const auto complete = [&](const CompletionRequest& one) {
    Completion completion;
    completion.reason = CompletionReason::kOk;
    completion.text = one.options.sampling.seed == 2 ? "return 2 * x" : "return x";
    completion.begin = completion.end = one.cursor;
    EXPECT_EQ(one.options.sampling.temperature > 0, calls++ > 0);
    return completion;
  };
  EXPECT_EQ(CompleteValidated(complete, workshop_, request, CompletionValidation::kAuto).text,
            "return 2 * x");
  EXPECT_EQ(calls, 3);
  calls = 0;
  EXPECT_EQ(CompleteValidated(complete, workshop_, request, CompletionValidation::kOff).text, "return x");
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace espalier
