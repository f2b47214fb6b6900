// All texts of a small language: the recogniser, a naive one, and tree-sitter give the same verdict on each.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/ts_language.h"
#include "tests/grammar/mutator.h"
#include "tests/grammar/naive_recogniser.h"
#include "tests/grammar/recogniser_kit.h"
#include "tests/support/case_file.h"

namespace espalier {
namespace {

constexpr int kMostFailures = 5;  // that are printed
constexpr int kLeastTexts = 20000;
constexpr uint32_t kSeed = 20251126;

struct Frame {
  std::string before, behind;
};

struct SmallLanguage {
  Language language{};
  std::vector<std::string> tokens{};
  std::vector<Frame> frames{};
};

void PrintTo(const SmallLanguage& small, std::ostream* out) { *out << LanguageId(small.language); }

std::vector<SmallLanguage> SmallLanguages() {
  std::vector<SmallLanguage> languages;
  for (const TextCase& text : ReadCaseFile(ESPALIER_SOURCE_DIR "/tests/grammar/cases/vocabularies.txt")) {
    SmallLanguage& small = languages.emplace_back();
    small.language = LanguageOfId(text.name).value();
    std::istringstream tokens(text.sections.at("tokens")), frames(text.sections.at("frames"));
    for (std::string line; std::getline(tokens, line);) small.tokens.push_back(Unescaped(line));
    for (std::string line; std::getline(frames, line);) {
      const std::string frame = Unescaped(line);
      const size_t at = frame.find('@');
      if (at != std::string::npos) small.frames.push_back({frame.substr(0, at), frame.substr(at + 1)});
    }
  }
  return languages;
}

// The three side by side on one text that grows and shrinks, within a frame.
class Comparison {
 public:
  Comparison(const SmallLanguage& small, const Frame& frame)
      : small_(small),
        frame_(frame),
        recogniser_(Grammar::For(small.language)),
        naive_(TsLanguage(small.language)),
        text_(frame.before) {
    recogniser_.Advance(text_);
  }

  int texts() const { return texts_; }
  int accepted() const { return accepted_; }
  int given_up() const { return given_up_; }  // by the naive recogniser
  int failures() const { return failures_; }

  // Compares all texts of up to `left` tokens more, with `separator` between them.
  void TryAll(int left, std::string_view separator) {
    Compare();
    if (left == 0 || failures_ >= kMostFailures) return;
    for (const std::string& token : small_.tokens) {
      const Recogniser::Place place = recogniser_.place();
      const bool was_viable = viable_;
      Append(token + std::string(separator));
      TryAll(left - 1, separator);
      text_.resize(place.text_size);
      recogniser_.ReturnTo(place);
      viable_ = was_viable;
    }
  }

  // Compares the beginnings of one random text, which stays viable where a token allows that. Goes back then.
  void TryOne(Mutator& random, size_t most) {
    const Recogniser::Place place = recogniser_.place();
    for (size_t left = 1 + random.Below(most); left > 0 && viable_; --left) {
      Append(SomeToken(random));
      Compare();
    }
    text_.resize(place.text_size);
    recogniser_.ReturnTo(place);
    viable_ = true;
  }

 private:
  void Append(const std::string& more) {
    text_ += more;
    recogniser_.Advance(more);
    viable_ = viable_ && recogniser_.Viable();
  }

  // Mostly one that leaves the text viable.
  std::string SomeToken(Mutator& random) {
    const Recogniser::Place place = recogniser_.place();
    std::string token;
    for (int tries = random.Below(20) == 0 ? 1 : 10; tries > 0; --tries) {
      token = small_.tokens[random.Below(small_.tokens.size())];
      if (random.Below(2) == 0) token += ' ';
      const bool viable = recogniser_.Advance(token) && recogniser_.Viable();
      recogniser_.ReturnTo(place);
      if (viable) break;
    }
    return token;
  }

  void Compare() {
    const Recogniser::Place place = recogniser_.place();
    const bool ours = recogniser_.Advance(frame_.behind) && recogniser_.Complete();
    recogniser_.ReturnTo(place);
    const std::string text = text_ + frame_.behind;
    const bool theirs = TreeSitterAccepts(small_.language, text);
    const std::optional<bool> naive = naive_.Accepts(text);
    ++texts_;
    accepted_ += theirs;
    given_up_ += !naive;
    const bool is_right = ours == theirs && naive.value_or(theirs) == theirs && (!theirs || viable_);
    failures_ += !is_right;
    EXPECT_TRUE(is_right) << "recogniser " << ours << ", naive " << naive.value_or(theirs) << ", tree-sitter "
                          << theirs << ", every prefix viable " << viable_ << ":\n"
                          << Readable(text);
  }

  const SmallLanguage& small_;
  const Frame& frame_;
  Recogniser recogniser_;
  NaiveRecogniser naive_;
  std::string text_;
  bool viable_ = true;  // all beginnings of the text, as far as asked
  int texts_ = 0, accepted_ = 0, given_up_ = 0, failures_ = 0;
};

class RecogniserExhaustiveTest : public testing::TestWithParam<SmallLanguage> {
 protected:
  void Count(const Comparison& comparison) {
    texts_ += comparison.texts();
    accepted_ += comparison.accepted();
    given_up_ += comparison.given_up();
  }
  void Report() {
    RecordProperty("texts", texts_);
    RecordProperty("accepted", accepted_);
    RecordProperty("given_up", given_up_);
    std::printf("%d texts, %d accepted, %d given up by the naive recogniser\n", texts_, accepted_, given_up_);
    EXPECT_GE(texts_, kLeastTexts);
    EXPECT_GT(accepted_, 0);
    EXPECT_LT(given_up_, texts_ / 100);
  }

  int texts_ = 0, accepted_ = 0, given_up_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Languages, RecogniserExhaustiveTest, testing::ValuesIn(SmallLanguages()),
                         [](const auto& param) { return std::string(LanguageId(param.param.language)); });

// More tokens with ESPALIER_EXHAUSTIVE_TOKENS; each makes it 12 times as many texts.
int MostTokens() {
  const char* most = std::getenv("ESPALIER_EXHAUSTIVE_TOKENS");
  return most == nullptr ? 4 : std::atoi(most);
}

// Without separators in the first frame and with them in the others; the other way round a token less, for
// time.
TEST_P(RecogniserExhaustiveTest, ShortTexts) {
  for (const Frame& frame : GetParam().frames) {
    for (const std::string_view separator : {"", " "}) {
      const bool is_first = &frame == &GetParam().frames.front();
      Comparison comparison(GetParam(), frame);
      comparison.TryAll(is_first == separator.empty() ? MostTokens() : MostTokens() - 1, separator);
      Count(comparison);
      if (comparison.failures() > 0) return;
    }
  }
  Report();
}

TEST_P(RecogniserExhaustiveTest, RandomTexts) {
  Mutator random(kSeed);
  for (const Frame& frame : GetParam().frames) {
    Comparison comparison(GetParam(), frame);
    while (comparison.texts() < kLeastTexts / 2 && comparison.failures() < kMostFailures) {
      comparison.TryOne(random, 40);
    }
    Count(comparison);
  }
  Report();
}

}  // namespace
}  // namespace espalier
