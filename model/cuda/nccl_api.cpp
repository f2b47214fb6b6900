#include "model/cuda/nccl_api.h"

#include <dlfcn.h>

#include <string>

namespace espalier::cuda {
namespace {

template <typename Function>
bool Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Result<NcclApi> OpenNccl() {
  void* library = ::dlopen("libnccl.so.2", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = ::dlerror();
    return Fail(ErrorCode::kUnavailable, std::string("several GPUs talk through NCCL, which is not there (") +
                                             (reason == nullptr ? "libnccl.so.2" : reason) +
                                             "): install it (libnccl2), or use one GPU");
  }
  NcclApi api = {};
  const bool complete =
      Find(library, "ncclCommInitAll", api.init_all) && Find(library, "ncclCommDestroy", api.destroy) &&
      Find(library, "ncclGroupStart", api.group_start) && Find(library, "ncclGroupEnd", api.group_end) &&
      Find(library, "ncclAllReduce", api.all_reduce) && Find(library, "ncclAllGather", api.all_gather) &&
      Find(library, "ncclGetErrorString", api.error_text);
  if (complete) return api;
  return Fail(ErrorCode::kUnavailable,
              "libnccl.so.2 lacks functions that we need: install NCCL 2.8 or later");
}

}  // namespace

Result<const NcclApi*> LoadNccl() {
  static const Result<NcclApi> api = OpenNccl();
  if (!api) return Fail(api.error().code, api.error().message);
  return &*api;
}

}  // namespace espalier::cuda
