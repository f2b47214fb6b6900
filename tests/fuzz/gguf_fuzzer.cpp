#include "model/gguf_model.h"
#include "tests/fuzz/fuzz_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace espalier;
  const auto model = ReadGgufModel(FuzzBytes(data, size), "fuzz");
  if (!model) {
    CheckReaderError(model.error());
    return 0;
  }
  FuzzCheck(model->tokenizer.tokens.size() == model->hparams.vocab_size);
  FuzzCheck(model->tokenizer.types.size() == model->hparams.vocab_size);
  Touch({model->weights.output.data, model->weights.output.bytes()});
  for (const LayerWeights& layer : model->weights.layers) {
    Touch({layer.wq.data, layer.wq.bytes()});
    Touch({layer.w_down.data, layer.w_down.bytes()});
  }
  return 0;
}
