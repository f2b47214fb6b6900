#include "grammar/problems.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "grammar/tree_walk.h"

namespace espalier {
namespace {

bool Touches(const SyntaxProblem& problem, const EditSpan& edit) {
  return problem.begin <= edit.end && problem.end >= edit.begin;
}

// Where the edit moves an old problem. A problem that touches the edit grows with it.
SyntaxProblem ImageOf(const SyntaxProblem& problem, const EditSpan& edit) {
  const auto moved = [&edit](uint32_t byte) { return byte - edit.end + edit.begin + edit.length; };
  SyntaxProblem image = problem;
  image.begin = problem.begin > edit.end ? moved(problem.begin) : std::min(problem.begin, edit.begin);
  image.end = problem.end < edit.begin ? problem.end : moved(std::max(problem.end, edit.end));
  return image;
}

bool DocumentOrder(const SyntaxProblem& a, const SyntaxProblem& b) {
  return std::tuple(a.begin, b.end, a.missing) < std::tuple(b.begin, a.end, b.missing);
}

// May the old problem `outer` account for the new one `inner`? A MISSING node does not excuse an ERROR.
bool Covers(const SyntaxProblem& outer, const SyntaxProblem& inner) {
  return outer.begin <= inner.begin && inner.end <= outer.end && (inner.missing || !outer.missing);
}

// Maximum bipartite matching by augmenting paths; the sets are the few problems around one cursor.
class Matching {
 public:
  Matching(const std::vector<SyntaxProblem>& inner, const std::vector<SyntaxProblem>& outer)
      : inner_(inner), outer_(outer), owner_(outer.size(), kFree) {}

  bool CoversAll() {
    for (size_t i = 0; i < inner_.size(); ++i) {
      tried_.assign(outer_.size(), false);
      if (!Place(i)) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kFree = SIZE_MAX;

  bool Place(size_t i) {
    for (size_t o = 0; o < outer_.size(); ++o) {
      if (tried_[o] || !Covers(outer_[o], inner_[i])) continue;
      tried_[o] = true;
      if (owner_[o] == kFree || Place(owner_[o])) {
        owner_[o] = i;
        return true;
      }
    }
    return false;
  }

  const std::vector<SyntaxProblem>& inner_;
  const std::vector<SyntaxProblem>& outer_;
  std::vector<size_t> owner_;
  std::vector<bool> tried_;
};

}  // namespace

std::vector<SyntaxProblem> CollectProblems(const TSTree* tree) {
  std::vector<SyntaxProblem> problems;
  WalkTree(tree, [&](TSNode node) {
    const bool missing = ts_node_is_missing(node);
    if (missing || ts_node_is_error(node)) {
      problems.push_back({ts_node_start_byte(node), ts_node_end_byte(node), missing});
    }
    return ts_node_has_error(node);
  });
  return problems;
}

bool NoNewProblem(const std::vector<SyntaxProblem>& before, const std::vector<SyntaxProblem>& after,
                  const EditSpan& edit) {
  if (after.size() > before.size()) return false;
  std::vector<SyntaxProblem> elsewhere, touching;
  for (const SyntaxProblem& problem : before) {
    (Touches(problem, edit) ? touching : elsewhere).push_back(ImageOf(problem, edit));
  }
  std::vector<SyntaxProblem> sorted = after, rest;
  std::sort(elsewhere.begin(), elsewhere.end(), DocumentOrder);
  std::sort(sorted.begin(), sorted.end(), DocumentOrder);
  std::set_difference(sorted.begin(), sorted.end(), elsewhere.begin(), elsewhere.end(),
                      std::back_inserter(rest), DocumentOrder);
  return rest.size() <= touching.size() && Matching(rest, touching).CoversAll();
}

}  // namespace espalier
