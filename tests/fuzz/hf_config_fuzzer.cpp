#include "model/hf_config.h"
#include "tests/fuzz/fuzz_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace espalier;
  const auto config = ParseHfConfig(FuzzText(data, size), FileErrors("fuzz"));
  if (!config) {
    CheckReaderError(config.error());
    return 0;
  }
  const HyperParameters& h = config->hparams;
  FuzzCheck(h.n_layers > 0 && h.d_model > 0 && h.d_ff > 0 && h.vocab_size > 0 && h.context_length > 0);
  FuzzCheck(h.n_kv_heads > 0 && h.n_heads % h.n_kv_heads == 0 && h.head_dim > 0 && h.head_dim % 2 == 0);
  FuzzCheck(h.rope_base > 0 && h.rms_epsilon > 0 && h.rope_scaling.factor > 0);
  return 0;
}
