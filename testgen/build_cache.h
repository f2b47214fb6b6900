// Internal to testgen/: builds by the exact bytes that were built, the least recently used going first.
// Thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "testgen/program.h"

namespace espalier {

class BuildCache {
 public:
  explicit BuildCache(uint64_t most_bytes) : most_bytes_(most_bytes) {}

  /// The whole program as one string.
  static std::string KeyOf(const Program& program);

  /// nullptr when it is not there.
  std::shared_ptr<const ProgramBuild> Find(const std::string& key);
  /// A build larger than the whole cache is not kept.
  void Keep(const std::string& key, std::shared_ptr<const ProgramBuild> build);

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const ProgramBuild> build;
    uint64_t bytes;
  };

  const uint64_t most_bytes_;
  std::mutex mutex_;          // guards all below
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  uint64_t bytes_ = 0;
};

}  // namespace espalier
