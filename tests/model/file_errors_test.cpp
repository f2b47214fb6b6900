#include "model/file_errors.h"

#include <gtest/gtest.h>

#include <string>

namespace espalier {
namespace {

TEST(QuotedTest, ShowsTextAsItIs) {
  EXPECT_EQ(Quoted("rope_theta"), "'rope_theta'");
  EXPECT_EQ(Quoted("modèle"), "'modèle'");
  EXPECT_EQ(Quoted(""), "''");
}

TEST(QuotedTest, EscapesControlCharactersAndInvalidBytes) {
  EXPECT_EQ(Quoted("a\nb\x1b[0m\x7f"), "'a\\x0ab\\x1b[0m\\x7f'");
  EXPECT_EQ(Quoted("\xff\xc3"), "'\\xff\\xc3'");
  EXPECT_EQ(Quoted(std::string("\0", 1)), "'\\x00'");
}

TEST(QuotedTest, CutsLongTextBetweenCodePoints) {
  std::string text(199, 'a');
  text += "éé";
  EXPECT_EQ(Quoted(text), "'" + text.substr(0, 201) + "...'");
}

TEST(FileErrorsTest, BeginsWithTheWholePath) {
  const std::string path = "/home/" + std::string(300, 'x') + "/model.gguf";
  const Error error = FileErrors(path).Corrupt("broken").value();
  EXPECT_EQ(error.message, "'" + path + "': broken");
  EXPECT_EQ(error.code, ErrorCode::kCorrupt);
  EXPECT_EQ(FileErrors(path).Unsupported("new").value().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace espalier
