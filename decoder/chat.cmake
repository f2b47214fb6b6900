set(CHAT_SOURCES author.cpp author_record.cpp chat_prompt.cpp)
