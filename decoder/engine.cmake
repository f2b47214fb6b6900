set(ENGINE_SOURCES
  draft_model.cpp draft_policy.cpp engine.cpp engine_admission.cpp engine_core.cpp forced_text.cpp
  live_request.cpp logit_math.cpp ngram_drafter.cpp output_text.cpp prefix_cache.cpp sampler.cpp
  scheduler.cpp speculation.cpp step_pace.cpp stop_strings.cpp)
# Contracted multiply-adds would make the same logits sample differently on another machine.
set_source_files_properties(logit_math.cpp sampler.cpp PROPERTIES COMPILE_OPTIONS -ffp-contract=off)
