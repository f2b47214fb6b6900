espalier_test(file_errors_test SOURCES file_errors_test.cpp LIBS espalier_model)
espalier_test(quant_test SOURCES quant_test.cpp LIBS espalier_model)
espalier_test(gguf_malformed_test SOURCES gguf_malformed_test.cpp gguf_builder.cpp LIBS espalier_model)
espalier_test(gguf_model_test SOURCES gguf_model_test.cpp gguf_builder.cpp LIBS espalier_model)
espalier_test(safetensors_test SOURCES safetensors_test.cpp LIBS espalier_model)
espalier_test(hf_tokenizer_test SOURCES hf_tokenizer_test.cpp
              LIBS espalier_model nlohmann_json::nlohmann_json)
espalier_test(hf_model_test SOURCES hf_model_test.cpp LIBS espalier_model nlohmann_json::nlohmann_json)
