// Examples in documentation, by the forms that people write them in. Each form looks at a line and takes as
// many lines as belong to it.
#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "adapters/doc_comment.h"
#include "adapters/text_lines.h"

namespace espalier {
namespace {

using Lines = std::vector<std::string_view>;
using Kind = DocExample::Kind;

/// Where the reading stands: lines[at] is the next.
struct Cursor {
  const Lines& lines;
  size_t at = 0;
  std::string_view name;  ///< of the function

  bool done() const { return at >= lines.size(); }
  std::string_view line() const { return TrimmedLeft(lines[at]); }
};

void AppendLine(std::string& text, std::string_view line) {
  if (!text.empty()) text += '\n';
  text += line;
}

bool StartsWithIgnoringCase(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::equal(start.begin(), start.end(), text.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
         });
}

/// ">>> f(1)", "... more" and what is printed.
std::optional<DocExample> ReadDoctest(Cursor& cursor) {
  constexpr std::string_view kPrompt = ">>>", kMore = "...";
  if (!cursor.line().starts_with(kPrompt)) return std::nullopt;
  DocExample example;
  const size_t indentation = cursor.lines[cursor.at].size() - cursor.line().size();
  auto code_of = [&](std::string_view line) {
    line.remove_prefix(kPrompt.size());
    if (line.starts_with(' ')) line.remove_prefix(1);
    return line;
  };
  example.input = code_of(cursor.line());
  for (++cursor.at; !cursor.done() && cursor.line().starts_with(kMore); ++cursor.at)
    AppendLine(example.input, code_of(cursor.line()));
  for (; !cursor.done() && !cursor.line().empty() && !cursor.line().starts_with(kPrompt); ++cursor.at) {
    const std::string_view line = cursor.lines[cursor.at];
    AppendLine(example.output, line.substr(std::min(indentation, line.size() - cursor.line().size())));
  }
  return example;
}

/// Code that a block's info string says is not to be run.
bool IsNoTest(std::string_view info) {
  constexpr std::array kWords = {"text",         "txt",     "ignore", "no_run", "compile_fail",
                                 "should_panic", "console", "sh",     "bash",   "shell",
                                 "json",         "output",  "diff",   "toml",   "html"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return info.find(word) != std::string_view::npos; });
}

/// "```" blocks: rustdoc, Markdown. A line that rustdoc hides ("# use x;") is code all the same.
std::optional<DocExample> ReadFence(Cursor& cursor) {
  constexpr std::string_view kFence = "```";
  if (!cursor.line().starts_with(kFence)) return std::nullopt;
  const std::string_view info = Trimmed(cursor.line().substr(kFence.size()));
  Lines code;
  for (++cursor.at; !cursor.done() && !cursor.line().starts_with(kFence); ++cursor.at) {
    std::string_view line = cursor.lines[cursor.at];
    const bool hidden = line == "#" || line.starts_with("# ");
    if (hidden && (info.empty() || info.starts_with("rust")))
      line.remove_prefix(std::min<size_t>(2, line.size()));
    code.push_back(line);
  }
  if (!cursor.done()) ++cursor.at;
  DocExample example{Kind::kCode, Dedented(code), {}};
  if (IsNoTest(info) || example.input.empty()) example.input.clear();
  return example;
}

/// Characters that HTML in Javadoc spells in another way.
std::string WithoutHtml(std::string text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kSpellings = {
      {{"{@code", ""}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}}};
  for (const auto& [spelling, meaning] : kSpellings) {
    for (size_t at = text.find(spelling); at != std::string::npos;
         at = text.find(spelling, at + meaning.size()))
      text.replace(at, spelling.size(), meaning);
  }
  return text;
}

/// "<pre>{@code ... }</pre>" of Javadoc.
std::optional<DocExample> ReadPre(Cursor& cursor) {
  constexpr std::string_view kOpen = "<pre>", kClose = "</pre>";
  const size_t open = cursor.line().find(kOpen);
  if (open == std::string_view::npos) return std::nullopt;
  std::string block;
  const std::string_view first = cursor.line().substr(open + kOpen.size());
  bool closed = first.find(kClose) != std::string_view::npos;
  AppendLine(block, first);
  for (++cursor.at; !cursor.done() && !closed; ++cursor.at) {
    closed = cursor.lines[cursor.at].find(kClose) != std::string_view::npos;
    AppendLine(block, cursor.lines[cursor.at]);
  }
  block = block.substr(0, block.find(kClose));
  const bool is_code = block.find("{@code") != std::string::npos;
  block = WithoutHtml(std::move(block));
  if (is_code) block = block.substr(0, block.rfind('}'));
  return DocExample{Kind::kCode, Dedented(SplitLines(block)), {}};
}

/// "@example" of JSDoc, up to the next tag.
std::optional<DocExample> ReadExampleTag(Cursor& cursor) {
  constexpr std::string_view kTag = "@example";
  if (!cursor.line().starts_with(kTag)) return std::nullopt;
  Lines code;
  std::string_view rest = Trimmed(cursor.line().substr(kTag.size()));
  if (rest.starts_with("<caption>")) rest = {};
  if (!rest.empty()) code.push_back(rest);
  for (++cursor.at; !cursor.done() && !cursor.line().starts_with('@'); ++cursor.at) {
    if (!cursor.line().starts_with("```")) code.push_back(cursor.lines[cursor.at]);
  }
  return DocExample{Kind::kCode, Dedented(code), {}};
}

/// "Input: x = 1", "**Output:** 2".
std::optional<std::string_view> Labelled(std::string_view line, std::string_view label) {
  line = line.substr(std::min(line.find_first_not_of("*_`- "), line.size()));
  if (!StartsWithIgnoringCase(line, label)) return std::nullopt;
  line.remove_prefix(label.size());
  line = line.substr(std::min(line.find_first_not_of("*_` "), line.size()));
  if (!line.starts_with(':')) return std::nullopt;
  line.remove_prefix(1);
  return Trimmed(line.substr(std::min(line.find_first_not_of("*_ "), line.size())));
}

