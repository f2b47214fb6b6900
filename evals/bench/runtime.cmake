# Benchmarks of the model runtime alone.
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)

add_executable(model_bench bench/model_bench.cpp)
espalier_compile_settings(model_bench)
target_link_libraries(model_bench PRIVATE espalier_measurement CLI11::CLI11)

add_executable(floor_bench bench/floor_bench.cpp bench/floor_avx2.cpp bench/floor_avx512.cpp)
espalier_compile_settings(floor_bench)
target_link_libraries(floor_bench PRIVATE espalier_model CLI11::CLI11 nlohmann_json::nlohmann_json)
# These two run only after a check of the processor.
set_source_files_properties(bench/floor_avx2.cpp PROPERTIES COMPILE_OPTIONS "-O3;-mavx2;-mfma")
set_source_files_properties(bench/floor_avx512.cpp PROPERTIES COMPILE_OPTIONS
  "-O3;-mavx512f;-mavx512vnni;-mavx512bf16;-Wno-uninitialized;-Wno-maybe-uninitialized")  # GCC bug 105593

add_executable(engine_bench bench/engine_bench.cpp bench/engine_load.cpp bench/replay_device.cpp)
espalier_compile_settings(engine_bench)
target_link_libraries(engine_bench PRIVATE espalier_decoder espalier_source_files CLI11::CLI11
                      nlohmann_json::nlohmann_json)

# Of the GPU: as few libraries as it can do with, since it also runs on machines that have none of ours.
add_executable(gpu_bench bench/gpu_bench.cpp bench/random_model.cpp bench/bigram_model.cpp bench/engine_load.cpp)
espalier_compile_settings(gpu_bench)
target_link_libraries(gpu_bench PRIVATE espalier_decoder espalier_source_files nlohmann_json::nlohmann_json)
