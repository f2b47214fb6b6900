#include "model/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace espalier {
namespace {

using testing::HasSubstr;

std::string File(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes + header + data;
}

std::string Aligned(std::string header) {
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return header;
}

/// Parses bytes that end exactly where their allocation ends.
Result<std::vector<SafeTensor>> Parse(const std::string& bytes) {
  const std::vector<char> exact(bytes.begin(), bytes.end());
  return ParseSafetensors(std::as_bytes(std::span(exact)), FileErrors("bad.safetensors"));
}

constexpr char kTwoTensors[] =
    R"({"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2,3],"data_offsets":[8,20]},)"
    R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";

TEST(SafetensorsTest, ReadsTensorsInOrderOfTheirData) {
  const std::string bytes = File(Aligned(kTwoTensors), std::string(20, '\x11'));
  const auto tensors = ParseSafetensors(std::as_bytes(std::span(bytes)), FileErrors("x"));
  ASSERT_TRUE(tensors) << tensors.error().message;
  ASSERT_EQ(tensors->size(), 2u);
  EXPECT_EQ(tensors->at(0).name, "a");
  EXPECT_EQ(tensors->at(0).view.rows, 1u);
  EXPECT_EQ(tensors->at(0).view.cols, 2u);
  const SafeTensor& b = tensors->at(1);
  EXPECT_EQ(b.name, "b");
  EXPECT_EQ(b.view.type, DataType::kBF16);
  EXPECT_EQ(b.view.rows, 2u);
  EXPECT_EQ(b.view.cols, 3u);
  EXPECT_EQ(b.view.data, reinterpret_cast<const std::byte*>(bytes.data()) + bytes.size() - 12);
}

TEST(SafetensorsTest, EveryTruncationIsAnError) {
  const std::string whole = File(Aligned(kTwoTensors), std::string(20, '\x11'));
  ASSERT_TRUE(Parse(whole));
  for (size_t length = 0; length < whole.size(); ++length) {
    const auto tensors = Parse(whole.substr(0, length));
    ASSERT_FALSE(tensors) << length;
    ASSERT_EQ(tensors.error().code, ErrorCode::kCorrupt) << length;
  }
}

struct MalformedCase {
  std::string name;
  std::string bytes;
  std::vector<std::string> message;
  ErrorCode code = ErrorCode::kCorrupt;
};

void PrintTo(const MalformedCase& malformed, std::ostream* out) { *out << malformed.name; }

class MalformedSafetensorsTest : public testing::TestWithParam<MalformedCase> {};

TEST_P(MalformedSafetensorsTest, GivesOneClearLine) {
  const auto tensors = Parse(GetParam().bytes);
  ASSERT_FALSE(tensors);
  const std::string& message = tensors.error().message;
  EXPECT_EQ(tensors.error().code, GetParam().code) << message;
  EXPECT_THAT(message, testing::StartsWith("'bad.safetensors': "));
  EXPECT_THAT(message, testing::Not(HasSubstr("\n")));
  for (const std::string& part : GetParam().message) EXPECT_THAT(message, HasSubstr(part));
}

/// A file with one tensor "w" whose entry is `entry`, and eight bytes of data.
std::string With(const std::string& entry) {
  return File(Aligned(R"({"w":)" + entry + "}"), std::string(8, '\0'));
}

std::string WithShape(const std::string& shape) {
  return With(R"({"dtype":"F32","shape":)" + shape + R"(,"data_offsets":[0,8]})");
}

std::string WithOffsets(const std::string& offsets) {
  return With(R"({"dtype":"F32","shape":[2],"data_offsets":)" + offsets + "}");
}

