#include "model/cuda/graph_cache.cuh"

namespace espalier::cuda {
namespace {

constexpr size_t kMostGraphs = 128;  // some hundred kB each

}  // namespace

bool GraphCache::Begin(Stream& stream, const GraphKey& key) {
  key_ = key;
  active_ = true;
  recording_ = graphs_.count(key) == 0;
  if (recording_)
    stream.Note(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeThreadLocal), "CUDA graph");
  return recording_;
}

cudaGraphExec_t GraphCache::Recorded(Stream& stream) {
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  stream.Note(cudaStreamEndCapture(stream.get(), &graph), "CUDA graph");
  if (graph == nullptr) return nullptr;
  stream.Note(cudaGraphInstantiate(&executable, graph, 0), "CUDA graph");
  cudaGraphDestroy(graph);
  return executable;
}

void GraphCache::End(Stream& stream) {
  if (recording_) {
    if (graphs_.size() >= kMostGraphs) Clear();
    if (const cudaGraphExec_t executable = Recorded(stream)) graphs_[key_] = executable;
  }
  active_ = recording_ = false;
  const auto known = graphs_.find(key_);
  if (known != graphs_.end()) stream.Note(cudaGraphLaunch(known->second, stream.get()), "CUDA graph");
}

void GraphCache::Abandon(Stream& stream) {
  if (recording_) {
    if (const cudaGraphExec_t executable = Recorded(stream)) cudaGraphExecDestroy(executable);
  }
  active_ = recording_ = false;
}

void GraphCache::Clear() {
  for (const auto& [key, executable] : graphs_) cudaGraphExecDestroy(executable);
  graphs_.clear();
}

}  // namespace espalier::cuda
