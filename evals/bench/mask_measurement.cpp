#include "evals/bench/mask_measurement.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "evals/bench/cost_timer.h"
#include "evals/bench/process_memory.h"
#include "evals/source_files.h"
#include "grammar/mask_walk.h"
#include "grammar/recogniser.h"
#include "grammar/vocabulary.h"
#include "model/model_file.h"
#include "model/model_store.h"
#include "model/tokenizer.h"

namespace espalier {
namespace {

constexpr size_t kColdPositions = 100;
constexpr size_t kContextBytes = 40;  // shown before a slow mask
constexpr double kMegabyte = 1e6;

/// A file that parses without error, as the tokens of the model.
struct TokenizedFile {
  std::string path;
  std::string text;
  std::vector<TokenId> tokens;
};

/// Where in a file a mask was made, behind `offset` bytes, and what it took.
struct MaskSample {
  double us = 0;
  const TokenizedFile* file = nullptr;
  size_t offset = 0;
  TokenId token = 0;  ///< that comes next
  uint32_t heads = 0;
  uint64_t missed_heads = 0;
  double new_row_bytes = 0;
};

double Quantile(const std::vector<double>& ascending, double share) {
  if (ascending.empty()) return 0;
  return ascending[static_cast<size_t>(share * static_cast<double>(ascending.size() - 1) + 0.5)];
}

double Mean(const std::vector<double>& values) {
  return values.empty() ? 0 : std::reduce(values.begin(), values.end()) / static_cast<double>(values.size());
}

double Share(double part, double whole) { return whole == 0 ? 0 : part / whole; }

/// "FILE:LINE:COLUMN", the latter in bytes from 1.
std::string PlaceText(const TokenizedFile& file, size_t offset) {
  const std::string_view before = std::string_view(file.text).substr(0, offset);
  const size_t line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  return fmt::format("{}:{}:{}", file.path, line, offset - (before.rfind('\n') + 1) + 1);
}

/// Everything about one language.
class LanguageMeasurement {
 public:
  LanguageMeasurement(Language language, const Tokenizer& tokenizer, const Vocabulary& vocabulary,
                      const MaskBenchOptions& options)
      : language_(language), tokenizer_(tokenizer), vocabulary_(vocabulary), options_(options) {}

  /// null when no file parses without error. `vocabulary_ms` and `vocabulary_bytes`: what the vocabulary
  /// took, which is part of getting ready.
  Result<nlohmann::json> Run(const std::vector<std::filesystem::path>& paths, double vocabulary_ms,
                             double vocabulary_bytes) {
    ESPALIER_RETURN_IF_ERROR(LoadFiles(paths));
    if (files_.empty()) return nlohmann::json();
    table_bytes_ = vocabulary_bytes;
    MeasureReadiness(vocabulary_ms);
    MeasureMasksOfFiles();
    MeasureChecks();
    MeasureColdMasks();
    return Report();
  }

 private:
  const Grammar& grammar() const { return Grammar::For(language_); }
  void Say(const std::string& phrase) const {
    if (options_.progress) options_.progress(language_, phrase);
  }

  /// REQUIRES: the language was not used before in this process.
  void MeasureReadiness(double vocabulary_ms) {
    Say("getting ready");
    const size_t heap_before = HeapBytes();
    const CostTimer grammar_timer;
    grammar();
    const double grammar_ms = grammar_timer.Microseconds() / 1e3;
    table_bytes_ += static_cast<double>(HeapBytes() - heap_before);
    const CostTimer mask_timer;
    tables_.emplace(grammar(), vocabulary_, options_.cache_bytes);
    mask_.resize((tokenizer_.vocab_size() + 63) / 64);
    FirstMask();
    const double first_mask_ms = mask_timer.Microseconds() / 1e3;
    const CostTimer again_timer;
    FirstMask();
    report_["ready_again_ms"] = again_timer.Microseconds() / 1e3;
    report_["grammar_ms"] = grammar_ms;
    report_["vocabulary_ms"] = vocabulary_ms;
    report_["first_mask_ms"] = first_mask_ms;
    report_["ready_ms"] = grammar_ms + vocabulary_ms + first_mask_ms;
  }

  void FirstMask() {
    Recogniser recogniser(grammar());
    FillMask(recogniser, *tables_);
  }

  Status LoadFiles(const std::vector<std::filesystem::path>& paths) {
    for (size_t i = 0; i < paths.size() && files_.size() < options_.files; ++i) {
      Say("reading");
      ESPALIER_ASSIGN_OR_RETURN(std::string text, ReadSourceBytes(paths[i]));
      if (text.find('\0') != std::string::npos) continue;
      const auto tree = SyntaxTree::Parse(language_, text);
      if (!tree || !tree->clean()) continue;
      std::vector<TokenId> tokens = tokenizer_.Encode(text);
      files_.push_back({paths[i].string(), std::move(text), std::move(tokens)});
    }
    return {};
  }

