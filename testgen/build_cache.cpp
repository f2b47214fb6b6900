#include "testgen/build_cache.h"

#include <utility>

#include "testgen/sandbox/wire.h"

namespace espalier {
namespace {

uint64_t BytesOf(const std::string& key, const ProgramBuild& build) {
  uint64_t bytes = 2 * key.size() + build.log.size() + 1024;
  for (const SandboxFile& file : build.files) bytes += file.path.size() + file.content.size();
  return bytes;
}

}  // namespace

std::string BuildCache::KeyOf(const Program& program) {
  sandbox::Writer key;
  key.Number(static_cast<uint64_t>(program.language));
  key.Text(program.main);
  for (const SandboxFile& file : program.files) {
    key.Text(file.path);
    key.Text(file.content);
    key.Number(file.executable);
  }
  return key.bytes();
}

std::shared_ptr<const ProgramBuild> BuildCache::Find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->build;
}

void BuildCache::Keep(const std::string& key, std::shared_ptr<const ProgramBuild> build) {
  const uint64_t bytes = BytesOf(key, *build);
  const std::lock_guard lock(mutex_);
  if (bytes > most_bytes_ || by_key_.contains(key)) return;
  entries_.push_front({key, std::move(build), bytes});
  by_key_[key] = entries_.begin();
  bytes_ += bytes;
  while (bytes_ > most_bytes_) {
    bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

}  // namespace espalier
