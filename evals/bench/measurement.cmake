# Speed and memory of a model, for `espalier bench` and model_bench.
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)

espalier_library(measurement
  SOURCES bench/model_measurement.cpp bench/process_memory.cpp
  PUBLIC espalier_model nlohmann_json::nlohmann_json
  PRIVATE fmt::fmt)
