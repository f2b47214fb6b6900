set(RUNTIME_SOURCES
  kv_cache.cpp model.cpp rope.cpp
  cpu/aligned_buffer.cpp cpu/attention_plan.cpp cpu/cpu_backend.cpp cpu/cpu_features.cpp cpu/kernels_avx2.cpp
  cpu/kernels_avx512.cpp cpu/kernels_avxvnni.cpp cpu/packed_matrix.cpp cpu/quant_rows.cpp cpu/scalar_backend.cpp cpu/thread_pool.cpp
  cuda/loader.cpp)

# Everything is built for the lowest processor; only the kernel tables use wider instructions, and they
# are called after a run-time check.
set(AVX2_FLAGS -O3 -mavx2 -mfma -mf16c)
set(AVX512_FLAGS ${AVX2_FLAGS} -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni -mprefer-vector-width=512
    # GCC 12's own intrinsics leave registers undefined on purpose and are warned about (GCC bug 105593).
    -Wno-uninitialized -Wno-maybe-uninitialized)
if(ESPALIER_SANITIZE)  # inlined kernels with a check in line at every operation compile for ever
  set(CHECKED_KERNELS -O1 -fno-sanitize=undefined --param asan-instrumentation-with-call-threshold=0)
  list(APPEND AVX2_FLAGS ${CHECKED_KERNELS})
  list(APPEND AVX512_FLAGS ${CHECKED_KERNELS})
endif()
set_source_files_properties(cpu/kernels_avxvnni.cpp PROPERTIES COMPILE_OPTIONS "${AVX2_FLAGS};-mavxvnni")
set_source_files_properties(cpu/kernels_avx2.cpp PROPERTIES COMPILE_OPTIONS "${AVX2_FLAGS}")
set_source_files_properties(cpu/kernels_avx512.cpp PROPERTIES COMPILE_OPTIONS "${AVX512_FLAGS}")
# Plain loops that the compiler should vectorise as far as the baseline allows.
set_source_files_properties(cpu/scalar_backend.cpp cpu/packed_matrix.cpp quant.cpp
                            PROPERTIES COMPILE_OPTIONS "-O3")