  size_t first_reported() const { return files_.size() / 2; }

  void FillMask(Recogniser& recogniser, MaskTables& tables) {
    std::fill(mask_.begin(), mask_.end(), 0);
    MaskWalk(recogniser, tables).Allow(mask_);
  }

  void MeasureMasksOfFiles() {
    uint64_t hits = 0, misses = 0;
    for (size_t i = 0; i < files_.size(); ++i) {
      Say(fmt::format("masks, file {} of {}", i + 1, files_.size()));
      if (i == first_reported()) {
        samples_.clear();
        allowed_ = 0;
        hits = tables_->hits;
        misses = tables_->misses;
      }
      WalkWithMasks(files_[i]);
    }
    const auto new_hits = static_cast<double>(tables_->hits - hits);
    report_["hit_rate"] = Share(new_hits, new_hits + static_cast<double>(tables_->misses - misses));
  }

  void WalkWithMasks(const TokenizedFile& file) {
    Recogniser recogniser(grammar());
    size_t offset = 0;
    for (size_t i = 0; i < file.tokens.size(); ++i) {
      const TokenId token = file.tokens[i];
      if (i % options_.every == 0) SampleMask(recogniser, file, offset, token);
      if (!recogniser.Advance(tokenizer_.TokenBytes(token))) return NoteViolation(file, offset, "reading");
      recogniser.Prune();
      offset += tokenizer_.TokenBytes(token).size();
    }
    if (!recogniser.Complete()) NoteViolation(file, offset, "the end");
  }

  void SampleMask(Recogniser& recogniser, const TokenizedFile& file, size_t offset, TokenId token) {
    MaskSample sample{
        .file = &file, .offset = offset, .token = token, .heads = recogniser.place().head_count};
    const uint64_t misses = tables_->misses;
    const auto row_bytes = static_cast<double>(tables_->rows.bytes());
    const CostTimer timer;
    FillMask(recogniser, *tables_);
    sample.us = timer.Microseconds();
    sample.missed_heads = tables_->misses - misses;
    sample.new_row_bytes = static_cast<double>(tables_->rows.bytes()) - row_bytes;
    samples_.push_back(sample);
    for (const uint64_t word : mask_) allowed_ += static_cast<size_t>(std::popcount(word));
    if (!HasBit(mask_, static_cast<uint32_t>(token))) NoteViolation(file, offset, "a mask");
  }

  /// In walks of their own, because masks would leave the processor's caches in another state.
  void MeasureChecks() {
    Say("checks");
    for (size_t i = first_reported(); i < files_.size(); ++i) {
      Recogniser recogniser(grammar());
      size_t offset = 0;
      for (const TokenId token : files_[i].tokens) {
        const std::string_view bytes = tokenizer_.TokenBytes(token);
        if (!Check(recogniser, bytes)) NoteViolation(files_[i], offset, "a check");
        if (!recogniser.Advance(bytes)) break;
        recogniser.Prune();
        offset += bytes.size();
      }
    }
  }

  /// What decoding does with a token that the model proposes.
  bool Check(Recogniser& recogniser, std::string_view bytes) {
    const Recogniser::Place place = recogniser.place();
    const CostTimer timer;
    const bool allowed = recogniser.Advance(bytes) && recogniser.Viable();
    recogniser.ReturnTo(place);
    check_us_.push_back(timer.Microseconds());
    return allowed;
  }

  /// At places spread over the reported files, each with nothing in the caches.
  void MeasureColdMasks() {
    Say("cold masks");
    const size_t reported = files_.size() - first_reported();
    for (size_t i = 0; i < kColdPositions; ++i) {
      const TokenizedFile& file = files_[first_reported() + i * reported / kColdPositions];
      Recogniser recogniser(grammar());
      const size_t tokens = file.tokens.size() * (i + 1) / (kColdPositions + 1);
      const std::string before = tokenizer_.Decode(std::span(file.tokens).first(tokens));
      if (tokens == file.tokens.size() || !recogniser.Advance(before)) continue;
      recogniser.Prune();
      const CostTimer timer;
      MaskTables fresh(grammar(), vocabulary_, options_.cache_bytes);
      FillMask(recogniser, fresh);
      cold_us_.push_back(timer.Microseconds());
      const auto next = static_cast<uint32_t>(file.tokens[tokens]);
      if (!HasBit(mask_, next)) NoteViolation(file, before.size(), "a cold mask");
    }
  }

