#include "lsp/framing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/lsp/random_text.h"

namespace espalier::lsp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What came out: messages as they are, problems as "? text", the end of a broken stream as "! text".
std::vector<std::string> Drain(FrameReader& reader) {
  std::vector<std::string> out;
  while (const auto frame = reader.Next()) {
    const char* mark = frame->kind == Frame::Kind::kMessage   ? ""
                       : frame->kind == Frame::Kind::kProblem ? "? "
                                                              : "! ";
    out.push_back(mark + frame->text);
  }
  return out;
}

std::vector<std::string> ReadAll(std::string_view bytes, size_t max_message_bytes = kMaxMessageBytes) {
  FrameReader reader(max_message_bytes);
  reader.Push(bytes);
  return Drain(reader);
}

TEST(FramingTest, ReadsWhatItWrites) {
  EXPECT_THAT(ReadAll(EncodeFrame("{}") + EncodeFrame("[1]")), ElementsAre("{}", "[1]"));
  EXPECT_EQ(EncodeFrame("{}"), "Content-Length: 2\r\n\r\n{}");
}

TEST(FramingTest, BytesMayComeOneByOne) {
  FrameReader reader;
  std::vector<std::string> out;
  for (const char byte : EncodeFrame("{\"a\": 1}") + EncodeFrame("{}")) {
    reader.Push({&byte, 1});
    for (auto& text : Drain(reader)) out.push_back(text);
  }
  EXPECT_THAT(out, ElementsAre("{\"a\": 1}", "{}"));
}

TEST(FramingTest, AcceptsWhatClientsSend) {
  EXPECT_THAT(ReadAll("content-length:2\n\n{}"), ElementsAre("{}"));
  EXPECT_THAT(
      ReadAll("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}"),
      ElementsAre("{}"));
  EXPECT_THAT(ReadAll("\r\n\r\nContent-Length: 2\r\n\r\n{}"), ElementsAre("{}"));
}

TEST(FramingTest, LengthIsInBytes) { EXPECT_THAT(ReadAll(EncodeFrame("\"é\"")), ElementsAre("\"é\"")); }

TEST(FramingTest, ASecondLengthReplacesTheFirst) {
  EXPECT_THAT(ReadAll("Content-Length: 9\r\nContent-Length: 2\r\n\r\n{}"),
              ElementsAre(HasSubstr("? a second Content-Length"), "{}"));
}

TEST(FramingTest, AMissingOrWrongLengthCostsOneMessageAtMost) {
  EXPECT_THAT(ReadAll("Content-Type: x\r\n\r\n" + EncodeFrame("{}")), ElementsAre(HasSubstr("? "), "{}"));
  EXPECT_THAT(ReadAll("Content-Length: two\r\n\r\n" + EncodeFrame("{}")),
              ElementsAre(HasSubstr("is no number"), "{}"));
  EXPECT_THAT(ReadAll("Content-Length: -2\r\n\r\n" + EncodeFrame("{}")),
              ElementsAre(HasSubstr("is no number"), "{}"));
}

TEST(FramingTest, FindsTheNextMessageInTheBytesBehindABodyWithoutLength) {
  EXPECT_THAT(ReadAll("Content-Type: x\r\n\r\n{\"lost\":1}" + EncodeFrame("{}") + EncodeFrame("[]")),
              ElementsAre(HasSubstr("? "), HasSubstr("? bytes that are no header"), "{}", "[]"));
}

TEST(FramingTest, ATooLongMessageIsSkippedAndTheNextRead) {
  const std::string large = EncodeFrame(std::string(100, 'x'));
  EXPECT_THAT(ReadAll(large + EncodeFrame("{}"), 99), ElementsAre(HasSubstr("100 bytes was skipped"), "{}"));
  EXPECT_THAT(ReadAll(large, 100), ElementsAre(std::string(100, 'x')));
}

TEST(FramingTest, AnImpossibleLengthBreaksTheStream) {
  FrameReader reader;
  reader.Push("Content-Length: 9999999999999999\r\n\r\n{}");
  EXPECT_THAT(Drain(reader), ElementsAre(HasSubstr("! Content-Length 9999999999999999")));
  reader.Push(EncodeFrame("{}"));
  EXPECT_THAT(Drain(reader), IsEmpty());
}

TEST(FramingTest, GarbageWithoutNewlinesIsDroppedAndReportedOnce) {
  FrameReader reader;
  for (int i = 0; i < 100; ++i) {
    reader.Push(std::string(1000, 'g'));
    EXPECT_THAT(Drain(reader), IsEmpty());
  }
  reader.Push("\r\n\r\n" + EncodeFrame("{}"));
  EXPECT_THAT(Drain(reader), ElementsAre(HasSubstr("more than 4096 bytes was skipped"), "{}"));
}

TEST(FramingTest, AnyCutOfAStreamGivesTheSame) {
  const std::string stream = "junk\r\n\r\n" + EncodeFrame("{\"a\":1}") + "Content-Length: x\r\n\r\n" +
                             EncodeFrame("[]") + EncodeFrame("\"€\"");
  const auto whole = ReadAll(stream);
  Random random(7);
  for (int round = 0; round < 500; ++round) {
    FrameReader reader;
    std::vector<std::string> out;
    for (size_t at = 0; at < stream.size();) {
      const size_t bytes = std::min<size_t>(1 + Below(random, 20), stream.size() - at);
      reader.Push(std::string_view(stream).substr(at, bytes));
      for (auto& text : Drain(reader)) out.push_back(text);
      at += bytes;
    }
    ASSERT_EQ(out, whole);
  }
}

}  // namespace
}  // namespace espalier::lsp
