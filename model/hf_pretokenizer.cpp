#include "model/hf_pretokenizer.h"

#include <algorithm>
#include <vector>

#include "model/json_fields.h"

namespace espalier {
namespace {

using nlohmann::json;

constexpr std::string_view kQwen2Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLlama3Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kGpt2Regex =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// A step of the pipeline as one word: its type, with what matters of its settings. Two pipelines with
/// the same words cut text in the same way.
std::string StepWord(const json& step) {
  std::string type = FindText(step, "type").value_or("");
  if (type == "ByteLevel") {
    if (IsTrue(step, "add_prefix_space")) return "ByteLevel with a prefix space";
    const json* use_regex = FindMember(step, "use_regex");
    return use_regex == nullptr || IsTrue(step, "use_regex") ? "GPT2" : "Bytes";
  }
  if (type == "Digits") return IsTrue(step, "individual_digits") ? "Digit" : "Digits";
  if (type != "Split") return type;
  const json* pattern = FindMember(step, "pattern");
  const std::string regex = pattern == nullptr ? "" : FindText(*pattern, "Regex").value_or("");
  if (IsTrue(step, "invert") || FindText(step, "behavior") != "Isolated") return "Split";
  if (regex == kQwen2Regex) return "Qwen2";
  if (regex == kLlama3Regex) return "Llama3";
  if (regex == kGpt2Regex) return "GPT2Split";
  return "Split by " + Quoted(regex);
}

std::string Words(const json* pre_tokenizer) {
  if (pre_tokenizer == nullptr) return "none";
  const json* steps = FindMember(*pre_tokenizer, "pretokenizers");
  if (steps == nullptr || !steps->is_array()) return StepWord(*pre_tokenizer);
  std::string words;
  for (const json& step : *steps) words += (words.empty() ? "" : " + ") + StepWord(step);
  return words;
}

bool TemplateBeginsWithSpecial(const json& processor) {
  const json* single = FindMember(processor, "single");
  if (single == nullptr || !single->is_array() || single->empty()) return false;
  return FindMember(single->front(), "SpecialToken") != nullptr;
}

}  // namespace

Result<std::string> RecognizeHfPretokenizer(const json& file, const FileErrors& errors) {
  const std::string words = Words(FindMember(file, "pre_tokenizer"));
  if (words == "Qwen2 + Bytes") return "qwen2";
  if (words == "Llama3 + Bytes") return "llama-bpe";
  if (words == "GPT2" || words == "GPT2Split + Bytes") return "gpt-2";
  if (words == "Digit + GPT2") return "starcoder";
  return errors.Unsupported("the 'pre_tokenizer' (" + words +
                            ") is not known; those of Qwen2, Llama 3, GPT-2 and StarCoder are");
}

Status CheckHfNormalizer(const json& file, const FileErrors& errors) {
  const json* normalizer = FindMember(file, "normalizer");
  if (normalizer == nullptr) return {};
  const std::string type = FindText(*normalizer, "type").value_or("");
  const json* steps = FindMember(*normalizer, "normalizers");
  const bool empty_sequence = type == "Sequence" && steps != nullptr && steps->is_array() && steps->empty();
  if (type == "NFC" || empty_sequence) return {};
  return errors.Unsupported("the 'normalizer' of type " + Quoted(type) + " is not supported");
}

bool HfPostProcessorAddsBos(const json& file) {
  const json* processor = FindMember(file, "post_processor");
  if (processor == nullptr) return false;
  const json* steps = FindMember(*processor, "processors");
  if (steps == nullptr || !steps->is_array()) return TemplateBeginsWithSpecial(*processor);
  return std::any_of(steps->begin(), steps->end(), TemplateBeginsWithSpecial);
}

}  // namespace espalier
