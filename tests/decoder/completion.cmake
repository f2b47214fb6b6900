espalier_test(completion_parts_test
  SOURCES cuts_test.cpp echo_test.cpp fim_prompt_test.cpp grammar_constraint_test.cpp hole_test.cpp join_test.cpp
  LIBS espalier_decoder)
