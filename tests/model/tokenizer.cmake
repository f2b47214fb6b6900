espalier_test(tokenizer_test
  SOURCES
    bpe_test.cpp
    byte_alphabet_test.cpp
    pretokenizer_test.cpp
    special_tokens_test.cpp
    token_table_test.cpp
    tokenizer_golden_test.cpp
    tokenizer_test.cpp
  LIBS espalier_model nlohmann_json::nlohmann_json)

# For scripts/golden/compare_tokenizer.py.
add_executable(tokenizer_ids tokenizer_ids.cpp)
espalier_compile_settings(tokenizer_ids)
target_link_libraries(tokenizer_ids PRIVATE espalier_model)
