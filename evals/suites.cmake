# Suites of programming tasks, and what tests a program (espalier eval).
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)

# Python sources of ours that go into the library as text.
set(EMBEDDED_PYTHON PYTHON_VALUES=python_values PYTHON_CHECKER=python_checker PYTHON_RUNNER=python_runner
                    PLUS_TESTS=plus_tests)
foreach(entry IN LISTS EMBEDDED_PYTHON)
  string(REPLACE "=" ";" entry ${entry})
  list(GET entry 0 variable)
  list(GET entry 1 name)
  file(READ ${CMAKE_CURRENT_SOURCE_DIR}/suites/${name}.py ${variable})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/suites/${name}.py)
endforeach()
configure_file(suites/embedded.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/embedded.cpp @ONLY)

espalier_library(suites
  SOURCES gzip_lines.cpp suites/fill.cpp suites/fim_accept.cpp suites/humaneval.cpp suites/humanevalpack.cpp
          suites/infilling.cpp suites/leetcode.cpp suites/mbpp.cpp suites/multipl_e.cpp suites/mxeval.cpp
          suites/program_checker.cpp suites/suite.cpp suites/suite_row.cpp suites/task_order.cpp
          suites/test_program.cpp suites/workshop_checker.cpp ${CMAKE_CURRENT_BINARY_DIR}/embedded.cpp
  PUBLIC espalier_base espalier_grammar espalier_testgen nlohmann_json::nlohmann_json
  PRIVATE espalier_source_files fmt::fmt ZLIB::ZLIB)
espalier_precompile(espalier_suites <fmt/format.h> <nlohmann/json.hpp> <regex>)
