#include "cli/source_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

using testing::HasSubstr;

TEST(ParseTarget, SplitsAtTheLastTwoColons) {
  const auto target = ParseTarget("src/main.py:12:5");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->file, "src/main.py");
  EXPECT_EQ(target->position, (LineColumn{12, 5}));
  EXPECT_EQ(ParseTarget("C:odd:name.c:1:2")->file, "C:odd:name.c");
  EXPECT_EQ(ParseTarget("-:1:1")->file, "-");
}

TEST(ParseTarget, RefusesEverythingElse) {
  for (const char* text : {"", "main.py", "main.py:1", "main.py:0:1", "main.py:1:0", "main.py:a:1",
                           "main.py:1:1x", ":1:1", "main.py:-1:1", "main.py:1:99999999999"}) {
    const auto target = ParseTarget(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(ByteOffset, CountsCharactersNotBytes) {
  const std::string text = "a\xC3\xA9\xF0\x9F\x98\x80z\nsecond";
  EXPECT_EQ(ByteOffset(text, {1, 1}).value(), 0u);
  EXPECT_EQ(ByteOffset(text, {1, 3}).value(), 3u);
  EXPECT_EQ(ByteOffset(text, {1, 4}).value(), 7u);
  EXPECT_EQ(ByteOffset(text, {1, 5}).value(), 8u);
  EXPECT_EQ(ByteOffset(text, {2, 7}).value(), text.size());
}

TEST(ByteOffset, TakesBothLineEnds) {
  EXPECT_EQ(ByteOffset("ab\r\ncd\r\n", {1, 3}).value(), 2u);
  EXPECT_EQ(ByteOffset("ab\r\ncd\r\n", {2, 1}).value(), 4u);
  EXPECT_EQ(ByteOffset("ab\r\ncd\r\n", {3, 1}).value(), 8u);
  EXPECT_FALSE(ByteOffset("ab\r\ncd\r\n", {1, 4}));
  EXPECT_EQ(ByteOffset("ab\r", {1, 4}).value(), 3u);  // no line end, an ordinary character
}

TEST(ByteOffset, SaysWhatWouldBeValid) {
  EXPECT_THAT(ByteOffset("ab\ncd", {1, 4}).error().message, HasSubstr("whose last column is 3"));
  EXPECT_THAT(ByteOffset("ab\ncd", {9, 1}).error().message, HasSubstr("the last line is 2"));
  EXPECT_THAT(ByteOffset("", {1, 2}).error().message, HasSubstr("whose last column is 1"));
}

TEST(PositionAt, IsTheInverseOfByteOffset) {
  const std::string text = "a\xC3\xA9\n\n\tx\xF0\x9F\x98\x80\ny";
  for (uint32_t line = 1; line <= 4; ++line) {
    for (uint32_t column = 1;; ++column) {
      const auto offset = ByteOffset(text, {line, column});
      if (!offset) break;
      EXPECT_EQ(PositionAt(text, *offset), (LineColumn{line, column}));
    }
  }
}

TEST(ReadSource, ReadsAndRefuses) {
  const TemporaryFolder folder;
  EXPECT_EQ(ReadSource(folder.Write("a.py", "x = 1\n"), 100).value(), "x = 1\n");
  EXPECT_EQ(ReadSource(folder.Write("exact.py", "12345"), 5).value(), "12345");
  EXPECT_EQ(ReadSource(folder.Write("big.py", "123456"), 5).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(ReadSource(folder.path() / "none.py", 5).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ReadSource(folder.path(), 5).error().code, ErrorCode::kIo);
  const auto latin = ReadSource(folder.Write("latin.py", "ok\ncaf\xE9\n"), 100);
  ASSERT_FALSE(latin);
  EXPECT_THAT(latin.error().message, HasSubstr("is not UTF-8: byte 0xE9 on line 2"));
}

}  // namespace
}  // namespace espalier
