// The library's one visible function.
#include "model/cuda/plugin.h"
#include "model/cuda/transformer.cuh"

namespace {

using namespace espalier;

const cuda::Plugin kPlugin = {cuda::kPluginVersion, cuda::MakeBackend, cuda::ProbeDevice};

}  // namespace

extern "C" __attribute__((visibility("default"))) const cuda::Plugin* espalier_cuda_plugin() {
  return &kPlugin;
}
