#include "model/pretokenizer.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/utf8.h"

namespace espalier {

struct PretokenizerFamily {
  std::span<const std::string_view> names;
  /// Perl syntax with {L}, {N} and {S} inside brackets for letters, numbers and white space.
  std::string_view pattern;
  AsciiScanner scan;
  bool whole_words;
};

namespace {

constexpr std::string_view kQwen2Names[] = {"qwen2", "deepseek-r1-qwen"};
constexpr std::string_view kLlama3Names[] = {"llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral"};
constexpr std::string_view kGpt2Names[] = {"gpt-2", "gpt2", "phi-2", "mpt", "olmo"};
constexpr std::string_view kStarCoderNames[] = {"starcoder", "refact", "smollm", "codeshell", "command-r"};

/// The expressions are those of the models' own tokenizer.json. StarCoder's is GPT-2's applied between
/// digits, written as one expression.
constexpr PretokenizerFamily kFamilies[] = {
    {kQwen2Names,
     "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n{L}{N}]?[{L}]+|[{N}]| ?[^{S}{L}{N}]+[\\r\\n]*"
     "|[{S}]*[\\r\\n]+|[{S}]+(?![^{S}])|[{S}]+",
     ScanQwen2, false},
    {kLlama3Names,
     "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n{L}{N}]?[{L}]+|[{N}]{1,3}| ?[^{S}{L}{N}]+[\\r\\n]*"
     "|[{S}]*[\\r\\n]+|[{S}]+(?![^{S}])|[{S}]+",
     ScanLlama3, true},
    {kGpt2Names, "'s|'t|'re|'ve|'m|'ll|'d| ?[{L}]+| ?[{N}]+| ?[^{S}{L}{N}]+|[{S}]+(?![^{S}])|[{S}]+",
     ScanGpt2, false},
    {kStarCoderNames, "'s|'t|'re|'ve|'m|'ll|'d| ?[{L}]+|[{N}]| ?[^{S}{L}{N}]+|[{S}]+(?![^{S}{N}])|[{S}]+",
     ScanGpt2SingleDigits, false},
};

/// Unicode 16's letters and numbers, for the regular expression's brackets: what PCRE2 knows, and the
/// ranges assigned since Unicode 14, the oldest version in use. Code points do not change their class.
constexpr std::string_view kLetters =
    "\\p{L}\\x{1C89}-\\x{1C8A}\\x{A7CB}-\\x{A7CD}\\x{A7DA}-\\x{A7DC}\\x{105C0}-\\x{105F3}\\x{10D4A}-\\x{"
    "10D65}"
    "\\x{10D6F}-\\x{10D85}\\x{10EC2}-\\x{10EC4}\\x{1123F}-\\x{11240}\\x{11380}-\\x{11389}\\x{1138B}\\x{1138E}"
    "\\x{11390}-\\x{113B5}\\x{113B7}\\x{113D1}\\x{113D3}\\x{11BC0}-\\x{11BE0}\\x{11F02}\\x{11F04}-\\x{11F10}"
    "\\x{11F12}-\\x{11F33}\\x{1342F}\\x{13441}-\\x{13446}\\x{13460}-\\x{143FA}\\x{16100}-\\x{1611D}"
    "\\x{16D40}-\\x{16D6C}\\x{18CFF}\\x{1B132}\\x{1B155}\\x{1DF25}-\\x{1DF2A}\\x{1E030}-\\x{1E06D}"
    "\\x{1E4D0}-\\x{1E4EB}\\x{1E5D0}-\\x{1E5ED}\\x{1E5F0}\\x{2B739}\\x{2EBF0}-\\x{2EE5D}\\x{31350}-\\x{"
    "323AF}";
constexpr std::string_view kNumbers =
    "\\p{N}\\x{10D40}-\\x{10D49}\\x{116D0}-\\x{116E3}\\x{11BF0}-\\x{11BF9}\\x{11F50}-\\x{11F59}"
    "\\x{16130}-\\x{16139}\\x{16D70}-\\x{16D79}\\x{1CCF0}-\\x{1CCF9}\\x{1D2C0}-\\x{1D2D3}"
    "\\x{1E4F0}-\\x{1E4F9}\\x{1E5F1}-\\x{1E5FA}";
/// White_Space spelt out, because PCRE2's \s has U+180E besides.
constexpr std::string_view kWhiteSpace = "\\t-\\r\\x{85}\\p{Z}";

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t i = text.find(from); i != std::string::npos; i = text.find(from, i + to.size()))
    text.replace(i, from.size(), to);
}

