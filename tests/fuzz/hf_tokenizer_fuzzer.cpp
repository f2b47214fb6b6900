#include "model/hf_tokenizer.h"
#include "tests/fuzz/fuzz_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace espalier;
  const FileErrors errors("fuzz");
  auto tokenizer = ParseHfTokenizer(FuzzText(data, size), errors);
  if (!tokenizer) CheckReaderError(tokenizer.error());
  if (tokenizer) FuzzCheck(tokenizer->types.size() == tokenizer->tokens.size());
  TokenizerData other;
  const Status applied = ApplyHfTokenizerConfig(FuzzText(data, size), errors, other);
  if (!applied) CheckReaderError(applied.error());
  return 0;
}