  void NoteViolation(const TokenizedFile& file, size_t offset, std::string_view by) {
    if (++violations_ == 1) first_violation_ = fmt::format("{}, by {}", PlaceText(file, offset), by);
  }

  nlohmann::json Report() {
    std::vector<double> mask_us;
    for (const MaskSample& sample : samples_) mask_us.push_back(sample.us);
    for (std::vector<double>* values : {&mask_us, &check_us_, &cold_us_})
      std::sort(values->begin(), values->end());
    report_["check_median_us"] = Quantile(check_us_, 0.5);
    report_["check_p99_us"] = Quantile(check_us_, 0.99);
    report_["mask_median_us"] = Quantile(mask_us, 0.5);
    report_["mask_mean_us"] = Mean(mask_us);
    report_["mask_p99_us"] = Quantile(mask_us, 0.99);
    report_["mask_max_us"] = Quantile(mask_us, 1);
    report_["mask_cold_us"] = Quantile(cold_us_, 0.5);
    const auto cache_bytes = static_cast<double>(tables_->bytes());
    report_["memory_mb"] = (table_bytes_ + cache_bytes) / kMegabyte;
    report_["caches_mb"] = cache_bytes / kMegabyte;
    report_["allowed_share"] = Share(static_cast<double>(allowed_), static_cast<double>(samples_.size()) *
                                                                        static_cast<double>(TextTokens()));
    report_["tokens"] = check_us_.size();
    report_["masks"] = samples_.size();
    report_["files"] = files_.size();
    report_["violations"] = violations_;
    if (violations_ > 0) report_["first_violation"] = first_violation_;
    if (options_.slowest > 0) report_["slowest"] = SlowestJson();
    return std::move(report_);
  }

  /// Tokens of the vocabulary that stand for text.
  size_t TextTokens() const {
    size_t count = 0;
    for (uint32_t id = 0; id < vocabulary_.token_count(); ++id) {
      count += vocabulary_.RankOf(id) != Vocabulary::kNoRank ? 1 : 0;
    }
    return count;
  }

  nlohmann::json SlowestJson() {
    std::sort(samples_.begin(), samples_.end(), [](const auto& a, const auto& b) { return a.us > b.us; });
    samples_.resize(std::min(samples_.size(), options_.slowest));
    nlohmann::json slowest = nlohmann::json::array();
    for (const MaskSample& sample : samples_) {
      const size_t begin = sample.offset - std::min(sample.offset, kContextBytes);
      slowest.push_back({{"us", sample.us},
                         {"place", PlaceText(*sample.file, sample.offset)},
                         {"before", sample.file->text.substr(begin, sample.offset - begin)},
                         {"token", tokenizer_.TokenBytes(sample.token)},
                         {"heads", sample.heads},
                         {"missed_heads", sample.missed_heads},
                         {"new_row_mb", sample.new_row_bytes / kMegabyte}});
    }
    return slowest;
  }

  const Language language_;
  const Tokenizer& tokenizer_;
  const Vocabulary& vocabulary_;
  const MaskBenchOptions& options_;
  std::optional<MaskTables> tables_;
  TokenMask mask_;
  std::vector<TokenizedFile> files_;
  std::vector<MaskSample> samples_;
  std::vector<double> check_us_, cold_us_;
  size_t allowed_ = 0, violations_ = 0;
  std::string first_violation_;
  double table_bytes_ = 0;
  nlohmann::json report_;
};

Result<Tokenizer> TokenizerOf(const std::string& model) {
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(model));
  ESPALIER_ASSIGN_OR_RETURN(const ModelFile file, OpenModelFile(path));
  return Tokenizer::Create(file.tokenizer);
}

Result<SourcePaths> SourcesFor(const MaskBenchOptions& options) {
  if (options.paths.empty()) return CorpusSources();
  std::optional<Language> only;
  if (options.languages.size() == 1) only = options.languages.front();
  return SourcesAt(options.paths, only);
}

std::vector<std::string_view> TokensOf(const Tokenizer& tokenizer) {
  std::vector<std::string_view> tokens(tokenizer.vocab_size());
  for (size_t id = 0; id < tokens.size(); ++id) tokens[id] = tokenizer.TokenBytes(static_cast<TokenId>(id));
  return tokens;
}

/// The languages asked for, else those of which there are files.
std::vector<Language> LanguagesToMeasure(const MaskBenchOptions& options, const SourcePaths& sources) {
  if (!options.languages.empty()) return options.languages;
  std::vector<Language> languages;
  for (size_t i = 0; i < kLanguageCount; ++i) {
    if (!sources[i].empty()) languages.push_back(static_cast<Language>(i));
  }
  return languages;
}

tl::unexpected<Error> NothingToMeasure(const std::string& of_language) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("no file {}parses without error; name other files or folders", of_language));
}

