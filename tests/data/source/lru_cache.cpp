// A cache that forgets what was used least recently: a sample of everyday C++.
#include <algorithm>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace sample {

template <typename Key, typename Value>
class LruCache {
 public:
  explicit LruCache(size_t capacity) : capacity_(capacity) {}
  LruCache(const LruCache&) = delete;
  LruCache& operator=(const LruCache&) = delete;

  std::optional<Value> Get(const Key& key) {
    auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    order_.splice(order_.begin(), order_, found->second);
    return found->second->second;
  }

  void Put(Key key, Value value) {
    if (auto found = index_.find(key); found != index_.end()) {
      found->second->second = std::move(value);
      return;
    }
    order_.emplace_front(std::move(key), std::move(value));
    index_[order_.front().first] = order_.begin();
    while (order_.size() > capacity_) {
      index_.erase(order_.back().first);
      order_.pop_back();
    }
  }

  template <typename Visit>
  void ForEach(Visit&& visit) const {
    for (const auto& [key, value] : order_) visit(key, value);
  }

 private:
  using Entry = std::pair<Key, Value>;
  size_t capacity_;
  std::list<Entry> order_;
  std::unordered_map<Key, typename std::list<Entry>::iterator> index_;
};

enum class Policy : unsigned { kNone, kWriteBack = 1u << 3 };

struct Stats {
  int hits = 0, misses{0};
  double ratio() const { return hits + misses == 0 ? 0.0 : double(hits) / (hits + misses); }
};

inline std::string Describe(const Stats& stats) {
  auto percent = [](double x) -> std::string { return std::to_string(int(x * 100)) + "%"; };
  try {
    return "hits: " + percent(stats.ratio()) + R"(\n raw "quoted")";
  } catch (const std::exception& error) {
    throw;
  }
}

}  // namespace sample

int main() {
  sample::LruCache<std::string, int> cache(2);
  int values[] = {3, 1, 2};
  std::sort(std::begin(values), std::end(values), [](int a, int b) { return a > b; });
  for (int i = 0; i < 3; i++) {
    cache.Put("k" + std::to_string(i), values[i]);
  }
  if (!cache.Get("k0")) {
    return static_cast<int>(sample::Policy::kNone);
  } else {
    return 1;
  }
}
