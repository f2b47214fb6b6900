#include "base/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace espalier {
namespace {

std::string Encode(uint32_t code) {
  const auto byte = [](uint32_t value) { return static_cast<char>(value); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0 | code >> 6), byte(0x80 | (code & 63))};
  if (code < 0x10000)
    return {byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 63)), byte(0x80 | (code & 63))};
  return {byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 63)), byte(0x80 | (code >> 6 & 63)),
          byte(0x80 | (code & 63))};
}

TEST(Utf8, AcceptsEveryCodePointExceptSurrogates) {
  for (uint32_t code = 0; code <= 0x110000; ++code) {
    const bool valid = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    ASSERT_EQ(IsValidUtf8(Encode(code)), valid) << std::hex << code;
  }
}

TEST(Utf8, RefusesOverlongForms) {
  EXPECT_EQ(FirstInvalidUtf8("\xC0\x80"), 0u);
  EXPECT_EQ(FirstInvalidUtf8("\xC1\xBF"), 0u);
  EXPECT_EQ(FirstInvalidUtf8("\xE0\x9F\xBF"), 0u);
  EXPECT_EQ(FirstInvalidUtf8("\xF0\x8F\xBF\xBF"), 0u);
}

TEST(Utf8, FindsTheFirstBadByte) {
  EXPECT_EQ(FirstInvalidUtf8("abc"), std::string_view::npos);
  EXPECT_EQ(FirstInvalidUtf8("abc\xFF"), 3u);
  EXPECT_EQ(FirstInvalidUtf8("\xC3\xA9\x80z"), 2u);
  EXPECT_EQ(FirstInvalidUtf8("a\xE2\x82"), 1u);  // cut off
}

TEST(Utf8, CountsAndFindsCodePoints) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";  // 1 + 2 + 3 + 4 + 1 bytes
  EXPECT_EQ(CountCodePoints(text), 5u);
  const size_t offsets[] = {0, 1, 3, 6, 10, 11, 11};
  for (size_t n = 0; n < std::size(offsets); ++n) EXPECT_EQ(OffsetOfCodePoint(text, n), offsets[n]) << n;
}

TEST(Utf8, CountsBrokenBytesOneByOne) {
  EXPECT_EQ(CountCodePoints("\xFF\xFE"), 2u);
  EXPECT_EQ(OffsetOfCodePoint("\xE2\x82z", 2), 2u);
}

TEST(Utf8, PrefixesAreUnfinishedSequences) {
  for (const char* prefix : {"\xC3", "\xE2", "\xE2\x82", "\xE0", "\xE0\xA0", "\xF0\x9F\x98", "\xF4\x8F"}) {
    EXPECT_TRUE(IsUtf8Prefix(prefix)) << testing::PrintToString(prefix);
  }
  for (const char* other :
       {"", "a", "\x80", "\xC0", "\xC3\xA9", "\xE0\x80", "\xED\xA0", "\xF4\x90", "\xF5", "\xC3z"}) {
    EXPECT_FALSE(IsUtf8Prefix(other)) << testing::PrintToString(other);
  }
}

}  // namespace
}  // namespace espalier
