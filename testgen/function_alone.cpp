#include "testgen/function_alone.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace espalier {
namespace {

constexpr std::array<std::string_view, 14> kGoPackages = {
    "bytes",  "errors", "fmt",     "math",    "os",   "path",    "reflect",
    "regexp", "sort",   "strconv", "strings", "time", "unicode", "unicode/utf8"};

/// Lines of the source that begin with one of these words.
std::string LinesThatBegin(std::string_view source, std::initializer_list<std::string_view> words) {
  std::string lines;
  while (!source.empty()) {
    const size_t end = std::min(source.find('\n'), source.size());
    const std::string_view line = source.substr(0, end);
    for (const std::string_view word : words) {
      if (line.starts_with(word)) lines += std::string(line) + "\n";
    }
    source.remove_prefix(std::min(end + 1, source.size()));
  }
  return lines;
}

std::string GoImports(const std::string& function) {
  std::string imports;
  for (const std::string_view package : kGoPackages) {
    const std::string_view name = package.substr(package.rfind('/') + 1);
    if (function.find(std::string(name) + ".") != std::string::npos)
      imports += fmt::format("import \"{}\"\n", package);
  }
  return imports;
}

/// Imports that may be missing here, and then are not needed either.
std::string PythonImports(const std::string& source) {
  std::string imports = LinesThatBegin(source, {"import ", "from "});
  std::string text;
  for (size_t at = 0; at < imports.size();) {
    const size_t end = imports.find('\n', at);
    const std::string line = imports.substr(at, end - at);
    at = end + 1;
    const bool whole = line.find('(') == std::string::npos && !line.ends_with('\\');
    const bool relative = line.starts_with("from .") || line.find("__future__") != std::string::npos;
    if (whole && !relative) text += fmt::format("try:\n    {}\nexcept ImportError:\n    pass\n", line);
  }
  return text;
}

/// Macros of one line.
std::string Macros(const std::string& source) {
  std::string macros;
  for (size_t at = 0; at < source.size();) {
    const size_t end = std::min(source.find('\n', at), source.size());
    const std::string_view line = std::string_view(source).substr(at, end - at);
    at = end + 1;
    if (line.starts_with("#define ") && !line.ends_with('\\')) macros += std::string(line) + "\n";
  }
  return macros;
}

}  // namespace

std::string FunctionAlone(Language language, const std::string& source, const Signature& function) {
  const std::string text = source.substr(function.begin, function.end - function.begin) + "\n";
  switch (language) {
    case Language::kC:
      return "#include <ctype.h>\n#include <errno.h>\n#include <limits.h>\n#include <math.h>\n#include "
             "<stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n#include "
             "<stdlib.h>\n#include <string.h>\n" +
             Macros(source) + text;
    case Language::kCpp:
      return "#include <bits/stdc++.h>\nusing namespace std;\n" + Macros(source) + text;
    case Language::kGo:
      return "package main\n" + GoImports(text) + text;
    case Language::kJava:
      return LinesThatBegin(source, {"import java."}) + "class " +
             (function.class_name.empty() ? "Alone" : function.class_name) + " {\n" + text + "}\n";
    case Language::kPython:
      return PythonImports(source) + text;
    case Language::kRust:
      return LinesThatBegin(source, {"use std::", "use core::"}) + text;
    default:
      return text;
  }
}

}  // namespace espalier
