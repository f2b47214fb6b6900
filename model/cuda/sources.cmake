# What runs on a GPU, and under tests/cuda_emulation where there is none.
set(CUDA_DEVICE_SOURCES
  activations.cu attention.cu attention_tiles.cu batch_upload.cu collective.cu device_weights.cu elementwise.cu graph_cache.cu leaders.cu matmul_bytes.cu matmul_library.cu matmul_tiles.cu
  matmul_warps.cu row_cuts.cu shard.cu transformer.cu)
set(CUDA_HOST_SOURCES memory_plan.cpp model_part.cpp weight_layout.cpp)
# Of model/, what the library has a copy of.
set(CUDA_MODEL_SOURCES quant.cpp rope.cpp tensor.cpp)
