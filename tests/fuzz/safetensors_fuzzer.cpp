#include "model/safetensors.h"
#include "tests/fuzz/fuzz_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace espalier;
  const auto tensors = ParseSafetensors(FuzzBytes(data, size), FileErrors("fuzz"));
  if (!tensors) CheckReaderError(tensors.error());
  size_t total = 0;
  for (size_t i = 0; tensors && i < tensors->size(); ++i) {
    const TensorView& view = tensors->at(i).view;
    Touch({view.data, view.bytes()});
    total += view.bytes();
  }
  FuzzCheck(total <= size);
  return 0;
}
