# Speed and memory of a model and of the grammars, for `espalier bench` and model_bench.
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)

espalier_library(measurement
  SOURCES bench/mask_measurement.cpp bench/model_measurement.cpp bench/process_memory.cpp
  PUBLIC espalier_model espalier_grammar nlohmann_json::nlohmann_json
  PRIVATE espalier_source_files fmt::fmt)
