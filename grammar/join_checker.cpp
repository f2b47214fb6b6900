#include "grammar/parse.h"
#include "grammar/problems.h"
#include "grammar/syntax_impl.h"

namespace espalier {

struct JoinChecker::Impl {
  std::string_view document;
  SyntaxTree tree;
  std::vector<SyntaxProblem> before;

  JoinVerdict Judge(const TSTree* edited, const ByteEdit& edit) const {
    if (!ts_node_has_error(ts_tree_root_node(edited))) return JoinVerdict::kClean;
    if (before.empty()) return JoinVerdict::kWorse;
    const EditSpan span = {edit.begin, edit.end, static_cast<uint32_t>(edit.text.size())};
    return NoNewProblem(before, CollectProblems(edited), span) ? JoinVerdict::kNoWorse : JoinVerdict::kWorse;
  }

  // A result too long to parse was not shown to be well-formed.
  JoinVerdict Judge(const Result<TsTreePtr>& edited, const ByteEdit& edit) const {
    return edited ? Judge(edited->get(), edit) : JoinVerdict::kWorse;
  }
};

JoinChecker::JoinChecker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JoinChecker::JoinChecker(JoinChecker&&) noexcept = default;
JoinChecker& JoinChecker::operator=(JoinChecker&&) noexcept = default;
JoinChecker::~JoinChecker() = default;

Result<JoinChecker> JoinChecker::Create(Language language, std::string_view document, uint64_t budget_us) {
  ESPALIER_ASSIGN_OR_RETURN(SyntaxTree tree, SyntaxTree::Parse(language, document, budget_us));
  std::vector<SyntaxProblem> before = tree.Problems();
  return JoinChecker(std::make_unique<Impl>(Impl{document, std::move(tree), std::move(before)}));
}

JoinChecker JoinChecker::Create(const SyntaxTree& tree, std::string_view document) {
  TsTreePtr copy(ts_tree_copy(tree.impl_->tree.get()));
  SyntaxTree own(std::make_unique<SyntaxTree::Impl>(SyntaxTree::Impl{tree.impl_->language, std::move(copy)}));
  return JoinChecker(std::make_unique<Impl>(Impl{document, std::move(own), tree.Problems()}));
}

JoinVerdict JoinChecker::Check(const ByteEdit& edit) const {
  const SyntaxTree::Impl& original = *impl_->tree.impl_;
  const TsTreePtr moved = EditTree(original.tree.get(), edit, impl_->document);
  return impl_->Judge(ParseText(original.language, ApplyEdit(impl_->document, edit), moved.get(), 0), edit);
}

JoinVerdict JoinChecker::CheckFromScratch(const ByteEdit& edit) const {
  const Language language = impl_->tree.language();
  return impl_->Judge(ParseText(language, ApplyEdit(impl_->document, edit), nullptr, 0), edit);
}

const std::vector<SyntaxProblem>& JoinChecker::before() const { return impl_->before; }

const SyntaxTree& JoinChecker::tree() const { return impl_->tree; }

Result<SyntaxTree> JoinChecker::Edited(const ByteEdit& edit) const {
  const SyntaxTree::Impl& original = *impl_->tree.impl_;
  const TsTreePtr moved = EditTree(original.tree.get(), edit, impl_->document);
  const TextPieces text = ApplyEdit(impl_->document, edit);
  ESPALIER_ASSIGN_OR_RETURN(TsTreePtr tree, ParseText(original.language, text, moved.get(), 0));
  return SyntaxTree(std::make_unique<SyntaxTree::Impl>(SyntaxTree::Impl{original.language, std::move(tree)}));
}

}  // namespace espalier
