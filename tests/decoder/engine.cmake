espalier_test(decoder_parts_test
  SOURCES draft_policy_test.cpp forced_text_test.cpp ngram_drafter_test.cpp output_text_test.cpp
          prefix_cache_test.cpp sampler_test.cpp scheduler_test.cpp step_pace_test.cpp stop_strings_test.cpp
  LIBS espalier_decoder)
espalier_test(engine_test
  SOURCES author_test.cpp engine_schedule_test.cpp engine_test.cpp speculation_test.cpp
  LIBS espalier_decoder)
