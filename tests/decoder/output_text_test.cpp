#include "decoder/output_text.h"

#include <gtest/gtest.h>

#include "tests/decoder/engine_kit.h"

namespace espalier {
namespace {

class OutputTextTest : public ::testing::Test {
 protected:
  /// Pushes the tokens of `text` up to a match; returns the pieces that came out, the rest last.
  std::vector<std::string> Pieces(OutputText& output, const std::string& text) {
    std::vector<std::string> pieces;
    for (const TokenId token : model_->tokenizer().Encode(text)) {
      if (!output.stopped()) pieces.push_back(output.Push(token));
    }
    pieces.push_back(output.Finish());
    return pieces;
  }
  static std::string Joined(const std::vector<std::string>& pieces) {
    std::string text;
    for (const std::string& piece : pieces) text += piece;
    return text;
  }

  std::unique_ptr<Model> model_ = TinyModel();
};

TEST_F(OutputTextTest, PiecesAddUpToTheText) {
  OutputText output(model_->tokenizer(), {"\n\n\n"}, 0);
  const std::string text = "x = 'größe 日本'\n\ny\n";
  EXPECT_EQ(Joined(Pieces(output, text)), text);
  EXPECT_EQ(output.text(), text);
  EXPECT_FALSE(output.stopped());
}

TEST_F(OutputTextTest, StopsAndLeaksNothing) {
  OutputText output(model_->tokenizer(), {";\n}"}, 0);
  EXPECT_EQ(Joined(Pieces(output, "a;\n  b;\n}\nc")), "a;\n  b");
  EXPECT_TRUE(output.stopped());
}

TEST_F(OutputTextTest, PiecesAreWholeCodePoints) {
  OutputText output(model_->tokenizer(), {}, 0);
  for (const std::string& piece : Pieces(output, "日本語")) {
    EXPECT_TRUE(piece.empty() || (static_cast<uint8_t>(piece.front()) & 0xC0) != 0x80) << piece;
  }
}

TEST_F(OutputTextTest, StopStringsCountBeyondTheForcedTextOnly) {
  OutputText output(model_->tokenizer(), {"\n"}, 4);
  EXPECT_EQ(Joined(Pieces(output, "a\nb\nc = 1\nd")), "a\nb\nc = 1");
  EXPECT_TRUE(output.stopped());
}

}  // namespace
}  // namespace espalier
