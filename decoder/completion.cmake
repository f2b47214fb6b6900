set(COMPLETION_SOURCES
  closers.cpp completion.cpp completion_reason.cpp constraint_tables.cpp cursor_context.cpp cuts.cpp echo.cpp fim_prompt.cpp grammar_constraint.cpp hole.cpp join.cpp json_constraint.cpp
  output_monitor.cpp)
