# espalier_library(<module> SOURCES ... PUBLIC ... PRIVATE ...): one static library a folder, with the
# project's warnings as errors. espalier_test(<name> SOURCES ... LIBS ...): a GoogleTest binary whose
# cases ctest runs one by one.

find_package(Threads REQUIRED)

set(ESPALIER_WARNINGS -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wextra-semi)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees an overlapping copy in every `"literal" + std::string` at -O2 (GCC bug 105651).
  list(APPEND ESPALIER_WARNINGS -Wno-restrict)
endif()

function(espalier_compile_settings target)
  target_compile_options(${target} PRIVATE ${ESPALIER_WARNINGS})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
  if(ESPALIER_FUZZ)
    target_compile_options(${target} PUBLIC -fsanitize=fuzzer-no-link)  # coverage for libFuzzer
    target_link_options(${target} PUBLIC -fsanitize=fuzzer-no-link)
  endif()
  if(ESPALIER_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${ESPALIER_SANITIZE} -fno-omit-frame-pointer
                                            -fno-sanitize-recover=all
                                            # What GCC says here is often wrong under sanitizers (its manual).
                                            $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    target_link_options(${target} PUBLIC -fsanitize=${ESPALIER_SANITIZE})
  endif()
endfunction()

function(espalier_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(espalier_${name} STATIC ${ARG_SOURCES})
  espalier_compile_settings(espalier_${name})
  target_link_libraries(espalier_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# espalier_precompile(<target> <header>...) or (<target> REUSE_FROM <other>): large headers of other libraries,
# compiled once for all sources. Sources include what they use all the same, and sanitized builds hold them to it.
function(espalier_precompile target)
  if(NOT ESPALIER_PRECOMPILE)
    return()
  endif()
  if(ARGV1 STREQUAL "REUSE_FROM")
    target_precompile_headers(${target} REUSE_FROM ${ARGV2})
  else()
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # ccache wants the first. In a precompiled header GCC forgets which headers are the system's, and says there
    # what it does not say otherwise.
    target_compile_options(${target} PRIVATE -fpch-preprocess -Wno-array-bounds -Wno-stringop-overflow)
  endif()
endfunction()

# What nearly every test includes. Tests are built to be run once, so they are hardly optimised.
set(ESPALIER_TEST_OPTIONS -O1)
function(espalier_test_headers)
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/test_headers.cpp CONTENT "")
  add_library(espalier_test_headers OBJECT ${CMAKE_CURRENT_BINARY_DIR}/test_headers.cpp)
  espalier_compile_settings(espalier_test_headers)
  target_compile_options(espalier_test_headers PRIVATE ${ESPALIER_TEST_OPTIONS})
  target_link_libraries(espalier_test_headers PRIVATE GTest::gmock GTest::gtest Threads::Threads)
  espalier_precompile(espalier_test_headers <gmock/gmock.h> <gtest/gtest.h> <nlohmann/json.hpp>)
endfunction()

function(espalier_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  espalier_compile_settings(${name})
  target_compile_definitions(${name} PRIVATE ESPALIER_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             ESPALIER_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_compile_options(${name} PRIVATE ${ESPALIER_TEST_OPTIONS})
  espalier_precompile(${name} REUSE_FROM espalier_test_headers)
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gmock GTest::gtest_main Threads::Threads)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120)
endfunction()
