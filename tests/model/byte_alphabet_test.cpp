#include "model/byte_alphabet.h"

#include <gtest/gtest.h>

#include "tests/model/tokenizer_support.h"

namespace espalier {
namespace {

TEST(ByteAlphabetTest, EveryByteHasItsLetter) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::string bytes = "before";
    ASSERT_TRUE(AppendAlphabetBytes(AlphabetLetter(byte), bytes)) << byte;
    EXPECT_EQ(bytes, "before" + std::string(1, static_cast<char>(byte)));
  }
}

TEST(ByteAlphabetTest, KnownSpellings) {
  std::string bytes;
  EXPECT_TRUE(AppendAlphabetBytes("Ġreturn", bytes));
  EXPECT_TRUE(AppendAlphabetBytes("ĊĉĠ", bytes));
  EXPECT_TRUE(AppendAlphabetBytes("ä½ł", bytes));
  EXPECT_TRUE(AppendAlphabetBytes("", bytes));
  EXPECT_EQ(bytes, " return\n\t \u4F60");
}

TEST(ByteAlphabetTest, RefusesWhatIsNoLetterAndLeavesTheBytes) {
  const std::string_view outside[] = {" ",
                                      "a b",
                                      "\n",
                                      std::string_view("\0", 1),
                                      "\u00A0",
                                      "\u00AD",
                                      "\x7F",
                                      "\u0144",
                                      "\u4F60",
                                      "a\xC4",
                                      "\xFF",
                                      "\x80",
                                      "\xC4(",
                                      "\xC0\xA1",
                                      "<\uFF5CUser\uFF5C>"};
  for (std::string_view name : outside) {
    std::string bytes = "kept";
    EXPECT_FALSE(AppendAlphabetBytes(name, bytes)) << testing::PrintToString(name);
    EXPECT_EQ(bytes, "kept");
  }
}

}  // namespace
}  // namespace espalier
