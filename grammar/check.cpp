#include "grammar/check.h"

#include <algorithm>
#include <array>
#include <utility>

#include "grammar/recogniser.h"

namespace espalier {
namespace {

// How much is read between two looks at whether the text is still viable.
constexpr size_t kChunkBytes = 4096;

struct TokenName {
  std::string_view symbol, readable;
};

// Symbols that are not readable by rule. Empty: not worth mentioning.
constexpr auto kNames = std::to_array<TokenName>({
    {"end", "end of file"},
    {"_newline", "end of line"},
    {"_automatic_semicolon", "end of line"},
    {"_function_signature_automatic_semicolon", "end of line"},
    {"preproc_include_token2", "end of line"},
    {"source_file_token1", "end of line"},
    {"pure_virtual_clause_token1", "`0`"},
    {"comment", ""},
    {"line_comment", ""},
    {"block_comment", ""},
    {"html_comment", ""},
    {"_block_comment_content", ""},
    {"outer_doc_comment_marker", ""},
    {"inner_doc_comment_marker", ""},
    {"line_continuation", ""},
    {"_error_sentinel", ""},
    {"__error_recovery", ""},
    {"decimal_integer_literal", "number"},
    {"hex_integer_literal", "number"},
    {"octal_integer_literal", "number"},
    {"binary_integer_literal", "number"},
    {"decimal_floating_point_literal", "number"},
    {"hex_floating_point_literal", "number"},
    {"integer", "number"},
    {"float", "number"},
    {"number_literal", "number"},
    {"integer_literal", "number"},
    {"float_literal", "number"},
    {"int_literal", "number"},
    {"imaginary_literal", "number"},
    {"true", "`true`"},
    {"false", "`false`"},
    {"none", "`None`"},
    {"nil", "`nil`"},
    {"iota", "`iota`"},
    {"null", "`null`"},
    {"null_literal", "`null`"},
    {"undefined", "`undefined`"},
    {"this", "`this`"},
    {"self", "`self`"},
    {"super", "`super`"},
    {"crate", "`crate`"},
    {"auto", "`auto`"},
    {"void_type", "`void`"},
    {"boolean_type", "`boolean`"},
    {"mutable_specifier", "`mut`"},
    {"ellipsis", "`...`"},
    {"optional_chain", "`?.`"},
    {"blank_identifier", "`_`"},
    {"underscore_pattern", "`_`"},
    {"escape_interpolation", "`{{`"},
});

// Anonymous tokens are named as they are written. Go's NUL, which ends a statement, has no name at all, and
// `//` and `/*` begin a comment.
std::string NameOfAnonymous(std::string_view name) {
  if (name.empty() || name == "//" || name == "/*") return {};
  if (name == "\n" || name == "\r\n") return "end of line";
  if (name == "`") return "'`'";
  return "`" + std::string(name) + "`";
}

// "preproc_arg" as "preproc arg"; helpers lose the marks of their kind ("_raw_string_literal_start",
// "format_specifier_token1").
std::string AsWords(std::string_view name) {
  name = name.substr(0, name.rfind("_token"));
  name.remove_prefix(std::min(name.find_first_not_of('_'), name.size()));
  std::string words(name);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string ReadableName(const Grammar& grammar, uint16_t symbol) {
  const ParseTable& table = grammar.table();
  const std::string_view name = table.SymbolName(symbol);
  const TsSymbolMetadata& metadata = table.tables().symbol_metadata[symbol];
  if (metadata.visible && !metadata.named) return NameOfAnonymous(name);
  if (grammar.scanner() == &PythonScanner() && (name == "true" || name == "false")) {
    return name == "true" ? "`True`" : "`False`";
  }
  const auto known = std::find_if(kNames.begin(), kNames.end(),
                                  [&](const TokenName& entry) { return entry.symbol == name; });
  return known != kNames.end() ? std::string(known->readable) : AsWords(name);
}

bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// How likely a token is the one that was meant; a guess that only orders the list.
int Likelihood(std::string_view name) {
  if (IsOneOf(name, {"`)`", "`]`", "`}`", "`,`", "`;`", "`:`", "end of line", "end of file", "dedent"}))
    return 6;
  if (name == "identifier") return 5;
  if (name[0] != '`') return 4;
  const std::string_view written = name.substr(1, name.size() - 2);
  const char last = written.back();
  if (IsOneOf(written, {"(", "[", "{", "\"", "'"})) return 3;
  if (IsLetter(written[0]) && last != '"' && last != '\'') return 2;
  const bool is_rare = written[0] == '_' || written[0] == '#' || IsLetter(written[0]);
  return is_rare ? 0 : 1;
}

std::vector<std::string> ReadableNames(const Grammar& grammar, const std::vector<uint16_t>& symbols) {
  std::vector<std::string> names;
  for (const uint16_t symbol : symbols) {
    std::string name = ReadableName(grammar, symbol);
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  std::stable_sort(names.begin(), names.end(),
                   [](const std::string& a, const std::string& b) { return Likelihood(a) < Likelihood(b); });
  return names;
}

// Reads on to the first byte with which the text is no longer viable, and stands before it. What is not
// viable does not become so, so that looking at halves finds the byte.
void ReadViable(Recogniser& recogniser, std::string_view text, SyntaxCheck& check) {
  size_t done = 0;
  for (size_t step = kChunkBytes; done < text.size();) {
    const Recogniser::Place before = recogniser.place();
    const std::string_view piece = text.substr(done, step);
    if (recogniser.Advance(piece) && recogniser.Viable()) {
      done += piece.size();
      continue;
    }
    check.gave_up = recogniser.gave_up() && piece.size() == 1;
    recogniser.ReturnTo(before);
    if (piece.size() == 1) break;
    step = piece.size() / 2;
  }
  check.position = static_cast<uint32_t>(done);
}

struct LastLexeme {
  uint32_t start = 0;
  bool is_external = false;  // the external scanner has not decided
  uint64_t stack = 0;        // of the stacks' ids, which grow, the largest
};

LastLexeme LastLexemeOf(const Recogniser::Place& place) {
  LastLexeme last;
  for (uint32_t i = 0; i < place.head_count; ++i) {
    const Head& head = place.heads[i];
    if (head.start >= last.start) last.is_external = IsExternal(head.phase);
    last.start = std::max(last.start, head.start);
    last.stack = std::max(last.stack, head.node->id);
  }
  return last;
}

// The lexeme before the byte may only wait for a byte to be over, and then the byte belongs to the next one.
// White space ends most lexemes, the byte itself most others, and a word those of Python's layout.
void EnterLexemeOf(Recogniser& recogniser, std::string_view byte) {
  const Recogniser::Place before = recogniser.place();
  for (const std::string_view probe : {std::string_view(" "), byte, std::string_view("a")}) {
    if (recogniser.Advance(probe) && LastLexemeOf(recogniser.place()).stack > LastLexemeOf(before).stack)
      return;
    recogniser.ReturnTo(before);
  }
}

// What an external scanner reads ahead (the contents of a string, the line behind a statement) is no token
// yet, and need not become one.
uint32_t TokenBegin(const LastLexeme& lexeme, std::string_view text, uint32_t position) {
  if (lexeme.is_external) return position;
  uint32_t begin = std::min(lexeme.start, position);
  while (begin < position && std::string_view(" \t\r\n\f").find(text[begin]) != std::string_view::npos)
    ++begin;
  return begin;
}

}  // namespace

SyntaxCheck CheckSyntax(const Grammar& grammar, std::string_view text) {
  SyntaxCheck check;
  Recogniser recogniser(grammar);
  ReadViable(recogniser, text, check);
  check.at_end = check.position == text.size();
  if (check.at_end && recogniser.Complete()) {
    check.ok = true;
    check.at_end = false;
    check.token_begin = check.position;
    return check;
  }
  EnterLexemeOf(recogniser, text.substr(check.position, 1));
  check.token_begin = TokenBegin(LastLexemeOf(recogniser.place()), text, check.position);
  // Inside of a comment, which C and its kin lex as one token, nothing else is expected than its end.
  if (check.at_end && text.substr(check.token_begin).starts_with("/*")) {
    check.expected = {"`*/`"};
    return check;
  }
  check.expected = ReadableNames(grammar, recogniser.ExpectedSymbols());
  return check;
}

}  // namespace espalier
