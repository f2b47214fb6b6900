// "Did you mean ...?": the nearest of a list of names to one that was mistyped. Pure functions,
// thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace espalier {

/// Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`, ignoring case
/// (optimal string alignment distance, Damerau 1964). Cost O(a.size() * b.size()).
size_t EditDistance(std::string_view a, std::string_view b);

/// The candidate nearest to `word` when it is near enough to be what was meant (at most a third of its
/// length away, or one starts with the other), else "". The first of equals wins.
std::string_view NearestName(std::string_view word, std::span<const std::string_view> candidates);

/// "; did you mean 'name'?" or "", to append to an error message.
std::string DidYouMean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace espalier
