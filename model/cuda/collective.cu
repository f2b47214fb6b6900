#include <numeric>

#include "model/cuda/collective.cuh"

namespace espalier::cuda {

Result<Collective> Collective::Create(int gpus) {
  ESPALIER_ASSIGN_OR_RETURN(const NcclApi* nccl, LoadNccl());
  Collective collective(nccl);
  std::vector<int> devices(static_cast<size_t>(gpus));
  std::iota(devices.begin(), devices.end(), 0);
  collective.members_.resize(devices.size(), nullptr);
  const int result = nccl->init_all(collective.members_.data(), gpus, devices.data());
  if (result == kNcclSuccess) return collective;
  collective.members_.clear();
  return Fail(ErrorCode::kInternal, std::string("NCCL does not start: ") + nccl->error_text(result));
}

Collective::~Collective() {
  for (const NcclComm member : members_) nccl_->destroy(member);
}

void Collective::Note(std::span<const Peer> peers, int result) const {
  if (result == kNcclSuccess) return;
  peers[0].stream->Note(Fail(ErrorCode::kInternal, std::string("NCCL: ") + nccl_->error_text(result)));
}

template <typename Call>
void Collective::Exchange(std::span<const Peer> peers, const Call& call) const {
  Note(peers, nccl_->group_start());
  for (size_t i = 0; i < peers.size(); ++i) Note(peers, call(peers[i], members_[i]));
  Note(peers, nccl_->group_end());
}

void Collective::Sum(std::span<const Peer> peers, size_t count) const {
  Exchange(peers, [&](const Peer& peer, NcclComm member) {
    return nccl_->all_reduce(peer.from, peer.to, count, kNcclFloat, kNcclSum, member, peer.stream->get());
  });
}

void Collective::Gather(std::span<const Peer> peers, size_t count) const {
  Exchange(peers, [&](const Peer& peer, NcclComm member) {
    return nccl_->all_gather(peer.from, peer.to, count, kNcclFloat, member, peer.stream->get());
  });
}

}  // namespace espalier::cuda
