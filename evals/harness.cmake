# The harness of espalier eval: runs, who answers, tests, statistics.
find_package(Boost 1.74 REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)

espalier_library(runs
  SOURCES runs/run_store.cpp
  PUBLIC espalier_suites nlohmann_json::nlohmann_json
  PRIVATE fmt::fmt SQLite::SQLite3)
espalier_precompile(espalier_runs REUSE_FROM espalier_suites)

espalier_library(engines
  SOURCES engines/http_client.cpp engines/local_answers.cpp engines/local_filler.cpp engines/local_writer.cpp
          engines/prompt_text.cpp engines/sample_jobs.cpp engines/server_answers.cpp
  PUBLIC espalier_decoder espalier_runs
  PRIVATE espalier_adapters fmt::fmt Boost::headers OpenSSL::SSL Threads::Threads)
espalier_precompile(espalier_engines REUSE_FROM espalier_suites)

espalier_library(harness
  SOURCES harness/eval_report.cpp harness/eval_run.cpp harness/fill_report.cpp harness/selection.cpp
          harness/selection_report.cpp harness/statistics.cpp harness/text_table.cpp harness/verdict.cpp
  PUBLIC espalier_engines espalier_testgen
  PRIVATE fmt::fmt Threads::Threads)
espalier_precompile(espalier_harness REUSE_FROM espalier_suites)
