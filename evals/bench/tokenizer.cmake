# Speed of the tokenizer.
find_package(benchmark REQUIRED)

add_executable(tokenizer_bench bench/tokenizer_bench.cpp)
espalier_compile_settings(tokenizer_bench)
target_link_libraries(tokenizer_bench PRIVATE espalier_model benchmark::benchmark)
