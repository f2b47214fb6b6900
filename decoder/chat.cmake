set(CHAT_SOURCES chat_prompt.cpp)
