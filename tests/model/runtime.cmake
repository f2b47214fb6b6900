espalier_test(runtime_test
  SOURCES kv_cache_test.cpp thread_pool_test.cpp cpu_kernels_test.cpp rope_test.cpp model_test.cpp
  LIBS espalier_model)
