// Test cases as readable text: a file of cases, each with named sections.
//
//   === the case's name
//   --- section
//   text, up to the next line that starts with "--- " or "=== "
//
// A section's text loses its last newline, and the empty line before the next case is not part of it. Lines
// that start with "# " before the first case are notes.
#pragma once

#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace espalier {

struct TextCase {
  std::string name;
  std::map<std::string, std::string> sections;
};

inline std::vector<TextCase> ReadCaseFile(const std::string& path) {
  std::vector<TextCase> cases;
  std::ifstream in(path, std::ios::binary);
  std::string line, section;
  while (std::getline(in, line)) {
    if (line.starts_with("=== ")) {
      if (!section.empty() && cases.back().sections[section].ends_with("\n\n")) {
        cases.back().sections[section].pop_back();
      }
      cases.push_back({line.substr(4), {}});
      section.clear();
    } else if (!cases.empty() && line.starts_with("--- ")) {
      section = line.substr(4);
      cases.back().sections[section];
    } else if (!cases.empty() && !section.empty()) {
      cases.back().sections[section] += line + "\n";
    }
  }
  for (TextCase& test_case : cases) {
    for (auto& [name, text] : test_case.sections) {
      if (!text.empty()) text.pop_back();
    }
  }
  return cases;
}

}  // namespace espalier
