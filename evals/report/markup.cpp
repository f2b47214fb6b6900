#include "evals/report/markup.h"

#include <algorithm>
#include <vector>

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

/// Length of the well-formed UTF-8 sequence at the beginning of `text`; 0 for none (RFC 3629).
size_t SequenceLength(std::string_view text) {
  const auto at = [text](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xC2 && first < 0xE0   ? 2
                        : first >= 0xE0 && first < 0xF0 ? 3
                        : first >= 0xF0 && first < 0xF5 ? 4
                                                        : 0;
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && at(1) < 0xA0) || (first == 0xF0 && at(1) < 0x90);
  const bool outside = (first == 0xED && at(1) >= 0xA0) || (first == 0xF4 && at(1) >= 0x90);
  return overlong || outside ? 0 : length;
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string html;
  html.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
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

std::string HighlightHtml(Language language, std::string_view code) {
  std::string html;
  uint32_t done = 0;
  for (const Span& span : SpansOf(language, code)) {
    html += EscapeHtml(code.substr(done, span.begin - done));
    html += std::string("<span class=\"") + span.kind + "\">";
    html += EscapeHtml(code.substr(span.begin, span.end - span.begin)) + "</span>";
    done = span.end;
  }
  return html + EscapeHtml(code.substr(done));
}

}  // namespace espalier
