// espalier mask FILE:LINE:COLUMN: what may a model write at this place?
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/adapter.h"
#include "base/utf8.h"
#include "cli/flags.h"
#include "cli/languages.h"
#include "cli/output.h"
#include "cli/source_text.h"
#include "cli/verb.h"
#include "decoder/constraint_tables.h"
#include "decoder/fim_prompt.h"
#include "grammar/closer.h"
#include "grammar/grammar.h"
#include "grammar/mask_walk.h"
#include "grammar/recogniser.h"
#include "grammar/recovery.h"
#include "model/model_file.h"
#include "model/model_store.h"
#include "model/tokenizer.h"

namespace espalier {
namespace {

constexpr int kMostClosingSteps = 4000;  // as in decoding

struct MaskOptions {
  std::string target;
  std::string language;
  std::vector<std::string> texts;
  size_t list = 20;
};

/// Everything that is known before the model file is opened. Text has LF line ends, as what models see.
struct MaskJob {
  SourceTarget target;
  const Adapter* adapter = nullptr;
  std::string before, after;
};

struct AskedText {
  std::string text;
  bool allowed = false;
};

struct MaskAnswer {
  size_t allowed = 0, vocabulary = 0;  ///< of the tokens that stand for text
  bool may_end = false;
  std::optional<std::string> closer;  ///< where something is open, and was found to be closed by this
  std::vector<Recovery> recoveries;
  std::vector<TokenId> allowed_tokens, refused_tokens;  ///< the first ones
  std::vector<AskedText> texts;

