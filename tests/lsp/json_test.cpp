#include "lsp/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lsp/position.h"
#include "lsp/protocol.h"

namespace espalier::lsp {
namespace {

using testing::HasSubstr;

template <typename T>
std::string ErrorOf(const std::string& text) {
  const auto value = ParseJson(text);
  if (!value) return value.error().message;
  T out{};
  std::string error;
  const bool ok = Decode(JsonCursor(*value, "params", error), out);
  EXPECT_EQ(ok, error.empty());
  return error;
}

TEST(ParseJsonTest, ReportsWhatIsNoJson) {
  for (const char* text : {"", "{", "{\"a\":}", "nul", "{} {}", "\"\\x\"", "01"}) {
    EXPECT_FALSE(ParseJson(text).has_value()) << text;
  }
}

TEST(ParseJsonTest, RefusesDeepNesting) {
  EXPECT_TRUE(ParseJson(std::string(kMaxJsonDepth, '[') + std::string(kMaxJsonDepth, ']')).has_value());
  const auto deep = ParseJson(std::string(1'000'000, '['));
  ASSERT_FALSE(deep.has_value());
  EXPECT_THAT(deep.error().message, HasSubstr("nested deeper"));
  EXPECT_TRUE(ParseJson("\"" + std::string(1000, '[') + "\"").has_value())
      << "brackets in a string do not nest";
}

TEST(ParseJsonTest, ALoneSurrogateStaysOneUtf16Unit) {
  const auto value = ParseJson(R"(["a\ud800b", "\udc00", "\ud83d\ude00", "\\ud800", "\ud800\ud83d\ude00"])");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ((*value)[0],
            "a\uFFFD"
            "b");
  EXPECT_EQ((*value)[1], "\uFFFD");
  EXPECT_EQ((*value)[2], "😀");
  EXPECT_EQ((*value)[3], "\\ud800");
  EXPECT_EQ((*value)[4], "\uFFFD😀");
  EXPECT_EQ(CountUnits((*value)[0].get<std::string>(), PositionEncoding::kUtf16), 3u);
}

TEST(ParseJsonTest, InvalidUtf8KeepsItsLength) {
  const auto value = ParseJson("[\"caf\xE9 \xE2\x82\", \"ok é\"]");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ((*value)[0], "caf? ??");
  EXPECT_EQ((*value)[1], "ok é");
}

TEST(DumpJsonTest, NeverFails) { EXPECT_EQ(DumpJson(Json("a\xFF")), "\"a\uFFFD\""); }

TEST(JsonCursorTest, ErrorsNameThePath) {
  EXPECT_EQ(ErrorOf<InlineCompletionParams>(
                R"({"textDocument":{"uri":"u"},"position":{"line":0,"character":"3"}})"),
            "params.position.character: expected an unsigned integer, got string");
  EXPECT_EQ(ErrorOf<DidChangeTextDocumentParams>(
                R"({"textDocument":{"uri":"u","version":1},"contentChanges":[{"text":""},{"text":5}]})"),
            "params.contentChanges[1].text: expected a string, got number");
  EXPECT_EQ(ErrorOf<TextDocumentParams>("{}"), "params.textDocument: missing");
  EXPECT_EQ(ErrorOf<TextDocumentParams>("null"), "params: expected an object, got null");
  EXPECT_EQ(ErrorOf<InitializeParams>(R"({"initializationOptions":{"maxTokens":true}})"),
            "params.initializationOptions.maxTokens: expected an unsigned integer, got boolean");
}

TEST(JsonCursorTest, OptionalMembersMayBeNull) {
  EXPECT_EQ(ErrorOf<InitializeParams>(R"({"processId":null,"initializationOptions":null,"capabilities":{}})"),
            "");
}

TEST(JsonCursorTest, NumbersAreCheckedAndLargePositionsSaturate) {
  const auto value = ParseJson(R"([1.7976931348623157e308, 4294967295, 2.0, -1, 1.5, "1"])");
  ASSERT_TRUE(value.has_value());
  std::string error;
  uint32_t out = 0;
  EXPECT_TRUE(Decode(JsonCursor((*value)[0], "x", error), out));
  EXPECT_EQ(out, 2147483647u);
  EXPECT_TRUE(Decode(JsonCursor((*value)[1], "x", error), out));
  EXPECT_EQ(out, 2147483647u);
  EXPECT_TRUE(Decode(JsonCursor((*value)[2], "x", error), out));
  EXPECT_EQ(out, 2u);
  for (size_t i = 3; i < 6; ++i) EXPECT_FALSE(Decode(JsonCursor((*value)[i], "x", error), out)) << i;
  int32_t number = 0;
  EXPECT_TRUE(Decode(JsonCursor((*value)[3], "x", error), number));
  EXPECT_FALSE(Decode(JsonCursor((*value)[1], "x", error), number));
}

}  // namespace
}  // namespace espalier::lsp
