#include "decoder/ngram_drafter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace espalier {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

NgramDraft DraftAfter(const std::vector<TokenId>& tokens, uint32_t max, uint32_t min_match = 2,
                      const std::vector<TokenId>& lookup = {}) {
  NgramDrafter drafter(min_match);
  drafter.AddLookup(lookup);
  drafter.Append(tokens);
  return drafter.Draft(max);
}

TEST(NgramDrafterTest, ContinuesAsTheLastTimeTheseTokensStoodHere) {
  EXPECT_THAT(DraftAfter({1, 2, 3, 4, 5, 9, 1, 2}, 3).tokens, ElementsAre(3, 4, 5));
  EXPECT_THAT(DraftAfter({1, 2, 3, 1, 2, 4, 1, 2}, 1).tokens, ElementsAre(4));  // the latest of equals
}

TEST(NgramDrafterTest, PrefersTheLongestMatch) {
  const NgramDraft draft = DraftAfter({7, 1, 2, 3, 8, 1, 2, 4, 7, 1, 2}, 2);
  EXPECT_THAT(draft.tokens, ElementsAre(3, 8));
  EXPECT_EQ(draft.match, 3u);
}

TEST(NgramDrafterTest, WantsTheMinimumMatch) {
  EXPECT_THAT(DraftAfter({1, 2, 9, 2}, 4, 2).tokens, IsEmpty());
  EXPECT_THAT(DraftAfter({1, 2, 9, 2}, 1, 1).tokens, ElementsAre(9));
  EXPECT_THAT(DraftAfter({}, 4).tokens, IsEmpty());
  EXPECT_THAT(DraftAfter({1, 2, 3, 1, 2}, 0).tokens, IsEmpty());
}

TEST(NgramDrafterTest, LooksInTheLookupTextButNotAcrossItsEnd) {
  EXPECT_THAT(DraftAfter({5, 1, 2}, 4, 2, {1, 2, 3, 4}).tokens, ElementsAre(3, 4));
  EXPECT_THAT(DraftAfter({2, 5, 1, 2}, 4, 2, {7, 1}).tokens, IsEmpty());
}

TEST(NgramDrafterTest, ContinuesAPeriod) {
  EXPECT_THAT(DraftAfter({4, 5, 4, 5, 4, 5}, 5).tokens, ElementsAre(4, 5, 4, 5, 4));
  EXPECT_THAT(DraftAfter({6, 6, 6}, 3).tokens, ElementsAre(6, 6, 6));
}

// Against a search of the whole text, over a small alphabet.
TEST(NgramDrafterTest, FindsTheSameAsAPlainSearch) {
  std::mt19937 random(2);
  for (int round = 0; round < 500; ++round) {
    std::vector<TokenId> text(4 + random() % 40);
    for (TokenId& t : text) t = static_cast<TokenId>(random() % 4);
    size_t best_length = 0, best_end = 0;
    for (size_t end = text.size() - 1; end > 0; --end) {
      size_t length = 0;
      while (length < end && length < 32 && text[end - 1 - length] == text[text.size() - 1 - length])
        ++length;
      if (length > best_length) best_length = length, best_end = end;
    }
    const NgramDraft draft = DraftAfter(text, 1);
    EXPECT_EQ(draft.match, best_length >= 2 ? best_length : 0);
    if (best_length >= 2) {
      EXPECT_THAT(draft.tokens, ElementsAre(text[best_end]));
    }
  }
}

}  // namespace
}  // namespace espalier