  double share() const {
    return vocabulary == 0 ? 0 : static_cast<double>(allowed) / static_cast<double>(vocabulary);
  }
};

Result<MaskJob> PrepareJob(const MaskOptions& options, const Settings& settings) {
  MaskJob job;
  ESPALIER_ASSIGN_OR_RETURN(job.target, ParseTarget(options.target));
  const auto limit = static_cast<uint64_t>(settings.complete.max_document_bytes);
  ESPALIER_ASSIGN_OR_RETURN(const std::string document, ReadSource(job.target.file, limit));
  ESPALIER_ASSIGN_OR_RETURN(job.adapter, options.language.empty() ? LanguageOfFile(job.target.file)
                                                                  : LanguageNamed(options.language));
  const auto cursor = ByteOffset(document, job.target.position);
  if (!cursor) {
    return Fail(cursor.error().code, fmt::format("{}: {}", job.target.file, cursor.error().message));
  }
  job.before = WithLfLineEnds(std::string_view(document).substr(0, *cursor));
  job.after = WithLfLineEnds(std::string_view(document).substr(*cursor));
  return job;
}

Result<Tokenizer> OpenTokenizer(const Settings& settings) {
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(settings.model));
  ESPALIER_ASSIGN_OR_RETURN(const ModelFile file, OpenModelFile(path));
  return Tokenizer::Create(file.tokenizer);
}

/// Reads the text before the position. Errors: there are no rules behind it.
Result<std::vector<Recovery>> ReadBefore(Recogniser& recogniser, const MaskJob& job) {
  auto recoveries = AdvanceWithRecovery(recogniser, job.before);
  const bool gave_up = recogniser.gave_up();
  if (recoveries && recogniser.Viable()) return *std::move(recoveries);
  const LineColumn position = job.target.position;
  const std::string place = fmt::format("{}:{}:{}", job.target.file, position.line, position.column);
  if (gave_up) {
    return Fail(
        ErrorCode::kResourceExhausted,
        fmt::format("{}: too many readings of the text before at once; a model may write anything", place));
  }
  return Fail(ErrorCode::kUnsupported,
              fmt::format("{}: the text before is too far from the grammar of {}; a model may write "
                          "anything; see: espalier check",
                          place, LanguageId(job.adapter->language)));
}

bool MayCome(Recogniser& recogniser, std::string_view bytes) {
  if (!recogniser.ContinuesUtf8(bytes)) return false;  // what a model writes is UTF-8
  const Recogniser::Place here = recogniser.place();
  const bool may_come = recogniser.Advance(bytes) && recogniser.Viable();
  recogniser.ReturnTo(here);
  return may_come;
}

void CountTokens(Recogniser& recogniser, const Tokenizer& tokenizer, size_t list, MaskAnswer& answer) {
  ConstraintTables tables(tokenizer);
  TokenMask mask((tokenizer.vocab_size() + 63) / 64);
  MaskWalk(recogniser, tables.MasksFor(recogniser.grammar())).Allow(mask);
  for (uint32_t i = 0; i < tokenizer.vocab_size(); ++i) {
    const auto id = static_cast<TokenId>(i);
    if (tokenizer.TokenBytes(id).empty()) continue;
    const bool allowed = HasBit(mask, i);
    ++answer.vocabulary;
    answer.allowed += allowed;
    std::vector<TokenId>& tokens = allowed ? answer.allowed_tokens : answer.refused_tokens;
    if (tokens.size() < list) tokens.push_back(id);
  }
}

Result<MaskAnswer> Answer(const MaskJob& job, const MaskOptions& options, const Tokenizer& tokenizer) {
  MaskAnswer answer;
  Recogniser recogniser(Grammar::For(job.adapter->language));
  ESPALIER_ASSIGN_OR_RETURN(answer.recoveries, ReadBefore(recogniser, job));
  CountTokens(recogniser, tokenizer, options.list, answer);
  answer.may_end = recogniser.AcceptsWith(job.after);
  if (!answer.may_end)
    answer.closer = FindClosingText(recogniser, job.after, {.most_steps = kMostClosingSteps});
  for (const std::string& text : options.texts) answer.texts.push_back({text, MayCome(recogniser, text)});
  return answer;
}

/// Bytes in quotes as in C; what is no visible text is escaped.
std::string Quoted(std::string_view bytes) {
  std::string quoted = "\"";
  while (!bytes.empty()) {
    const size_t length = Utf8SequenceLength(bytes);
    const auto byte = static_cast<uint8_t>(bytes[0]);
    const bool is_c1 = length == 2 && byte == 0xC2 && static_cast<uint8_t>(bytes[1]) < 0xA0;
    if (byte == '\n' || byte == '\t' || byte == '\r') {
      quoted += byte == '\n' ? "\\n" : byte == '\t' ? "\\t" : "\\r";
    } else if (length == 0 || byte < 0x20 || byte == 0x7F || is_c1) {
      for (size_t i = 0; i < (is_c1 ? 2 : 1); ++i) {
        quoted += fmt::format("\\x{:02X}", static_cast<uint8_t>(bytes[i]));
      }
    } else {
      if (byte == '"' || byte == '\\') quoted += '\\';
      quoted += bytes.substr(0, length);
    }
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return quoted + "\"";
}

/// Where the grammar did not know the text, as a sentence.
std::string RecoveriesText(const MaskJob& job, const std::vector<Recovery>& recoveries) {
  constexpr size_t kMostPlaces = 5;
  if (recoveries.empty()) return "the text before is what the grammar knows";
  std::string places;
  for (size_t i = 0; i < recoveries.size() && i < kMostPlaces; ++i) {
    const LineColumn position = PositionAt(job.before, recoveries[i].at);
    places += fmt::format("{}{}:{}", i == 0 ? "" : ", ", position.line, position.column);
  }
  return fmt::format("the grammar does not know the text before at {} {}: {}{}", recoveries.size(),
                     recoveries.size() == 1 ? "place" : "places", places,
                     recoveries.size() > kMostPlaces ? ", ..." : "");
}

std::string EndText(const MaskAnswer& answer) {
  if (answer.may_end) return "the text may end here";
  if (answer.closer) return fmt::format("the text may not end here, but behind {}", Quoted(*answer.closer));
  return "the text may not end here; nothing short was found that closes it";
}

void PrintTokens(const Tokenizer& tokenizer, const std::vector<TokenId>& ids, const char* what, size_t all) {
  if (ids.empty()) return;
  fmt::print("{} tokens", what);
  if (ids.size() < all) fmt::print(", the first {} of {}", ids.size(), all);
  fmt::print("\n");
  for (const TokenId id : ids) fmt::print("{:>9}  {}\n", id, Quoted(tokenizer.TokenBytes(id)));
}

void PrintAnswer(const MaskJob& job, const MaskAnswer& answer, const Tokenizer& tokenizer) {
  fmt::print("{} of {} tokens may come next ({:.2f}%)\n{}\n{}\n", answer.allowed, answer.vocabulary,
             100 * answer.share(), EndText(answer), RecoveriesText(job, answer.recoveries));
  PrintTokens(tokenizer, answer.allowed_tokens, "allowed", answer.allowed);
  PrintTokens(tokenizer, answer.refused_tokens, "refused", answer.vocabulary - answer.allowed);
  if (!answer.texts.empty()) fmt::print("texts\n");
  for (const AskedText& asked : answer.texts) {
    fmt::print("  {}  {}\n", asked.allowed ? "allowed" : "refused", Quoted(asked.text));
  }
}

nlohmann::json TokensJson(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  nlohmann::json json = nlohmann::json::array();
  for (const TokenId id : ids) json.push_back({{"id", id}, {"text", tokenizer.TokenBytes(id)}});
  return json;
}

nlohmann::json AnswerJson(const MaskAnswer& answer, const Tokenizer& tokenizer) {
  nlohmann::json json = {{"allowed", answer.allowed},
                         {"vocabulary", answer.vocabulary},
                         {"share", answer.share()},
                         {"may_end", answer.may_end},
                         {"recoveries", answer.recoveries.size()},
                         {"closer", nullptr},
                         {"allowed_tokens", TokensJson(tokenizer, answer.allowed_tokens)},
                         {"refused_tokens", TokensJson(tokenizer, answer.refused_tokens)},
                         {"texts", nlohmann::json::array()}};
  if (answer.closer) json["closer"] = *answer.closer;
  for (const AskedText& asked : answer.texts) {
    json["texts"].push_back({{"text", asked.text}, {"allowed", asked.allowed}});
  }
  return json;
}

Result<ExitCode> RunMask(const Invocation& invocation, const MaskOptions& options) {
  ESPALIER_RETURN_IF_ERROR(invocation.settings_status);
  const Settings& settings = invocation.settings.values;
  ESPALIER_ASSIGN_OR_RETURN(const MaskJob job, PrepareJob(options, settings));
  ESPALIER_ASSIGN_OR_RETURN(const Tokenizer tokenizer, OpenTokenizer(settings));
  ESPALIER_ASSIGN_OR_RETURN(const MaskAnswer answer, Answer(job, options, tokenizer));
  if (invocation.json) {
    PrintJson(AnswerJson(answer, tokenizer));
  } else {
    PrintAnswer(job, answer, tokenizer);
  }
  for (const AskedText& asked : answer.texts) {
    if (!asked.allowed) return ExitCode::kSyntaxError;
  }
  return ExitCode::kOk;
}

constexpr const char* kExamples = R"help(  espalier mask src/cache.py:42:9
  espalier mask src/cache.py:42:9 --allowed "return x" --allowed ")"
  espalier mask src/main.go:10:5 --list 0 --allowed $'}\n'
  git show HEAD:main.go | espalier mask -:10:5 --language go
  espalier mask src/cache.py:42:9 --list 1000000 --json | jq -r '.allowed_tokens[].text'

What the grammar lets a model write at this place, token by token of its vocabulary. No model runs: of
its file, only the tokens are read. The answer for `x = f(` in Python begins

  136232 of 151645 tokens may come next (89.84%)
  the text may not end here, but behind ")"
  the text before is what the grammar knows

A token may come if the text with it is still the beginning of a file that the grammar accepts. The text
may end here if it is accepted as it stands, with the rest of the file behind it; if not, a short text
that closes it is shown. Text that the grammar does not know (macros, code being edited) is read on behind;
the places are named. Tokens that stand for no text, as <|endoftext|>, are not counted.

--allowed asks for exactly these bytes. The exit code is 0, or 1 when one of these texts is refused; the
others are those of `espalier --help`. `closer` in the JSON answer is null when nothing is to be closed
(`may_end` is true then) or nothing was found.)help";

}  // namespace

void AddMaskVerb(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<MaskOptions>();
  CLI::App* verb = AddVerb(app, invocation, "mask", "Show what a model may write at a position", kExamples,
                           [&invocation, options] { return RunMask(invocation, *options); });
  verb->add_option("target", options->target, "FILE:LINE:COLUMN; FILE may be - for standard input")
      ->required();
  verb->add_option("--lang,--language", options->language, "Language, when the file's name does not tell");
  verb->add_option("--allowed", options->texts, "Ask whether this text may come next; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--list", options->list, "List so many of the allowed and of the refused tokens")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  AddSettingFlag(*verb, invocation, "--model", "model");
}

}  // namespace espalier
