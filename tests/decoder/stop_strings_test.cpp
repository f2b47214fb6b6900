#include "decoder/stop_strings.h"

#include <gtest/gtest.h>

#include <random>

namespace espalier {
namespace {

struct Outcome {
  std::string text;
  bool matched = false;
  bool operator==(const Outcome&) const = default;
};

/// Pushes `text` in pieces of the given sizes (the last one repeats).
Outcome Watch(const std::vector<std::string>& stops, const std::string& text, std::vector<size_t> sizes) {
  StopStrings matcher(stops);
  Outcome outcome;
  for (size_t at = 0, i = 0; at < text.size(); ++i) {
    const size_t size = sizes[std::min(i, sizes.size() - 1)];
    outcome.text += matcher.Push(text.substr(at, size));
    at += size;
  }
  outcome.text += matcher.Flush();
  outcome.matched = matcher.matched();
  return outcome;
}

TEST(StopStringsTest, CutsAtTheStopAcrossPieces) {
  EXPECT_EQ(Watch({"\n\n"}, "a\n\nb", {1}), (Outcome{"a", true}));
  EXPECT_EQ(Watch({"\n\n"}, "a\n\nb", {4}), (Outcome{"a", true}));
  EXPECT_EQ(Watch({"END"}, "x = 1 EN", {3}), (Outcome{"x = 1 EN", false}));
  EXPECT_EQ(Watch({"abab"}, "aababab", {1}), (Outcome{"a", true}));
}

TEST(StopStringsTest, HoldsBackOnlyWhatMayBeTheBeginning) {
  StopStrings matcher({"</code>"});
  EXPECT_EQ(matcher.Push("int x; <"), "int x; ");
  EXPECT_EQ(matcher.Push("/co"), "");
  EXPECT_EQ(matcher.Push("mment> </"), "</comment> ");
  EXPECT_EQ(matcher.Flush(), "</");
}

TEST(StopStringsTest, TheMatchThatEndsFirstWinsThenTheLongest) {
  EXPECT_EQ(Watch({"abc", "b"}, "abc", {3}), (Outcome{"a", true}));
  EXPECT_EQ(Watch({"c", "bc"}, "abc", {1}), (Outcome{"a", true}));
}

TEST(StopStringsTest, WithoutStopsEverythingPasses) {
  EXPECT_EQ(Watch({}, "text", {2}), (Outcome{"text", false}));
  EXPECT_EQ(Watch({""}, "text", {2}), (Outcome{"text", false}));
}

TEST(StopStringsTest, NothingComesAfterAMatch) {
  StopStrings matcher({"."});
  EXPECT_EQ(matcher.Push("a.b"), "a");
  EXPECT_EQ(matcher.Push("c"), "");
  EXPECT_EQ(matcher.Flush(), "");
}

// Over a small alphabet, against the definition, and for every way to cut the stream.
TEST(StopStringsTest, AgreesWithTheDefinitionHoweverTheStreamIsCut) {
  std::mt19937 random(1);
  const auto word = [&](size_t length) {
    std::string s(length, 'a');
    for (char& c : s) c = static_cast<char>('a' + random() % 2);
    return s;
  };
  for (int i = 0; i < 2000; ++i) {
    const std::vector<std::string> stops{word(1 + random() % 4), word(2 + random() % 4)};
    const std::string text = word(random() % 12);
    Outcome expected{text, false};
    for (size_t end = 0; end <= text.size() && !expected.matched; ++end) {
      for (const std::string& stop : stops) {
        if (!text.substr(0, end).ends_with(stop)) continue;
        expected.matched = true;
        expected.text = std::min(expected.text, text.substr(0, end - stop.size()),
                                 [](const auto& a, const auto& b) { return a.size() < b.size(); });
      }
    }
    EXPECT_EQ(Watch(stops, text, {1}), expected) << text << " | " << stops[0] << " | " << stops[1];
    EXPECT_EQ(Watch(stops, text, {random() % 3 + 1, random() % 5 + 1, 2}), expected) << text;
  }
}

}  // namespace
}  // namespace espalier
