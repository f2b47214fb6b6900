// What the external scanners are tested on: for each language its grammar, our machine and texts.
#pragma once

#include <string>
#include <vector>

#include "grammar/external_scanner.h"

struct TSLanguage;

namespace espalier {

struct ScannerSample {
  std::string name;
  const TSLanguage* (*grammar)();
  const ExternalScanner& (*machine)();
  uint32_t tokens;                      ///< those that the scanner can find, as bits
  std::string source;                   ///< in tests/data/source
  std::string package;                  ///< below third_party/node_modules; its sources are scanned too
  std::vector<std::string> snippets{};  ///< the forms that are easy to get wrong
  std::vector<std::string> alphabet{};  ///< of random texts: what the scanner cares about
};

/// One row a language.
const std::vector<ScannerSample>& ScannerSamples();

}  // namespace espalier
