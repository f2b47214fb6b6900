// Documentation of a function: comments without their signs, and the examples in it. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// Something that documentation says about what a function does with an input.
struct DocExample {
  enum class Kind {
    kCall,         ///< an expression and what it gives: ">>> f(1)", "f(1) -> 2"
    kInputOutput,  ///< "Input: ..." and "Output: ...", as in contests
    kCode,         ///< a block of code that runs without failing: rustdoc tests, @example, <pre>
  };
  Kind kind = Kind::kCall;
  std::string input;   ///< the expression (or statements), the input, the code
  std::string output;  ///< what is expected, as written; empty for code and where nothing is printed

  bool operator==(const DocExample&) const = default;
};

/// The text of a comment of any of the languages (one, or adjacent ones with line ends between), without
/// comment signs and common indentation.
std::string PlainComment(std::string_view comment);

/// The text of a Python docstring literal, without quotes and common indentation.
std::string PlainDocstring(std::string_view literal);

/// The examples in a plain documentation text of a function called `name`, in their order, none twice.
std::vector<DocExample> FindExamples(std::string_view doc, std::string_view name);

}  // namespace espalier
