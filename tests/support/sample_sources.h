// The sample files of tests/data/source: one clean file a language, for tests over whole documents.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "grammar/syntax.h"

namespace espalier {

struct SampleSource {
  Language language;
  std::string name;
  std::string text;
};

inline std::string ReadTextFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline std::vector<SampleSource> SampleSources() {
  std::vector<SampleSource> sources = {
      {Language::kPython, "inventory.py", {}},  {Language::kC, "ring_buffer.c", {}},
      {Language::kCpp, "lru_cache.cpp", {}},    {Language::kJava, "Orders.java", {}},
      {Language::kJavaScript, "router.js", {}}, {Language::kTypeScript, "tasks.ts", {}},
      {Language::kTsx, "Counter.tsx", {}},      {Language::kGo, "workers.go", {}},
      {Language::kRust, "matrix.rs", {}},
  };
  for (SampleSource& source : sources) {
    source.text = ReadTextFile(ESPALIER_SOURCE_DIR "/tests/data/source/" + source.name);
  }
  return sources;
}

}  // namespace espalier
