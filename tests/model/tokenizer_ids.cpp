// Token ids of many texts, for comparison with another tokenizer; scripts/golden/compare_tokenizer.py runs
// it.
//   tokenizer_ids MODEL PRE_TOKENIZER ids|special|words < TEXTS > RESULTS
// TEXTS is a sequence of (uint32 length, bytes); RESULTS of (uint32 count, int32 each): token ids without or
// with special tokens, or the lengths of the words in bytes. Numbers are little-endian.
#include <cstdint>
#include <iostream>

#include "model/pretokenizer.h"
#include "model/tokenizer.h"

namespace espalier {
namespace {

std::vector<int32_t> WordLengths(const Pretokenizer& pretokenizer, std::string_view text) {
  std::vector<int32_t> lengths;
  PretokenCursor words(pretokenizer, text);
  for (std::string_view word; words.Next(&word);) lengths.push_back(static_cast<int32_t>(word.size()));
  return lengths;
}

Status Run(const std::string& model, const std::string& pre_tokenizer, const std::string& mode) {
  ESPALIER_ASSIGN_OR_RETURN(ModelFile file, OpenModelFile(model));
  file.tokenizer.pre_tokenizer = pre_tokenizer;
  ESPALIER_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Create(file.tokenizer));
  ESPALIER_ASSIGN_OR_RETURN(const Pretokenizer pretokenizer, Pretokenizer::Create(pre_tokenizer));
  const auto special = mode == "special" ? SpecialText::kParse : SpecialText::kAsText;
  uint32_t size = 0;
  std::string text;
  while (std::cin.read(reinterpret_cast<char*>(&size), sizeof size)) {
    text.resize(size);
    std::cin.read(text.data(), size);
    const std::vector<int32_t> result =
        mode == "words" ? WordLengths(pretokenizer, text) : tokenizer.Encode(text, special);
    const auto count = static_cast<uint32_t>(result.size());
    std::cout.write(reinterpret_cast<const char*>(&count), sizeof count);
    std::cout.write(reinterpret_cast<const char*>(result.data()),
                    static_cast<std::streamsize>(4 * result.size()));
  }
  return {};
}

}  // namespace
}  // namespace espalier

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: tokenizer_ids MODEL PRE_TOKENIZER ids|special|words < TEXTS > RESULTS\n";
    return 2;
  }
  std::ios::sync_with_stdio(false);
  if (const auto status = espalier::Run(argv[1], argv[2], argv[3]); !status) {
    std::cerr << status.error().message << "\n";
    return 1;
  }
}
