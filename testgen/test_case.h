// A test of a function as data, before it is written down in a language's test framework: where inputs and
// expectations come from, how they are tried out and how they look in a file are separate matters. Plain
// values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/signature.h"
#include "grammar/syntax.h"

namespace espalier {

/// One test: expressions and statements are in the language of the function under test.
struct TestCase {
  enum class Check {
    kEquals,  ///< `call` gives `expected`
    kTrue,    ///< `call` is a condition that holds
    kThrows,  ///< `call` fails with `expected`, the type of an exception (or panic, or error)
    kRuns,    ///< `call`, one or more statements, ends without failing
    kPrints,  ///< the whole program, given `call` on standard input, prints `expected`
  };
  enum class Origin {
    kDocumentation,  ///< an example in the function's documentation
    kModel,          ///< a model wrote it
    kInputs,         ///< made from the types of parameters; candidates agreed on what comes out
  };
  Check check = Check::kEquals;
  Origin origin = Origin::kDocumentation;
  std::string name;      ///< what it is about, in words: "empty list"; unique in a suite
  std::string setup;     ///< statements before the call; may be empty
  std::string call;      ///< "median([3, 1, 2])", "stack.pop()"
  std::string expected;  ///< "2", "ValueError"

  bool operator==(const TestCase&) const = default;
};

/// The tests of one function of one file.
struct TestSuite {
  Language language = Language::kPython;
  std::string file;    ///< name of the file under test, without folders: "stats.py"
  std::string source;  ///< its text
  Signature function;  ///< under test
  std::vector<TestCase> cases;
};

}  // namespace espalier
