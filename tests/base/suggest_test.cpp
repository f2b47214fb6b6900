#include "base/suggest.h"

#include <gtest/gtest.h>

#include <array>

namespace espalier {
namespace {

using std::string_view;

TEST(EditDistance, CountsEditsAndSwaps) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("complete", "complete"), 0u);
  EXPECT_EQ(EditDistance("complete", "COMPLETE"), 0u);
  EXPECT_EQ(EditDistance("complte", "complete"), 1u);
  EXPECT_EQ(EditDistance("completee", "complete"), 1u);
  EXPECT_EQ(EditDistance("comblete", "complete"), 1u);
  EXPECT_EQ(EditDistance("compleet", "complete"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
}

TEST(EditDistance, IsSymmetricAndZeroOnlyForEqualWords) {
  constexpr std::array<string_view, 6> kWords = {"", "a", "ab", "ba", "abc", "tokenize"};
  for (const string_view a : kWords) {
    for (const string_view b : kWords) {
      EXPECT_EQ(EditDistance(a, b), EditDistance(b, a)) << a << " " << b;
      EXPECT_EQ(EditDistance(a, b) == 0, a == b) << a << " " << b;
    }
  }
}

constexpr std::array<string_view, 5> kVerbs = {"complete", "generate", "model", "tokenize", "lsp"};

TEST(NearestName, FindsWhatWasMeant) {
  EXPECT_EQ(NearestName("complte", kVerbs), "complete");
  EXPECT_EQ(NearestName("Generate", kVerbs), "generate");
  EXPECT_EQ(NearestName("models", kVerbs), "model");
  EXPECT_EQ(NearestName("lps", kVerbs), "lsp");
  EXPECT_EQ(NearestName("gen", kVerbs), "generate");
}

TEST(NearestName, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(NearestName("frobnicate", kVerbs), "");
  EXPECT_EQ(NearestName("", kVerbs), "");
  EXPECT_EQ(NearestName("xyz", {}), "");
}

TEST(DidYouMean, IsReadyToAppend) {
  EXPECT_EQ(DidYouMean("tokenise", kVerbs), "; did you mean 'tokenize'?");
  EXPECT_EQ(DidYouMean("qqq", kVerbs), "");
}

}  // namespace
}  // namespace espalier