const MalformedCase kCases[] = {
    {"Empty", "", {"ends inside the length"}},
    {"HeaderLengthMinusOne", std::string(8, '\xff') + "{}", {"header length is 18446744073709551615"}},
    {"HeaderBeyondTheFile", std::string("\x40\0\0\0\0\0\0\0", 8) + "{}", {"header length 64", "10 bytes"}},
    {"HeaderNoJson", File("{\"w\":", ""), {"not valid JSON at byte"}},
    {"HeaderNoObject", File("[1,2]", ""), {"expected a JSON object"}},
    {"HeaderNotUtf8", File("{\"\xff\":1}", ""), {"not valid JSON at byte"}},
    {"HeaderDeeplyNested", File("{\"w\":" + std::string(100000, '['), ""), {"not valid JSON"}},
    {"HeaderNumberTooLarge", File("{\"w\":1e999}", ""), {"out of range"}},
    {"TensorTwice", File(R"({"w":{},"w":{}})", ""), {"'w' occurs twice"}},
    {"TensorNoObject", With("3"), {"'w'", "no 'dtype'"}},
    {"TypeMissing", With(R"({"shape":[2],"data_offsets":[0,8]})"), {"'w'", "no 'dtype'"}},
    {"TypeNoString", With(R"({"dtype":7,"shape":[2],"data_offsets":[0,8]})"), {"'w'", "no 'dtype'"}},
    {"TypeUnsupported",
     With(R"({"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]})"),
     {"'w'", "'F8_E4M3'"},
     ErrorCode::kUnsupported},
    {"ShapeMissing", With(R"({"dtype":"F32","data_offsets":[0,8]})"), {"'w'", "no 'shape'"}},
    {"ShapeNoArray", WithShape("2"), {"'w'", "no 'shape'"}},
    {"ShapeOfStrings", WithShape(R"(["2"])"), {"'w'", "'shape'"}},
    {"ShapeNegative", WithShape("[-2]"), {"'w'", "'shape'"}},
    {"ShapeZero", WithShape("[2,0]"), {"'w'", "'shape'"}},
    {"ShapeFraction", WithShape("[2.5]"), {"'w'", "'shape'"}},
    {"ShapeHuge", WithShape("[18446744073709551615]"), {"'w'", "'shape'"}},
    {"ShapeProductLarge", WithShape("[8,8,8,8,8,8,8,8,8,8,8,8,8,8,8,8,8,8,8,8,8,8]"), {"'w'", "larger"}},
    {"ShapeDoesNotFitBytes", WithShape("[1]"), {"'w'", "takes 8 bytes", "4 by its shape"}},
    {"OffsetsMissing", With(R"({"dtype":"F32","shape":[2]})"), {"'w'", "no 'data_offsets'"}},
    {"OffsetsOfThree", WithOffsets("[0,4,8]"), {"'w'", "no 'data_offsets'"}},
    {"OffsetsNegative", WithOffsets("[-8,0]"), {"'w'", "no 'data_offsets'"}},
    {"OffsetsReversed", WithOffsets("[8,0]"), {"'w'", "8 to 0"}},
    {"OffsetsBeyondTheFile", WithOffsets("[0,16]"), {"'w'", "0 to 16", "8 bytes of data"}},
    {"OffsetsWrap",
     WithOffsets("[18446744073709551608,18446744073709551615]"),
     {"'w'", "18446744073709551608"}},
    {"HoleAtTheStart", With(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})"), {"'w'", "offset 4"}},
    {"HoleAtTheEnd", With(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})"), {"end at data offset 4"}},
    {"Overlap",
     File(Aligned(R"({"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                  R"("w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})"),
          std::string(8, '\0')),
     {"'w'", "offset 4", "ends at 8"}},
    {"Misaligned",
     File(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} )", std::string(4, '\0')),
     {"'w'", "not aligned"},
     ErrorCode::kUnsupported},
    {"NameWithNewline", File("{\"a\\nb\":{}}", ""), {"'a\\x0ab'"}},
};

INSTANTIATE_TEST_SUITE_P(Cases, MalformedSafetensorsTest, testing::ValuesIn(kCases),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace espalier