std::string Expand(std::string_view pattern) {
  std::string expanded(pattern);
  ReplaceAll(expanded, "{L}", kLetters);
  ReplaceAll(expanded, "{N}", kNumbers);
  ReplaceAll(expanded, "{S}", kWhiteSpace);
  return expanded;
}

const PretokenizerFamily* FamilyOf(std::string_view name) {
  for (const PretokenizerFamily& family : kFamilies) {
    if (std::find(family.names.begin(), family.names.end(), name) != family.names.end()) return &family;
  }
  return nullptr;
}

std::string KnownNames() {
  std::string names;
  for (const PretokenizerFamily& family : kFamilies)
    names += (names.empty() ? "" : ", ") + std::string(family.names[0]);
  return names;
}

}  // namespace

void Pretokenizer::FreeCode::operator()(pcre2_real_code_8* code) const { pcre2_code_free(code); }
void PretokenCursor::FreeMatch::operator()(pcre2_real_match_data_8* match) const {
  pcre2_match_data_free(match);
}

Result<Pretokenizer> Pretokenizer::Create(std::string_view name) {
  Pretokenizer pretokenizer;
  pretokenizer.family_ = FamilyOf(name);
  if (pretokenizer.family_ == nullptr)
    return Fail(ErrorCode::kUnsupported, "the pre-tokenizer '" + std::string(name) +
                                             "' is not supported (known: " + KnownNames() + ")");
  const std::string pattern = Expand(pretokenizer.family_->pattern);
  int error = 0;
  PCRE2_SIZE error_offset = 0;
  pretokenizer.code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                         PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED, &error, &error_offset,
                                         nullptr));
  if (!pretokenizer.code_)
    return Fail(ErrorCode::kInternal, "PCRE2 refuses the pre-tokenizer's expression (error " +
                                          std::to_string(error) + " at " + std::to_string(error_offset) +
                                          ")");
  // Where executable memory is forbidden this fails, and PCRE2 interprets the expression instead.
  pcre2_jit_compile(pretokenizer.code_.get(), PCRE2_JIT_COMPLETE);
  return pretokenizer;
}

bool Pretokenizer::whole_words() const { return family_->whole_words; }

PretokenCursor::PretokenCursor(const Pretokenizer& pretokenizer, std::string_view text, Path path)
    : pretokenizer_(&pretokenizer),
      text_(text),
      scan_(path == Path::kFastest ? pretokenizer.family_->scan : nullptr) {}

bool PretokenCursor::Next(std::string_view* word) {
  if (position_ == text_.size()) return false;
  size_t end = scan_ != nullptr ? scan_(text_, position_) : kAskRegex;
  if (end == kAskRegex) end = MatchRegex();
  *word = text_.substr(position_, end - position_);
  position_ = end;
  return true;
}

/// The expressions match at every position; should PCRE2 run into a limit of its own all the same, the
/// word is one code point, so that no text is lost.
size_t PretokenCursor::MatchRegex() {
  if (!match_) match_.reset(pcre2_match_data_create(1, nullptr));
  const int matched =
      match_ ? pcre2_match(pretokenizer_->code_.get(), reinterpret_cast<PCRE2_SPTR>(text_.data()),
                           text_.size(), position_, PCRE2_NO_UTF_CHECK, match_.get(), nullptr)
             : PCRE2_ERROR_NOMEMORY;
  if (matched < 1) return position_ + Utf8SequenceLength(text_.substr(position_));
  return pcre2_get_ovector_pointer(match_.get())[1];
}

}  // namespace espalier
