# The evaluation of whole generations under the grammar, as a library and as a program.
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)

espalier_library(constraint_eval_lib
  SOURCES constraint_eval.cpp
  PUBLIC espalier_decoder espalier_adapters
  PRIVATE fmt::fmt)

add_executable(constraint_eval constraint_main.cpp)
espalier_compile_settings(constraint_eval)
target_link_libraries(constraint_eval PRIVATE espalier_constraint_eval_lib espalier_suites CLI11::CLI11
                                              nlohmann_json::nlohmann_json)
