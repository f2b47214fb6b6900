// The recogniser on any bytes, in pieces and with ways back. The first byte of an input is the language ('0'
// to '8', others wrap around), the second decides on the pieces, the rest is the text. What must hold: pieces
// make no difference, every beginning of an accepted text is viable, and tree-sitter gives the same verdict.
#include <algorithm>
#include <random>
#include <string_view>

#include "grammar/recogniser.h"
#include "tests/fuzz/fuzz_check.h"

namespace espalier {
namespace {

// tree-sitter recovers from errors, which takes it long on long texts.
constexpr size_t kLongestForTreeSitter = 4096;
constexpr size_t kLongest = 1 << 16;

struct Outcome {
  bool complete = false;
  bool gave_up = false;
  bool always_viable = true;  // wherever it was asked
};

class Pieces {
 public:
  Pieces(const Grammar& grammar, std::string_view text, uint32_t seed)
      : recogniser_(grammar), text_(text), random_(seed) {}

  Outcome Run() {
    Outcome outcome;
    for (size_t at = 0; at < text_.size();) {
      const std::string_view piece = SomePiece(at);
      if (Below(4) == 0) Detour();
      recogniser_.Advance(piece);
      at += piece.size();
      if (Below(4) == 0) GoBackAndForth(piece);
      if (Below(8) == 0) recogniser_.Prune();
      outcome.always_viable = recogniser_.Viable() && outcome.always_viable;
      before_ = recogniser_.place();
    }
    FuzzCheck(recogniser_.text() == text_ && recogniser_.alive() >= recogniser_.Viable());
    FuzzCheck(!(recogniser_.gave_up() && recogniser_.alive()));
    outcome.complete = recogniser_.Complete();
    outcome.gave_up = recogniser_.gave_up();
    return outcome;
  }

 private:
  size_t Below(size_t limit) { return random_() % limit; }

  std::string_view SomePiece(size_t at) { return text_.substr(at, 1 + Below(Below(4) == 0 ? 200 : 8)); }

  // Another text is tried, then forgotten.
  void Detour() {
    const Recogniser::Place place = recogniser_.place();
    recogniser_.Advance(SomePiece(Below(text_.size())));
    recogniser_.Viable();
    recogniser_.Complete();
    recogniser_.ReturnTo(place);
  }

  void GoBackAndForth(std::string_view piece) {
    const bool viable = recogniser_.Viable(), complete = recogniser_.Complete();
    const bool gave_up = recogniser_.gave_up();
    recogniser_.ReturnTo(before_);
    recogniser_.Advance(piece);
    FuzzCheck(recogniser_.Viable() == viable && recogniser_.Complete() == complete);
    FuzzCheck(recogniser_.gave_up() == gave_up);
  }

  Recogniser recogniser_;
  std::string_view text_;
  std::minstd_rand random_;
  Recogniser::Place before_ = recogniser_.place();
};

void CheckText(Language language, uint32_t seed, std::string_view text) {
  const Grammar& grammar = Grammar::For(language);
  const Outcome pieces = Pieces(grammar, text, seed).Run();
  Recogniser whole(grammar);
  whole.Advance(text);
  if (pieces.gave_up || whole.gave_up()) return;
  FuzzCheck(whole.Complete() == pieces.complete);
  FuzzCheck(pieces.always_viable || !pieces.complete);
  if (text.size() > kLongestForTreeSitter) return;
  FuzzCheck(SyntaxTree::Parse(language, text)->clean() == pieces.complete);
}

}  // namespace
}  // namespace espalier

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace espalier;
  if (size < 2 || size > kLongest) return 0;
  const auto language = static_cast<Language>((data[0] - '0' + 2 * 9 * kLanguageCount) % kLanguageCount);
  CheckText(language, data[1] + 1u, FuzzText(data + 2, size - 2));
  return 0;
}
