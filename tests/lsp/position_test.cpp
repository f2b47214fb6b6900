#include "lsp/position.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/lsp/position_oracle.h"
#include "tests/lsp/random_text.h"

namespace espalier::lsp {
namespace {

constexpr PositionEncoding kEncodings[] = {PositionEncoding::kUtf8, PositionEncoding::kUtf16,
                                           PositionEncoding::kUtf32};
constexpr auto k8 = PositionEncoding::kUtf8;
constexpr auto k16 = PositionEncoding::kUtf16;
constexpr auto k32 = PositionEncoding::kUtf32;

uint32_t Offset(std::string_view text, Position position, PositionEncoding encoding) {
  return LineIndex(text).OffsetAt(text, position, encoding);
}

Position At(std::string_view text, uint32_t offset, PositionEncoding encoding) {
  return LineIndex(text).PositionAt(text, offset, encoding);
}

TEST(PositionTest, CountsTheUnitsOfTheEncoding) {
  const std::string_view text = "aé€😀b";  // 1 + 2 + 3 + 4 + 1 bytes
  EXPECT_EQ(CountUnits(text, k8), 11u);
  EXPECT_EQ(CountUnits(text, k16), 6u);
  EXPECT_EQ(CountUnits(text, k32), 5u);
  EXPECT_EQ(Offset(text, {0, 5}, k16), 10u);
  EXPECT_EQ(Offset(text, {0, 4}, k32), 10u);
  EXPECT_EQ(At(text, 10, k16), (Position{0, 5}));
}

TEST(PositionTest, HalfASurrogatePairIsTheCharactersStart) {
  EXPECT_EQ(Offset("a😀b", {0, 1}, k16), 1u);
  EXPECT_EQ(Offset("a😀b", {0, 2}, k16), 1u);
  EXPECT_EQ(Offset("a😀b", {0, 3}, k16), 5u);
}

TEST(PositionTest, AnOffsetInsideACharacterIsItsStart) {
  for (uint32_t offset = 1; offset < 5; ++offset) EXPECT_EQ(At("a😀b", offset, k32), (Position{0, 1}));
  EXPECT_EQ(Offset("€", {0, 2}, k8), 0u);
}

TEST(PositionTest, EveryLineEndCounts) {
  const std::string_view text = "a\nb\r\nc\rd";
  const LineIndex index(text);
  ASSERT_EQ(index.line_count(), 4u);
  EXPECT_EQ(index.Line(text, 1), "b");
  EXPECT_EQ(index.Line(text, 2), "c");
  EXPECT_EQ(index.OffsetAt(text, {3, 0}, k16), 7u);
}

TEST(PositionTest, NoPositionLiesInsideCrLf) {
  EXPECT_EQ(At("a\r\nb", 2, k16), (Position{0, 1}));
  EXPECT_EQ(Offset("a\r\nb", {0, 2}, k16), 1u);
}

TEST(PositionTest, ATerminatorAtTheEndOpensALine) {
  EXPECT_EQ(LineIndex("a\n").line_count(), 2u);
  EXPECT_EQ(At("a\n", 2, k16), (Position{1, 0}));
  EXPECT_EQ(LineIndex("").line_count(), 1u);
  EXPECT_EQ(At("", 0, k16), (Position{0, 0}));
}

TEST(PositionTest, OutOfRangeIsClamped) {
  EXPECT_EQ(Offset("ab\ncd", {0, 99}, k16), 2u);
  EXPECT_EQ(Offset("ab\ncd", {99, 0}, k16), 5u);
  EXPECT_EQ(Offset("ab\ncd", {0x7FFFFFFF, 0x7FFFFFFF}, k8), 5u);
  EXPECT_EQ(At("ab\ncd", 99, k16), (Position{1, 2}));
}

TEST(PositionTest, BytesOfNoCharacterAreOneUnitEach) {
  for (const auto encoding : kEncodings) {
    EXPECT_EQ(CountUnits("\xFF\xE2\x82z", encoding), 4u);
    EXPECT_EQ(CountUnits("\xED\xA0\x80", encoding), 3u);  // a surrogate as UTF-8 is no character
  }
}

// --- Against the oracle ------------------------------------------------------------------------------

size_t CaseCount() {
  const char* cases = std::getenv("ESPALIER_POSITION_CASES");
  return cases == nullptr ? 100'000 : std::strtoul(cases, nullptr, 10);
}

TEST(PositionPropertyTest, AgreesWithTheOracle) {
  Random random(1);
  for (size_t i = 0; i < CaseCount(); ++i) {
    const std::string text = RandomText(random, 12, true);
    const LineIndex index(text);
    const PositionOracle oracle(text);
    const auto encoding = kEncodings[Below(random, 3)];
    const Position position{Below(random, oracle.line_count() + 2), Below(random, 24)};
    const auto offset = Below(random, static_cast<uint32_t>(text.size()) + 3);
    ASSERT_EQ(index.line_count(), oracle.line_count()) << testing::PrintToString(text);
    ASSERT_EQ(index.OffsetAt(text, position, encoding), oracle.OffsetAt(position, encoding))
        << "case " << i << ": " << testing::PrintToString(text) << " at " << position.line << ":"
        << position.character;
    ASSERT_EQ(index.PositionAt(text, offset, encoding), oracle.PositionAt(offset, encoding))
        << "case " << i << ": " << testing::PrintToString(text) << " at byte " << offset;
  }
}

TEST(PositionPropertyTest, PositionsOfCharacterStartsComeBack) {
  Random random(2);
  for (size_t i = 0; i < CaseCount() / 10; ++i) {
    const std::string text = RandomText(random, 12, true);
    const LineIndex index(text);
    for (uint32_t line = 0; line < index.line_count(); ++line) {
      const auto begin = static_cast<uint32_t>(index.Line(text, line).data() - text.data());
      ASSERT_EQ(index.OffsetAt(text, {line, 0}, k16), begin);
      ASSERT_EQ(index.PositionAt(text, begin, k16), (Position{line, 0})) << testing::PrintToString(text);
    }
  }
}

TEST(PositionPropertyTest, AnUpdatedIndexEqualsAFreshOne) {
  Random random(3);
  for (size_t i = 0; i < CaseCount() / 2; ++i) {
    std::string text = RandomText(random, 10, true);
    LineIndex index(text);
    for (int edit = 0; edit < 3; ++edit) {
      const auto begin = Below(random, static_cast<uint32_t>(text.size()) + 1);
      const auto length = Below(random, static_cast<uint32_t>(text.size()) - begin + 1);
      const std::string inserted = RandomText(random, 4, true);
      const std::string before = text;
      text.replace(begin, length, inserted);
      index.Update(text, begin, begin + length, static_cast<uint32_t>(inserted.size()));
      ASSERT_EQ(index, LineIndex(text)) << testing::PrintToString(before) << " [" << begin << ", "
                                        << begin + length << ") -> " << testing::PrintToString(inserted);
    }
  }
}

}  // namespace
}  // namespace espalier::lsp
