#include "evals/report/markup.h"

#include <algorithm>
#include <vector>

#include "base/utf8.h"

namespace espalier {
namespace {

struct Span {
  uint32_t begin = 0, end = 0;
  char kind = 0;
};

bool Has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool IsWord(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

/// Strings and comments are one piece, whatever is in them.
char KindOfWhole(const TreeNode& node) {
  if (Has(node.kind, "comment")) return 'c';
  const bool string = node.named && (node.kind == "string" || Has(node.kind, "string_literal") ||
                                     node.kind == "char_literal" || node.kind == "character_literal" ||
                                     node.kind == "template_string" || node.kind == "rune_literal");
  return string ? 's' : 0;
}

char KindOfLeaf(const std::vector<TreeNode>& nodes, const TreeNode& node, std::string_view text) {
  if (!node.named) return IsWord(text) ? 'k' : 0;
  if (text.starts_with("true") || text.starts_with("false") || text == "True" || text == "False" ||
      text == "None" || text == "null" || text == "nullptr") {
    return 'k';
  }
  if (!text.empty() && text[0] >= '0' && text[0] <= '9') return 'n';
  if (node.kind == "primitive_type" || node.kind == "integral_type" || node.kind == "void_type") return 'k';
  if (node.parent < 0 || !Has(node.kind, "identifier")) return 0;
  const TreeNode& parent = nodes[static_cast<size_t>(node.parent)];
  const bool called = node.field == "function" && Has(parent.kind, "call");
  const bool defined = (node.field == "name" || node.field == "declarator") &&
                       (Has(parent.kind, "function") || Has(parent.kind, "method"));
  return called || defined ? 'f' : 0;
}

std::vector<Span> SpansOf(Language language, std::string_view code) {
  std::vector<Span> spans;
  const auto tree = SyntaxTree::Parse(language, code);
  if (!tree) return spans;
  const std::vector<TreeNode> nodes = tree->Nodes();
  uint32_t done = 0;
  for (const TreeNode& node : nodes) {
    if (node.begin < done || node.begin == node.end) continue;
    char kind = KindOfWhole(node);
    if (kind == 0 && node.first_child < 0)
      kind = KindOfLeaf(nodes, node, code.substr(node.begin, node.end - node.begin));
    if (kind == 0) continue;
    spans.push_back({node.begin, node.end, kind});
    done = node.end;
  }
  return spans;
}

/// Code from `begin` to `end`, of one kind, with the marks that stand in it.
std::string Piece(std::string_view code, uint32_t begin, uint32_t end, char kind,
                  std::span<const CodeMark>& marks) {
  std::string html;
  const auto text = [&](uint32_t from, uint32_t to) {
    if (from == to) return;
    const std::string escaped = EscapeHtml(code.substr(from, to - from));
    html += kind == 0 ? escaped : std::string("<span class=\"") + kind + "\">" + escaped + "</span>";
  };
  while (!marks.empty() && marks.front().offset < end) {
    const uint32_t at = std::max(begin, marks.front().offset);
    text(begin, at);
    html += "<span class=\"refused\" title=\"" + EscapeHtml(marks.front().title) + "\"></span>";
    begin = at;
    marks = marks.subspan(1);
  }
  text(begin, end);
  return html;
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string html;
  html.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    const char c = text[0];
    const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
    if (length == 0 || control) {
      html += "\uFFFD";
    } else if (c == '&') {
      html += "&amp;";
    } else if (c == '<') {
      html += "&lt;";
    } else if (c == '>') {
      html += "&gt;";
    } else if (c == '"') {
      html += "&quot;";
    } else {
      html += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return html;
}

std::string HighlightHtml(Language language, std::string_view code, std::span<const CodeMark> marks) {
  std::string html;
  uint32_t done = 0;
  for (const Span& span : SpansOf(language, code)) {
    html += Piece(code, done, span.begin, 0, marks);
    html += Piece(code, span.begin, span.end, span.kind, marks);
    done = span.end;
  }
  html += Piece(code, done, static_cast<uint32_t>(code.size()), 0, marks);
  for (const CodeMark& mark : marks) {  // at the end
    html += "<span class=\"refused\" title=\"" + EscapeHtml(mark.title) + "\"></span>";
  }
  return html;
}

}  // namespace espalier
