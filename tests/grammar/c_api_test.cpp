// The C interface, as a decoder in another language uses it.
#include "grammar/c_api.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

class CApiTest : public testing::Test {
 protected:
  CApiTest() {
    for (const std::string& token : tokens_) {
      texts_.push_back(token.data());
      sizes_.push_back(token.size());
    }
    vocabulary_ = espalier_vocabulary_new(texts_.data(), sizes_.data(), tokens_.size());
  }
  ~CApiTest() override { espalier_vocabulary_free(vocabulary_); }

  uint32_t Token(const std::string& text) const {
    for (uint32_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i] == text) return i;
    }
    ADD_FAILURE() << text;
    return 0;
  }

  const std::vector<std::string> tokens_ = {"x", "(",    ")",    " = ",  "\n", "",
                                            "]", "def ", "\xC3", "\xA9", "1",  "\xFF"};
  std::vector<const char*> texts_;
  std::vector<size_t> sizes_;
  espalier_vocabulary* vocabulary_ = nullptr;
};

TEST_F(CApiTest, FollowsAGrammar) {
  espalier_constraint* constraint = espalier_constraint_new("python", vocabulary_);
  ASSERT_NE(constraint, nullptr);
  EXPECT_EQ(espalier_constraint_append(constraint, "y = f", 5), 1);
  EXPECT_EQ(espalier_constraint_allows(constraint, Token("(")), 1);
  EXPECT_EQ(espalier_constraint_allows(constraint, Token(")")), 0);
  EXPECT_EQ(espalier_constraint_allows(constraint, Token("")), 0);
  EXPECT_EQ(espalier_constraint_allows(constraint, 4711), 0);
  EXPECT_EQ(espalier_constraint_accept(constraint, Token("(")), 1);
  EXPECT_EQ(espalier_constraint_accept(constraint, Token("]")), 0);
  EXPECT_EQ(espalier_constraint_may_end(constraint, ")\n", 2), 1);
  EXPECT_EQ(espalier_constraint_may_end(constraint, "\n", 1), 0);
  char closer[8];
  EXPECT_EQ(espalier_constraint_closer(constraint, "", 0, closer, sizeof closer), 1);
  EXPECT_EQ(closer[0], ')');
  EXPECT_EQ(espalier_constraint_rollback(constraint, 2), 0);
  EXPECT_EQ(espalier_constraint_rollback(constraint, 1), 1);
  EXPECT_EQ(espalier_constraint_allows(constraint, Token(")")), 0);
  espalier_constraint_free(constraint);
}

TEST_F(CApiTest, MasksAreWhatAskingGives) {
  espalier_constraint* constraint = espalier_constraint_new("python", vocabulary_);
  for (const char* text : {"x", " = ", "x", "(", "1", ")", "\n", "def ", "x", "\xC3"}) {
    uint64_t bits = 0;
    espalier_constraint_mask(constraint, &bits);
    for (uint32_t token = 0; token < tokens_.size(); ++token) {
      EXPECT_EQ(bits >> token & 1, static_cast<uint64_t>(espalier_constraint_allows(constraint, token)))
          << text;
    }
    EXPECT_EQ(espalier_constraint_accept(constraint, Token(text)), 1) << text;
  }
  EXPECT_EQ(espalier_constraint_may_end(constraint, "", 0), 0);  // inside of a character
  EXPECT_EQ(espalier_constraint_allows(constraint, Token("\xA9")), 1);
  espalier_constraint_free(constraint);
}

TEST_F(CApiTest, SurvivesWhatMakesNoSense) {
  EXPECT_EQ(espalier_constraint_new("cobol", vocabulary_), nullptr);
  EXPECT_EQ(espalier_constraint_new(nullptr, vocabulary_), nullptr);
  EXPECT_EQ(espalier_constraint_new("c", nullptr), nullptr);
  EXPECT_EQ(espalier_vocabulary_new(nullptr, nullptr, 3), nullptr);
  EXPECT_EQ(espalier_constraint_allows(nullptr, 0), 0);
  EXPECT_EQ(espalier_constraint_closer(nullptr, "", 0, nullptr, 0), -1);
  espalier_constraint_mask(nullptr, nullptr);
  espalier_constraint_free(nullptr);
  espalier_vocabulary_free(nullptr);
}

}  // namespace
