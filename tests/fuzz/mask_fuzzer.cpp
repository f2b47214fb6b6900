// Masks over a small vocabulary behind any text, bit by bit against asking the recogniser about each token,
// with tables that keep everything and tables that keep hardly anything. The first byte of an input is the
// language
// ('0' to '8', others wrap around), the second decides on the pieces, the rest is the text.
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/mask_walk.h"
#include "tests/fuzz/fuzz_check.h"
#include "tests/grammar/probed_languages.h"
#include "tests/support/small_vocabulary.h"

namespace espalier {
namespace {

constexpr size_t kLongest = 400;
constexpr size_t kMostMasks = 6;  // of one input; each asks about every token
constexpr size_t kManyBytes = 64 << 20, kFewBytes = 16 << 10;

class Masks {
 public:
  Masks(const Grammar& grammar, uint32_t seed)
      : recogniser_(grammar),
        random_(seed),
        large_(grammar, SmallVocabulary(), kManyBytes),
        small_(grammar, SmallVocabulary(), kFewBytes) {}

  // Behind each of the text's pieces, unless it is not viable any more. What may follow there is written,
  // too, and taken back.
  void Run(std::string_view text) {
    size_t left = kMostMasks;
    for (size_t at = 0; left > 0; --left) {
      const TokenMask mask = Compare();
      if (Below(2) == 0) Detour(mask);
      if (at >= text.size()) return;
      const std::string_view piece = text.substr(at, 1 + Below(1 + text.size() / kMostMasks * 2));
      at += piece.size();
      if (!recogniser_.Advance(piece)) return;
    }
  }

 private:
  size_t Below(size_t limit) { return random_() % limit; }

  TokenMask MaskFrom(MaskTables& tables) {
    TokenMask mask((SmallTokens().size() + 63) / 64);
    MaskWalk(recogniser_, tables).Allow(mask);
    return mask;
  }

  bool Allows(std::string_view token) {
    if (token.empty() || token.find('\0') != std::string_view::npos) return false;
    if (!recogniser_.ContinuesUtf8(token)) return false;
    const Recogniser::Place place = recogniser_.place();
    const bool allows = recogniser_.Advance(token) && recogniser_.Viable();
    gave_up_ = recogniser_.gave_up();
    recogniser_.ReturnTo(place);
    return allows;
  }

  TokenMask Compare() {
    const TokenMask mask = MaskFrom(large_);
    FuzzCheck(MaskFrom(small_) == mask);
    for (uint32_t id = 0; id < SmallTokens().size(); ++id) {
      const std::string_view token = SmallTokens()[id];
      if (Allows(token) == HasBit(mask, id) || gave_up_) continue;
      std::fprintf(stderr, "the mask says %d about token '%.*s' behind '%s'\n", HasBit(mask, id),
                   static_cast<int>(token.size()), token.data(), std::string(recogniser_.text()).c_str());
      FuzzCheck(false);
    }
    return mask;
  }

  // A few allowed tokens; back again, everything is as it was.
  void Detour(const TokenMask& mask) {
    const Recogniser::Place place = recogniser_.place();
    TokenMask here = mask;
    for (size_t left = 1 + Below(3); left > 0; --left) {
      const auto id = static_cast<uint32_t>(Below(SmallTokens().size()));
      if (!HasBit(here, id)) continue;
      recogniser_.Advance(SmallTokens()[id]);
      here = Compare();
    }
    recogniser_.ReturnTo(place);
    FuzzCheck(MaskFrom(large_) == mask && MaskFrom(small_) == mask);
  }

  Recogniser recogniser_;
  std::minstd_rand random_;
  MaskTables large_, small_;
  bool gave_up_ = false;  // the recogniser, about the last token
};

const Grammar& GrammarOf(uint8_t choice) {
  static const auto probed = [] {
    std::vector<std::unique_ptr<Grammar>> grammars;
    for (const ProbedLanguage& language : ProbedLanguages()) grammars.push_back(language.MakeGrammar());
    return grammars;
  }();
  const size_t count = kLanguageCount + probed.size();
  const size_t index = (choice + count * '0' - '0') % count;
  if (index < kLanguageCount) return Grammar::For(static_cast<Language>(index));
  return *probed[index - kLanguageCount];
}

}  // namespace
}  // namespace espalier

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace espalier;
  if (size < 2 || size > kLongest) return 0;
  Masks(GrammarOf(data[0]), data[1] + 1u).Run(FuzzText(data + 2, size - 2));
  return 0;
}
