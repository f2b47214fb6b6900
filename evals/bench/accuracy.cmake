# Golden logits (also used by tests/model) and the accuracy benchmark.
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)

espalier_library(golden SOURCES bench/golden_logits.cpp PUBLIC espalier_model)

if(ESPALIER_BENCH)
  add_executable(accuracy_bench bench/accuracy_bench.cpp)
  espalier_compile_settings(accuracy_bench)
  target_link_libraries(accuracy_bench PRIVATE espalier_golden CLI11::CLI11 nlohmann_json::nlohmann_json)
endif()
