# The harness of espalier eval: samples, tests, results, statistics.
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(SQLite3 REQUIRED)

espalier_library(harness
  SOURCES harness/eval_report.cpp harness/eval_run.cpp harness/run_store.cpp harness/sampling.cpp harness/selection.cpp
          harness/selection_report.cpp harness/statistics.cpp
  PUBLIC espalier_decoder espalier_suites espalier_testgen nlohmann_json::nlohmann_json
  PRIVATE fmt::fmt SQLite::SQLite3 Threads::Threads)
