set(STORE_SOURCES model_store.cpp)