std::string RowText(const std::string& language, const nlohmann::json& row) {
  const auto number = [&row](const char* key) { return row[key].get<double>(); };
  return fmt::format(
      "{:<16}{:>6}{:>8}{:>8} |{:>7.2f}{:>8.2f} |{:>8.1f}{:>8.1f}{:>9.1f}{:>8.1f} |{:>8.1f}{:>9.3f} "
      "|{:>7.1f}{:>8.1f}%"
      "{:>6.1f}%\n",
      language, row["files"].get<size_t>(), row["tokens"].get<size_t>(), row["masks"].get<size_t>(),
      number("check_median_us"), number("check_p99_us"), number("mask_median_us"), number("mask_mean_us"),
      number("mask_p99_us"), number("mask_cold_us") / 1e3, number("ready_ms"), number("ready_again_ms"),
      number("memory_mb"), 100 * number("allowed_share"), 100 * number("hit_rate"));
}

std::string Quoted(const nlohmann::json& text) {
  return text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string SlowestText(const std::string& language, const nlohmann::json& slowest) {
  std::string text =
      fmt::format("\n{}, slowest masks (us, heads, of them not known, MB of new rows):\n", language);
  for (const auto& sample : slowest) {
    text += fmt::format("{:>9.0f}{:>4}{:>4}{:>7.2f}  {}  {} then {}\n", sample["us"].get<double>(),
                        sample["heads"].get<size_t>(), sample["missed_heads"].get<size_t>(),
                        sample["new_row_mb"].get<double>(), sample["place"].get<std::string>(),
                        Quoted(sample["before"]), Quoted(sample["token"]));
  }
  return text;
}

}  // namespace

Result<nlohmann::json> MeasureMasks(const MaskBenchOptions& options) {
  ESPALIER_ASSIGN_OR_RETURN(const SourcePaths sources, SourcesFor(options));
  ESPALIER_ASSIGN_OR_RETURN(const Tokenizer tokenizer, TokenizerOf(options.model));
  const std::vector<std::string_view> tokens = TokensOf(tokenizer);
  const size_t heap_before = HeapBytes();
  const CostTimer timer;
  const Vocabulary vocabulary(tokens);
  const double vocabulary_ms = timer.Microseconds() / 1e3;
  const auto vocabulary_bytes = static_cast<double>(HeapBytes() - heap_before);
  nlohmann::json languages = nlohmann::json::object();
  for (const Language language : LanguagesToMeasure(options, sources)) {
    LanguageMeasurement measurement(language, tokenizer, vocabulary, options);
    const auto& paths = sources[static_cast<size_t>(language)];
    ESPALIER_ASSIGN_OR_RETURN(nlohmann::json row, measurement.Run(paths, vocabulary_ms, vocabulary_bytes));
    const std::string name(LanguageId(language));
    if (row.is_null() && !options.languages.empty()) return NothingToMeasure("of " + name + " ");
    if (!row.is_null()) languages[name] = std::move(row);
  }
  if (languages.empty()) return NothingToMeasure("");
  return nlohmann::json{{"languages", std::move(languages)}};
}

size_t MaskViolations(const nlohmann::json& report) {
  size_t violations = 0;
  for (const auto& language : report["languages"]) violations += language["violations"].get<size_t>();
  return violations;
}

std::string MaskMeasurementText(const nlohmann::json& report) {
  std::string text = fmt::format("{:<38} |{:>15} |{:>33} |{:>17} |{:>7}\n", "", "check, us",
                                 "mask, us (cold: ms)", "ready, ms", "memory");
  text +=
      fmt::format("{:<16}{:>6}{:>8}{:>8} |{:>7}{:>8} |{:>8}{:>8}{:>9}{:>8} |{:>8}{:>9} |{:>7}{:>9}{:>7}\n",
                  "language", "files", "tokens", "masks", "median", "p99", "median", "mean", "p99", "cold",
                  "first", "again", "MB", "allowed", "hits");
  for (const auto& [language, row] : report["languages"].items()) text += RowText(language, row);
  for (const auto& [language, row] : report["languages"].items()) {
    if (row.contains("slowest")) text += SlowestText(language, row["slowest"]);
    if (row["violations"].get<size_t>() == 0) continue;
    text += fmt::format("{}: {} places of real files were refused, the first at {}\n", language,
                        row["violations"].get<size_t>(), row["first_violation"].get<std::string>());
  }
  return text;
}

}  // namespace espalier
