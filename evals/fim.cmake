# The evaluations of completion and of whole generations, as a library and as programs.
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)

espalier_library(fim_eval_lib
  SOURCES constraint_eval.cpp fim_eval.cpp fim_spans.cpp
  PUBLIC espalier_decoder espalier_adapters
  PRIVATE espalier_suites fmt::fmt nlohmann_json::nlohmann_json)

add_executable(fim_eval fim_main.cpp)
espalier_compile_settings(fim_eval)
target_link_libraries(fim_eval PRIVATE espalier_fim_eval_lib CLI11::CLI11 nlohmann_json::nlohmann_json)

add_executable(constraint_eval constraint_main.cpp)
espalier_compile_settings(constraint_eval)
target_link_libraries(constraint_eval PRIVATE espalier_fim_eval_lib CLI11::CLI11 nlohmann_json::nlohmann_json)
