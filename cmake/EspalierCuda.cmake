# Finds a CUDA toolkit of 12.4 or later, the machine's own or that of scripts/setup.sh --cuda, and says with
# ESPALIER_HAS_CUDA whether there is one. espalier_cuda_settings(<target>): how device code is compiled.
set(ESPALIER_CUDA AUTO CACHE STRING "Build the GPU backend: ON, OFF, AUTO (when there is a toolkit)")
set(ESPALIER_HAS_CUDA OFF)
if(ESPALIER_CUDA STREQUAL "OFF" OR ESPALIER_SANITIZE OR ESPALIER_FUZZ)
  return()
endif()
set(WHEELS ${CMAKE_SOURCE_DIR}/.deps/cuda/nvidia/cu13)
find_program(ESPALIER_NVCC nvcc HINTS ${WHEELS}/bin /usr/local/cuda/bin)
if(NOT ESPALIER_NVCC)
  if(ESPALIER_CUDA STREQUAL "ON")
    message(FATAL_ERROR "no CUDA toolkit: run scripts/setup.sh --cuda")
  endif()
  message(STATUS "No CUDA toolkit: no GPU backend (scripts/setup.sh --cuda fetches one)")
  return()
endif()

set(CMAKE_CUDA_COMPILER ${ESPALIER_NVCC})
if(ESPALIER_NVCC MATCHES "^${WHEELS}")
  set(CUDAToolkit_ROOT ${WHEELS})
endif()
if(CCACHE_PROGRAM)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
set(KNOWN_GPUS 80-real 86-real 89-real 90-real 90-virtual)
set(CMAKE_CUDA_ARCHITECTURES ${KNOWN_GPUS} CACHE STRING "GPUs to build for")
enable_language(CUDA)
find_package(CUDAToolkit 12.4 REQUIRED)
if(CMAKE_CUDA_ARCHITECTURES STREQUAL "${KNOWN_GPUS}" AND CMAKE_CUDA_COMPILER_VERSION VERSION_GREATER_EQUAL 12.8)
  list(APPEND CMAKE_CUDA_ARCHITECTURES 120-real)  # nvcc knows it from there on
endif()
set(ESPALIER_HAS_CUDA ON)

function(espalier_cuda_settings target)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${target} PRIVATE
    # CMake before 3.26 does not know that this nvcc has C++20.
    $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20 --expt-relaxed-constexpr --extended-lambda -Xcompiler=-Wall,-Wextra
      --Werror=cross-execution-space-call,reorder -lineinfo>
    $<$<COMPILE_LANGUAGE:CXX>:${ESPALIER_WARNINGS}>)
  set_target_properties(${target} PROPERTIES
    CUDA_STANDARD_REQUIRED OFF POSITION_INDEPENDENT_CODE ON CUDA_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
    BUILD_RPATH ${CUDAToolkit_LIBRARY_DIR} INSTALL_RPATH "$ORIGIN")
  target_link_libraries(${target} PRIVATE CUDA::cublas)
endfunction()
