// Source text as trees: tree-sitter's parser for eight languages behind value types, and the one
// question every suggestion must answer: does the file still parse as well as it did before?
// A SyntaxTree is immutable and may be shared between threads; ParseDocument is thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace espalier {

/// Languages with a bundled grammar.
enum class Language { kPython, kC, kCpp, kJava, kJavaScript, kTypeScript, kTsx, kGo, kRust };
inline constexpr size_t kLanguageCount = 9;

/// Lower-case id as LSP spells it: "python", "c", "cpp", "java", "javascript", "typescript",
/// "typescriptreact", "go", "rust".
std::string_view LanguageId(Language language);
/// True when the language's grammar has a named node of this kind.
bool HasNodeKind(Language language, std::string_view kind);

/// One ERROR or MISSING node: bytes [begin, end) of the document (empty for MISSING).
struct SyntaxProblem {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool missing = false;
};

/// A node of the tree, by value; `kind` points into the grammar's static tables.
struct SyntaxNode {
  std::string_view kind;
  uint32_t begin = 0;
  uint32_t end = 0;
  bool named = false;
};

/// A node with its place among the others of its tree; indices are those of SyntaxTree::Nodes(), -1 for none.
struct TreeNode {
  std::string_view kind;
  std::string_view field;  ///< what it is to its parent ("name", "body"); empty when that has no word for it
  uint32_t begin = 0;
  uint32_t end = 0;
  int parent = -1;
  int first_child = -1;
  int next_sibling = -1;
  bool named = false;
  bool has_error = false;  ///< an ERROR or MISSING node is in it, or it is one
};

/// A replacement of bytes [begin, end) by `text`.
struct ByteEdit {
  uint32_t begin = 0;
  uint32_t end = 0;
  std::string_view text;
};

class SyntaxTree {
 public:
  /// Parses `text` (UTF-8; invalid bytes are errors in the tree, not failures). Errors:
  /// kDeadlineExceeded when parsing takes longer than `budget_us` (0 = no limit), kInvalidArgument for
  /// texts over 64 MiB.
  static Result<SyntaxTree> Parse(Language language, std::string_view text, uint64_t budget_us = 0);

  SyntaxTree(SyntaxTree&&) noexcept;
  SyntaxTree& operator=(SyntaxTree&&) noexcept;
  ~SyntaxTree();

  /// The tree of the edited text, reusing all that did not change. `new_text` is the whole text after
  /// the edit; this tree stays valid for the old text.
  Result<SyntaxTree> Reparse(const ByteEdit& edit, std::string_view old_text,
                             std::string_view new_text) const;

  Language language() const;
  bool clean() const;                           ///< no ERROR and no MISSING node
  std::vector<SyntaxProblem> Problems() const;  ///< in document order
  /// Named nodes that hold the byte (begin <= byte < end), innermost first, root last. The root is
  /// always there, also for a position at or beyond the end of the text.
  std::vector<SyntaxNode> Ancestors(uint32_t byte) const;
  /// True when the position lies strictly inside a comment node. (At the end of a line comment it does
  /// not, although text typed there belongs to the comment: the tree alone cannot tell.)
  bool InComment(uint32_t byte) const;
  /// True when the position lies strictly inside a string literal's text; code that is interpolated
  /// into a string does not count as string.
  bool InString(uint32_t byte) const;
  /// True when the text in [begin, end), and the statement behind it, keeps the language's rules of
  /// indentation as far as the grammar leaves them out: in Python statements of a body stand in one
  /// column, and no body that begins there is empty. Always true in other languages.
  bool LayoutFits(uint32_t begin, uint32_t end) const;
  /// All nodes in document order, the root first: for code that looks at a tree's structure.
  std::vector<TreeNode> Nodes() const;
  /// The tree as an S-expression, for tests and debugging.
  std::string ToSexp() const;

 private:
  friend class JoinChecker;
  struct Impl;
  explicit SyntaxTree(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// What an edit does to a document's syntax.
enum class JoinVerdict {
  kClean,    ///< the result parses with no ERROR and no MISSING node
  kNoWorse,  ///< it still has problems, each of which the document had before
  kWorse,    ///< it has a problem that the document did not have
};

/// Whether replacing bytes [edit.begin, edit.end) keeps the document as well-formed as it was, as
/// tree-sitter itself parses the whole result.
///
/// The correspondence behind kNoWorse: each ERROR or MISSING node of the result must have a distinct
/// counterpart in the document before (so the number never rises), namely
///   1. away from the edit: the same node (same bytes, or moved by the change in length behind the edit);
///   2. touching the edit: a node that lies within the span of the old one, where an old span that
///      reaches into or up to the edited bytes stretches over the new ones. An old ERROR may stand for
///      an ERROR or a MISSING node, an old MISSING node for a MISSING node alone.
/// So for a document that is clean before, kNoWorse does not occur.
///
/// Checks reuse the document's tree: one costs the parse of the edit's surroundings, not of the file.
/// Immutable; may be shared between threads. The document's bytes must stay alive.
class JoinChecker {
 public:
  /// Parses the document as it is (with the cursor's hole empty). Errors as SyntaxTree::Parse.
  static Result<JoinChecker> Create(Language language, std::string_view document, uint64_t budget_us = 0);
  /// Takes the tree that the caller has of `document` already, which spares the parse.
  /// REQUIRES: `tree` is the tree of `document`.
  static JoinChecker Create(const SyntaxTree& tree, std::string_view document);

  /// REQUIRES: the edit lies in the document and does not split a UTF-8 code point.
  JoinVerdict Check(const ByteEdit& edit) const;
  /// True when the edited document has no problem that the document did not have before.
  bool Clean(const ByteEdit& edit) const { return Check(edit) != JoinVerdict::kWorse; }
  /// The same question answered by parsing the whole result from nothing: slower, and independent of
  /// tree-sitter's incremental parsing. Asked last, of the one text that is about to be shown.
  JoinVerdict CheckFromScratch(const ByteEdit& edit) const;

  /// Problems of the original document.
  const std::vector<SyntaxProblem>& before() const;
  /// The original document's tree.
  const SyntaxTree& tree() const;
  /// The edited document's tree. Errors as SyntaxTree::Parse.
  Result<SyntaxTree> Edited(const ByteEdit& edit) const;

  JoinChecker(JoinChecker&&) noexcept;
  JoinChecker& operator=(JoinChecker&&) noexcept;
  ~JoinChecker();

 private:
  struct Impl;
  explicit JoinChecker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace espalier
