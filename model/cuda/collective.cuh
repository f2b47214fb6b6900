// What the GPUs of one process tell each other, by NCCL. Its library is opened when more than one GPU is
// asked for: it is not needed otherwise.
#pragma once

#include <span>
#include <vector>

#include "model/cuda/device.cuh"
#include "model/cuda/nccl_api.h"

namespace espalier::cuda {

/// One GPU's part in an exchange, behind all that its stream was told before.
struct Peer {
  Stream* stream = nullptr;
  const float* from = nullptr;
  float* to = nullptr;
};

class Collective {
 public:
  /// Of the first `gpus` devices. Errors: kUnavailable (no NCCL), kInternal.
  static Result<Collective> Create(int gpus);
  Collective(Collective&&) noexcept = default;
  Collective(const Collective&) = delete;
  Collective& operator=(const Collective&) = delete;
  ~Collective();

  /// to[i] = the sum of all peers' from[i]; `to` may be `from`. Errors are noted in the first stream.
  void Sum(std::span<const Peer> peers, size_t count) const;
  /// to = `count` floats of each peer, one behind the other.
  void Gather(std::span<const Peer> peers, size_t count) const;

 private:
  explicit Collective(const NcclApi* nccl) : nccl_(nccl) {}
  void Note(std::span<const Peer> peers, int result) const;
  /// One group of calls, a peer each.
  template <typename Call>
  void Exchange(std::span<const Peer> peers, const Call& call) const;

  const NcclApi* nccl_;
  std::vector<NcclComm> members_;
};

}  // namespace espalier::cuda
