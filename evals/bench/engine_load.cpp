#include "evals/bench/engine_load.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "decoder/grammar_constraint.h"
#include "evals/bench/median.h"
#include "evals/source_files.h"

namespace espalier {
namespace {

struct Round {
  double tokens_per_s = 0, step_us = 0, own_us = 0, asked_us = 0, told_us = 0, refused = 0;
};

double MedianOf(const std::vector<Round>& rounds, double Round::*field) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(round.*field);
  return Median(std::move(values));
}

class Load {
 public:
  Load(Engine& engine, std::span<const LoadText> texts, const LoadOptions& options)
      : engine_(engine), options_(options) {
    for (const LoadText& text : texts) {
      std::vector<TokenId> tokens = engine.tokenizer().Encode(text.text);
      tokens.resize(std::min<size_t>(tokens.size(), options.prompt_tokens));
      prompts_.push_back({std::move(tokens), text.language});
    }
  }

  Status Warm() {
    for (const Prompt& prompt : prompts_) ESPALIER_RETURN_IF_ERROR(engine_.Warm(prompt.tokens, {}));
    return {};
  }

  Result<Round> Run(bool constrained) {
    std::vector<GenerateRequest> requests;
    std::vector<std::shared_ptr<GrammarConstraint>> constraints;
    for (uint32_t i = 0; i < options_.requests; ++i) {
      requests.push_back(RequestOf(i));
      if (!constrained) continue;
      constraints.push_back(ConstraintOf(i));
      requests.back().constraint = constraints.back();
    }
    const EngineStats before = engine_.stats();
    const Clock::time_point start = Clock::now();
    const std::vector<GenerateResult> results = engine_.GenerateAll(std::move(requests));
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    uint64_t tokens = 0;
    for (const GenerateResult& result : results) {
      if (result.finish == FinishReason::kError) return Fail(result.error);
      tokens += result.tokens.size();
    }
    return RoundOf(before, engine_.stats(), seconds, tokens, constraints);
  }

 private:
  struct Prompt {
    std::vector<TokenId> tokens;
    Language language;
  };

  const Prompt& PromptOf(uint32_t request) const { return prompts_[request % prompts_.size()]; }

  GenerateRequest RequestOf(uint32_t i) const {
    GenerateRequest request;
    request.prompt = PromptOf(i).tokens;
    request.max_tokens = options_.tokens;
    request.sampling = options_.sampling;
    request.sampling.seed = i;
    request.speculation = {0, 2, 0, 0};
    return request;
  }

  std::shared_ptr<GrammarConstraint> ConstraintOf(uint32_t i) {
    GrammarSurroundings surroundings;
    surroundings.before = engine_.tokenizer().Decode(PromptOf(i).tokens);
    return std::make_shared<GrammarConstraint>(Grammar::For(PromptOf(i).language), engine_.tokenizer(),
                                               std::move(surroundings), tables_);
  }

  static Round RoundOf(const EngineStats& before, const EngineStats& after, double seconds, uint64_t tokens,
                       const std::vector<std::shared_ptr<GrammarConstraint>>& constraints) {
    const auto steps = static_cast<double>(after.steps - before.steps);
    const auto written = static_cast<double>(tokens);
    const double step_ms = after.step_ms - before.step_ms;
    Round round{written / seconds, 1e3 * step_ms / steps,
                1e3 * (step_ms - (after.forward_ms - before.forward_ms)) / steps};
    for (const auto& constraint : constraints) {
      const ConstraintStats& stats = constraint->stats();
      round.told_us += 1e6 * stats.told_seconds / written;
      round.asked_us += 1e6 * stats.asked_seconds / written;
      round.refused += static_cast<double>(stats.refused) / written;
    }
    return round;
  }

  Engine& engine_;
  const LoadOptions options_;
  std::vector<Prompt> prompts_;
  std::shared_ptr<ConstraintTables> tables_ = std::make_shared<ConstraintTables>(engine_.tokenizer());
};

nlohmann::json ToJson(const std::vector<Round>& rounds) {
  return {{"tokens_per_s", MedianOf(rounds, &Round::tokens_per_s)},
          {"step_us", MedianOf(rounds, &Round::step_us)},
          {"own_us", MedianOf(rounds, &Round::own_us)}};
}

}  // namespace

Result<std::vector<LoadText>> ReadLoadTexts(const std::vector<std::string>& files) {
  ESPALIER_ASSIGN_OR_RETURN(const SourcePaths paths, SourcesAt(files, std::nullopt));
  std::vector<LoadText> texts;
  for (size_t language = 0; language < paths.size(); ++language) {
    for (const auto& path : paths[language]) {
      ESPALIER_ASSIGN_OR_RETURN(std::string text, ReadSourceBytes(path));
      texts.push_back({std::move(text), static_cast<Language>(language)});
    }
  }
  return texts;
}

Result<nlohmann::json> MeasureLoad(Engine& engine, std::span<const LoadText> texts,
                                   const LoadOptions& options) {
  if (texts.empty()) return Fail(ErrorCode::kInvalidArgument, "no texts to go on with");
  Load load(engine, texts, options);
  ESPALIER_RETURN_IF_ERROR(load.Warm());
  std::vector<Round> free, grammar;
  for (int i = 0; i < options.rounds; ++i) {
    ESPALIER_ASSIGN_OR_RETURN(free.emplace_back(), load.Run(false));
    ESPALIER_ASSIGN_OR_RETURN(grammar.emplace_back(), load.Run(true));
  }
  nlohmann::json constrained = ToJson(grammar);
  constrained["asked_us"] = MedianOf(grammar, &Round::asked_us);
  constrained["told_us"] = MedianOf(grammar, &Round::told_us);
  constrained["refused"] = MedianOf(grammar, &Round::refused);
  return nlohmann::json{
      {"requests", options.requests},
      {"free", ToJson(free)},
      {"grammar", constrained},
      {"slowdown", MedianOf(grammar, &Round::step_us) / MedianOf(free, &Round::step_us) - 1}};
}

}  // namespace espalier