bool IsAnyLabel(std::string_view line) {
  constexpr std::array kLabels = {"input",       "output", "explanation", "example",
                                  "constraints", "note",   "returns"};
  return std::any_of(kLabels.begin(), kLabels.end(), [&](std::string_view label) {
    return StartsWithIgnoringCase(line.substr(std::min(line.find_first_not_of("*_`- "), line.size())), label);
  });
}

/// The text behind a label and the lines below it, up to a blank line or another label.
std::string ReadLabelledText(Cursor& cursor, std::string_view first) {
  std::string text(first);
  for (++cursor.at; !cursor.done() && !cursor.line().empty() && !IsAnyLabel(cursor.line()); ++cursor.at)
    AppendLine(text, cursor.line());
  return text;
}

std::optional<DocExample> ReadInputOutput(Cursor& cursor) {
  const auto input = Labelled(cursor.line(), "input");
  if (!input) return std::nullopt;
  DocExample example{Kind::kInputOutput, ReadLabelledText(cursor, *input), {}};
  while (!cursor.done() && cursor.line().empty()) ++cursor.at;
  const auto output = cursor.done() ? std::nullopt : Labelled(cursor.line(), "output");
  if (output) example.output = ReadLabelledText(cursor, *output);
  if (!output) example.input.clear();
  return example;
}

/// The end of a call that begins `text` with "name(": behind its closing bracket, or 0.
size_t EndOfCall(std::string_view text) {
  int depth = 0;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'' || c == '`') {
      quote = c;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      if (--depth == 0 && c == ')') return i + 1;
    }
  }
  return 0;
}

/// Behind a mere comment sign stands a value, or a word about the call.
bool LooksLikeValue(std::string_view text) {
  constexpr std::array kWords = {"True", "False",     "None", "true",  "false", "null",
                                 "nil",  "undefined", "NaN",  "Some(", "Ok(",   "Err("};
  const bool is_literal = text.find_first_of("0123456789\"'[{(-") == 0;
  return is_literal || std::any_of(kWords.begin(), kWords.end(),
                                   [&](std::string_view word) { return text.starts_with(word); });
}

/// "Example: f(1) => 2", "Examples 1: ...".
std::string_view WithoutExampleLabel(std::string_view line) {
  const size_t colon = line.find(": ");
  const bool has_label = StartsWithIgnoringCase(line, "example") || StartsWithIgnoringCase(line, "e.g");
  return has_label && colon < 12 ? TrimmedLeft(line.substr(colon + 1)) : line;
}

/// "f(1, 2) -> 3", "* f(1) == 2", "assert f(1) == 2", "f(1) # => 2".
std::optional<DocExample> ReadArrow(Cursor& cursor) {
  constexpr std::array<std::string_view, 16> kArrows = {
      "# =>", "// =>", "# ->", "// ->",         "===",     "==", "=>", "->",
      "➞",    "→",     "⇒",    "should return", "returns", "#",  "//", "="};
  const std::string_view line = WithoutExampleLabel(cursor.line());
  size_t begin = line.find(std::string(cursor.name) + "(");
  if (cursor.name.empty() || begin == std::string_view::npos) return std::nullopt;
  const size_t size = EndOfCall(line.substr(begin));
  // What stands before must be no more than a bullet, an object or "assert".
  const std::string_view before = line.substr(0, begin);
  if (size == 0 || before.find_first_of("({=:,;?!") != std::string_view::npos) return std::nullopt;
  if (const size_t word = before.rfind(' '); word == std::string_view::npos)
    begin = before.find_first_not_of("*->`");
  else
    begin = before.find_first_not_of("`", word + 1);
  begin = std::min(begin, before.size());
  const std::string_view call = line.substr(begin, before.size() - begin + size);
  std::string_view rest = TrimmedLeft(line.substr(begin + call.size()));
  if (rest.starts_with('`')) rest = TrimmedLeft(rest.substr(1));
  if (rest.starts_with(';')) rest = TrimmedLeft(rest.substr(1));
  for (std::string_view arrow : kArrows) {
    if (!rest.starts_with(arrow)) continue;
    std::string_view output = Trimmed(rest.substr(arrow.size()));
    if (output.size() > 1 && output.starts_with('`') && output.ends_with('`'))
      output = output.substr(1, output.size() - 2);
    const bool is_comment = arrow == "#" || arrow == "//";
    if (output.empty() || (is_comment && !LooksLikeValue(output))) return std::nullopt;
    ++cursor.at;
    return DocExample{Kind::kCall, std::string(call), std::string(output)};
  }
  return std::nullopt;
}

}  // namespace

std::vector<DocExample> FindExamples(std::string_view doc, std::string_view name) {
  using Form = std::optional<DocExample> (*)(Cursor&);
  constexpr std::array<Form, 6> kForms = {ReadDoctest,    ReadFence,       ReadPre,
                                          ReadExampleTag, ReadInputOutput, ReadArrow};
  const Lines lines = SplitLines(doc);
  Cursor cursor{lines, 0, name};
  std::vector<DocExample> examples;
  while (!cursor.done()) {
    const size_t before = cursor.at;
    for (const Form form : kForms) {
      auto example = form(cursor);
      if (!example) continue;
      const bool is_new = std::find(examples.begin(), examples.end(), *example) == examples.end();
      if (!example->input.empty() && is_new) examples.push_back(std::move(*example));
      break;
    }
    if (cursor.at == before) ++cursor.at;
  }
  return examples;
}

}  // namespace espalier
