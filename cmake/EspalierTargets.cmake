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

function(espalier_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  espalier_compile_settings(${name})
  target_compile_definitions(${name} PRIVATE ESPALIER_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             ESPALIER_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gmock GTest::gtest_main Threads::Threads)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120)
endfunction()
