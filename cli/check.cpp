// espalier check FILE...: does each file parse, and if not, where does it go wrong?
#include "grammar/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/adapter.h"
#include "base/utf8.h"
#include "cli/languages.h"
#include "cli/output.h"
#include "cli/source_text.h"
#include "cli/verb.h"

namespace espalier {
namespace {

constexpr uint64_t kMaxFileBytes = 64 << 20;

struct CheckOptions {
  std::vector<std::string> files;
  std::string language;
};

struct CheckedFile {
  std::string path;
  const Adapter* adapter = nullptr;
  std::string text;
  SyntaxCheck check;
};

/// What the run comes to.
struct CheckTally {
  size_t checked = 0;
  size_t with_errors = 0;
  std::optional<Error> first_failure;  ///< why a file could not be checked
  nlohmann::json files = nlohmann::json::array();
};

/// The first byte of the code point that byte `at` belongs to, or would if it did not spoil it.
size_t CharacterBegin(std::string_view text, size_t at) {
  for (size_t back = 1; back <= std::min<size_t>(at, 3); ++back) {
    const auto byte = static_cast<uint8_t>(text[at - back]);
    if ((byte & 0xC0) == 0x80) continue;
    const size_t length = byte < 0xC2 || byte > 0xF4 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    return length > back ? at - back : at;
  }
  return at;
}

size_t CharacterLength(std::string_view text, size_t at) {
  return std::max<size_t>(1, Utf8SequenceLength(text.substr(at)));
}

bool IsWordByte(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte >= 0x80 || c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}
bool IsControl(char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7F; }

/// A character as it may be shown on a terminal.
std::string Shown(std::string_view character) {
  if (character == "\t") return "    ";
  const bool is_text = Utf8SequenceLength(character) == character.size() && !IsControl(character[0]);
  return is_text ? std::string(character) : "\xEF\xBF\xBD";
}

/// The token at `at`, in so far as it helps to find it: one line, not too long.
std::string TokenText(std::string_view text, size_t begin, size_t at) {
  constexpr size_t kMostBytes = 40;
  if (at - begin > kMostBytes || text.substr(begin, at - begin).find('\n') != std::string_view::npos)
    begin = at;
  size_t end = at;
  if (begin == at || !IsWordByte(text[at - 1])) end += CharacterLength(text, at);
  while (end < text.size() && end - begin < kMostBytes && IsWordByte(text[end]) &&
         IsWordByte(text[end - 1])) {
    end += CharacterLength(text, end);
  }
  std::string shown;
  for (size_t i = begin; i < end; i += CharacterLength(text, i)) {
    shown += Shown(text.substr(i, CharacterLength(text, i)));
  }
  return "`" + shown + "`";
}

/// What stands where the text goes wrong, as a phrase.
std::string Unexpected(const CheckedFile& file) {
  const std::string_view text = file.text;
  if (file.check.at_end) return "end of file";
  const size_t at = CharacterBegin(text, file.check.position);
  if (Utf8SequenceLength(text.substr(at)) == 0) {
    return fmt::format("byte 0x{:02X}, which is not UTF-8", static_cast<uint8_t>(text[at]));
  }
  const size_t begin = std::min<size_t>(file.check.token_begin, at);
  if (begin == at) {
    if (text[at] == '\n' || text[at] == '\r') return "end of line";
    if (text[at] == ' ' || text[at] == '\t') return "white space";
    if (IsControl(text[at])) return fmt::format("character U+{:04X}", static_cast<uint8_t>(text[at]));
  }
  return TokenText(text, begin, at);
}

/// "A, B or C"; of many the last, which are most likely meant, and how many there are besides.
std::string Alternatives(const std::vector<std::string>& names) {
  constexpr size_t kMostNames = 12;
  const size_t left_out = names.size() > kMostNames ? names.size() - kMostNames : 0;
  std::string list;
  for (size_t i = left_out; i < names.size(); ++i) {
    if (i > left_out) list += i + 1 == names.size() && left_out == 0 ? " or " : ", ";
    list += names[i];
  }
  return left_out == 0 ? list : fmt::format("{} and {} more", list, left_out);
}

/// The line that holds byte `at`, or of a long one what surrounds it, and below it a caret under `at` with
/// a tail from `begin`. Empty when the line is.
std::string Excerpt(std::string_view text, size_t begin, size_t at) {
  constexpr size_t kBytesBefore = 70, kBytesBehind = 40;
  const size_t line_begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;  // npos + 1 == 0: the first line
  size_t line_end = std::min(text.find('\n', at), text.size());
  if (line_end > line_begin && text[line_end - 1] == '\r') --line_end;
  if (line_begin >= line_end) return {};
  const size_t left = at > line_begin + kBytesBefore ? CharacterBegin(text, at - kBytesBefore) : line_begin;
  const size_t right = line_end > at + kBytesBehind ? CharacterBegin(text, at + kBytesBehind) : line_end;
  std::string source = left > line_begin ? "..." : "";
  std::string mark(source.size(), ' ');
  for (size_t i = left; i < right; i += CharacterLength(text, i)) {
    const std::string_view character = text.substr(i, CharacterLength(text, i));
    source += Shown(character);
    if (i < at) mark += std::string(character == "\t" ? 4 : 1, i >= begin ? '~' : ' ');
  }
  return fmt::format("  {}{}\n  {}^\n", source, right < line_end ? "..." : "", mark);
}

void PrintSyntaxError(const CheckedFile& file) {
  const size_t at = CharacterBegin(file.text, file.check.position);
  const LineColumn position = PositionAt(file.text, static_cast<uint32_t>(at));
  fmt::print("{}:{}:{}: error: unexpected {}", file.path, position.line, position.column, Unexpected(file));
  if (!file.check.expected.empty()) fmt::print("; expected {}", Alternatives(file.check.expected));
  fmt::print("\n{}", Excerpt(file.text, std::min<size_t>(file.check.token_begin, at), at));
}

nlohmann::json FileJson(const CheckedFile& file) {
  nlohmann::json json = {{"path", file.path},     {"language", LanguageId(file.adapter->language)},
                         {"ok", file.check.ok},   {"line", nullptr},
                         {"column", nullptr},     {"byte", nullptr},
                         {"unexpected", nullptr}, {"expected", file.check.expected}};
  if (file.check.ok) return json;
  const size_t at = CharacterBegin(file.text, file.check.position);
  const LineColumn position = PositionAt(file.text, static_cast<uint32_t>(at));
  json["line"] = position.line;
  json["column"] = position.column;
  json["byte"] = file.check.position;
  json["unexpected"] = Unexpected(file);
  return json;
}

Result<CheckedFile> CheckFile(const std::string& path, const Adapter* adapter) {
  CheckedFile file{.path = path, .adapter = adapter, .text = {}, .check = {}};
  ESPALIER_ASSIGN_OR_RETURN(file.text, ReadBytes(path, kMaxFileBytes));
  if (adapter == nullptr) {
    ESPALIER_ASSIGN_OR_RETURN(file.adapter, LanguageOfFile(path));
  }
  file.check = CheckSyntax(Grammar::For(file.adapter->language), file.text);
  if (!file.check.gave_up) return file;
  const LineColumn position = PositionAt(file.text, file.check.position);
  return Fail(ErrorCode::kResourceExhausted,
              fmt::format("{}:{}:{}: too many readings of the text at once; the file cannot be checked", path,
                          position.line, position.column));
}

/// A file that cannot be checked does not keep the others from it.
void NoteFailure(const std::string& path, const Error& error, bool json, CheckTally& tally) {
  if (!tally.first_failure) tally.first_failure = error;
  PrintError(error, false);
  if (!json) return;
  tally.files.push_back({{"path", path},
                         {"ok", false},
                         {"error", {{"code", ErrorCodeName(error.code)}, {"message", error.message}}}});
}

void NoteFile(const CheckedFile& file, bool json, CheckTally& tally) {
  ++tally.checked;
  tally.with_errors += !file.check.ok;
  if (json) {
    tally.files.push_back(FileJson(file));
  } else if (!file.check.ok) {
    PrintSyntaxError(file);
  }
}

void PrintTally(const CheckTally& tally, bool json) {
  if (json) {
    nlohmann::json answer = {{"files", tally.files},
                             {"ok", tally.with_errors == 0 && !tally.first_failure.has_value()}};
    if (tally.first_failure) {
      answer["error"] = {{"code", ErrorCodeName(tally.first_failure->code)},
                         {"message", tally.first_failure->message}};
    }
    PrintJson(answer);
  } else if (tally.checked > 0) {
    fmt::print("{} {} checked, {} with errors\n", tally.checked, tally.checked == 1 ? "file" : "files",
               tally.with_errors);
  }
}

Result<ExitCode> RunCheck(const Invocation& invocation, const CheckOptions& options) {
  const Adapter* adapter = nullptr;
  if (!options.language.empty()) {
    ESPALIER_ASSIGN_OR_RETURN(adapter, LanguageNamed(options.language));
  }
  if (std::count(options.files.begin(), options.files.end(), "-") > 1) {
    return Fail(ErrorCode::kInvalidArgument, "standard input can be read only once; name - once");
  }
  CheckTally tally;
  for (const std::string& path : options.files) {
    if (const auto file = CheckFile(path, adapter)) {
      NoteFile(*file, invocation.json, tally);
    } else {
      NoteFailure(path, file.error(), invocation.json, tally);
    }
  }
  PrintTally(tally, invocation.json);
  if (tally.first_failure) return ExitCodeFor(tally.first_failure->code);
  return tally.with_errors == 0 ? ExitCode::kOk : ExitCode::kSyntaxError;
}

constexpr const char* kExamples = R"(  espalier check src/cache.py src/*.go
  git show HEAD:main.go | espalier check - --lang go
  git diff --name-only | grep '\.rs$' | xargs espalier check
  espalier check src/cache.py --json | jq '.files[] | select(.ok | not)'

For each file that does not parse, the first place at which it can no longer become one that does:

  src/cache.py:3:5: error: unexpected `return`; expected `=`, `)`, `,` or `:`
        return x
        ^

The exit code is 0 when all files are well-formed, 1 when one has a syntax error, and another one of
`espalier --help` when one cannot be checked; the others are checked all the same. Lines and columns
count from 1; columns count characters. `byte` in the JSON answer counts from 0.

The judge is the tree-sitter grammar of the language, as for completions. It is no compiler: it accepts
some files that the language does not. It knows no preprocessor either: in C and C++, code that only
macros make whole is reported, as is an #ifdef that splits a statement. Bytes that are not UTF-8 are
errors where the grammar wants text, and nothing special in comments.)";

}  // namespace

void AddCheckVerb(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App* verb = AddVerb(app, invocation, "check", "Check the syntax of files", kExamples,
                           [&invocation, options] { return RunCheck(invocation, *options); });
  verb->add_option("files", options->files, "Files; - for standard input, with --lang")->required();
  verb->add_option("--lang,--language", options->language,
                   "Language of all the files, when their names do not tell");
}

}  // namespace espalier
