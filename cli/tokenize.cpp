// espalier tokenize: text as the model sees it.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "cli/output.h"
#include "cli/source_text.h"
#include "cli/verb.h"
#include "model/model_file.h"
#include "model/model_store.h"
#include "model/tokenizer.h"

namespace espalier {
namespace {

constexpr uint64_t kMaxInputBytes = 1 << 30;

struct TokenizeOptions {
  std::string file = "-";
  std::optional<std::string> text;
  bool count = false;
  bool ids = false;
  bool special = false;
};

/// Bytes as a line of text: what cannot be shown is escaped as in C.
std::string Escaped(std::string_view bytes) {
  return nlohmann::json(bytes).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json TokensJson(const Tokenizer& tokenizer, const std::vector<TokenId>& ids, bool count_only) {
  nlohmann::json json = {{"count", ids.size()}};
  if (count_only) return json;
  json["ids"] = ids;
  json["pieces"] = nlohmann::json::array();
  for (const TokenId id : ids) {
    json["pieces"].push_back(tokenizer.IsControl(id) ? tokenizer.TokenName(id) : tokenizer.TokenBytes(id));
  }
  return json;
}

void PrintTokens(const Tokenizer& tokenizer, const std::vector<TokenId>& ids,
                 const TokenizeOptions& options) {
  if (options.count) {
    fmt::print("{}\n", ids.size());
  } else if (options.ids) {
    fmt::print("{}\n", fmt::join(ids, " "));
  } else {
    for (const TokenId id : ids) {
      fmt::print(
          "{:>7}  {}\n", id,
          tokenizer.IsControl(id) ? std::string(tokenizer.TokenName(id)) : Escaped(tokenizer.TokenBytes(id)));
    }
  }
}

Result<ExitCode> RunTokenize(const Invocation& invocation, const TokenizeOptions& options) {
  ESPALIER_RETURN_IF_ERROR(invocation.settings_status);
  std::string text;
  if (options.text) {
    text = *options.text;
  } else {
    ESPALIER_ASSIGN_OR_RETURN(text, ReadSource(options.file, kMaxInputBytes));
  }
  ESPALIER_ASSIGN_OR_RETURN(const auto path, ResolveModel(invocation.settings.values.model));
  ESPALIER_ASSIGN_OR_RETURN(const ModelFile file, OpenModelFile(path));
  ESPALIER_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Create(file.tokenizer));
  const auto ids = tokenizer.Encode(text, options.special ? SpecialText::kParse : SpecialText::kAsText);
  if (invocation.json) {
    PrintJson(TokensJson(tokenizer, ids, options.count));
  } else {
    PrintTokens(tokenizer, ids, options);
  }
  return ExitCode::kOk;
}

constexpr const char* kExamples = R"(  espalier tokenize src/main.py --count
  espalier tokenize --text "return x"
  git diff | espalier tokenize --count
  espalier tokenize --special --text "<|im_start|>user"
  espalier tokenize src/main.py --json | jq .ids)";

}  // namespace

void AddTokenizeVerb(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<TokenizeOptions>();
  CLI::App* verb = AddVerb(app, invocation, "tokenize", "Show the tokens of a text", kExamples,
                           [&invocation, options] { return RunTokenize(invocation, *options); });
  verb->add_option("file", options->file, "Text file; - or nothing reads standard input");
  verb->add_option("--text", options->text, "Text to use instead of a file");
  verb->add_flag("--count", options->count, "Print only the number of tokens");
  verb->add_flag("--ids", options->ids, "Print only the ids, on one line");
  verb->add_flag("--special", options->special, "Recognise special tokens in the text");
  AddSettingFlag(*verb, invocation, "--model", "model");
}

}  // namespace espalier
