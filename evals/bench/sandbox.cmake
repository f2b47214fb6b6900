# Speed of the sandbox.
find_package(benchmark REQUIRED)

add_executable(sandbox_bench bench/sandbox_bench.cpp)
espalier_compile_settings(sandbox_bench)
target_link_libraries(sandbox_bench PRIVATE espalier_testgen benchmark::benchmark)
