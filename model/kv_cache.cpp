#include "model/kv_cache.h"

#include <sys/mman.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "model/quant.h"

namespace espalier {
namespace {

constexpr size_t kAlignment = 64;

size_t RoundUp(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

// Bytes of the keys (or the values) of one layer in one page.
size_t HalfPageBytes(const HyperParameters& h, KvType type) {
  const size_t elements = static_cast<size_t>(h.kv_dim()) * kKvPageTokens;
  if (type == KvType::kF16) return RoundUp(elements * 2, kAlignment);
  return RoundUp(elements + static_cast<size_t>(h.n_kv_heads) * kKvPageTokens * sizeof(float), kAlignment);
}

// Where element i of a head's vector lies inside the head's part of a page.
enum class Layout { kKeys, kValues };

size_t ElementIndex(Layout layout, uint32_t head_dim, uint32_t slot, uint32_t i) {
  return layout == Layout::kKeys ? static_cast<size_t>(i) * kKvPageTokens + slot
                                 : static_cast<size_t>(slot) * head_dim + i;
}

}  // namespace

struct KvCache::Impl {
  std::byte* memory = nullptr;  // [layer][page][keys, values]
  size_t memory_bytes = 0;
  uint32_t n_layers = 0;
  uint32_t n_heads = 0;  // key/value heads
  uint32_t head_dim = 0;
  uint32_t n_pages = 0;
  size_t half_page_bytes = 0;
  KvType type = KvType::kF16;
  std::vector<uint32_t> references;  // a page
  std::vector<uint32_t> free_list;
  std::function<void(uint32_t, uint32_t)> copy_elsewhere;

  ~Impl() {
    if (memory != nullptr) ::munmap(memory, memory_bytes);
  }
  std::byte* Half(uint32_t layer, uint32_t page, size_t half) const {
    return memory + ((static_cast<size_t>(layer) * n_pages + page) * 2 + half) * half_page_bytes;
  }
  // Scales of a Q8 half page: [head][token].
  float* Scales(std::byte* half) const {
    return reinterpret_cast<float*>(half + static_cast<size_t>(n_heads) * head_dim * kKvPageTokens);
  }
  void Write(std::byte* half, uint32_t head, uint32_t slot, Layout layout, const float* in);
  void Read(std::byte* half, uint32_t head, uint32_t slot, Layout layout, float* out) const;
  uint32_t Take() {
    const uint32_t page = free_list.back();
    free_list.pop_back();
    references[page] = 1;
    return page;
  }
  void Drop(uint32_t page) {
    assert(references[page] > 0);
    if (--references[page] == 0) free_list.push_back(page);
  }
};

void KvCache::Impl::Write(std::byte* half, uint32_t head, uint32_t slot, Layout layout, const float* in) {
  const size_t base = static_cast<size_t>(head) * head_dim * kKvPageTokens;
  if (type == KvType::kF16) {
    auto* page = reinterpret_cast<uint16_t*>(half) + base;
    for (uint32_t i = 0; i < head_dim; ++i)
      page[ElementIndex(layout, head_dim, slot, i)] = FloatToHalf(in[i]);
    return;
  }
  float largest = 0;
  for (uint32_t i = 0; i < head_dim; ++i) largest = std::max(largest, std::fabs(in[i]));
  const float scale = largest / 127.0f;
  const float inverse = scale > 0 ? 1.0f / scale : 0.0f;
  auto* page = reinterpret_cast<int8_t*>(half) + base;
  for (uint32_t i = 0; i < head_dim; ++i) {
    page[ElementIndex(layout, head_dim, slot, i)] = static_cast<int8_t>(std::lrint(in[i] * inverse));
  }
  Scales(half)[head * kKvPageTokens + slot] = scale;
}

void KvCache::Impl::Read(std::byte* half, uint32_t head, uint32_t slot, Layout layout, float* out) const {
  const size_t base = static_cast<size_t>(head) * head_dim * kKvPageTokens;
  if (type == KvType::kF16) {
    const auto* page = reinterpret_cast<const uint16_t*>(half) + base;
    for (uint32_t i = 0; i < head_dim; ++i)
      out[i] = HalfToFloat(page[ElementIndex(layout, head_dim, slot, i)]);
    return;
  }
  const float scale = Scales(half)[head * kKvPageTokens + slot];
  const auto* page = reinterpret_cast<const int8_t*>(half) + base;
  for (uint32_t i = 0; i < head_dim; ++i) out[i] = scale * page[ElementIndex(layout, head_dim, slot, i)];
}

Result<KvCache> KvCache::Create(const HyperParameters& hparams, const Options& options) {
  auto impl = std::make_unique<Impl>();
  impl->n_layers = hparams.n_layers;
  impl->n_heads = hparams.n_kv_heads;
  impl->head_dim = hparams.head_dim;
  impl->n_pages = static_cast<uint32_t>(RoundUp(options.capacity_tokens, kKvPageTokens) / kKvPageTokens);
  impl->type = options.type;
  impl->half_page_bytes = HalfPageBytes(hparams, options.type);
  impl->memory_bytes = 2 * impl->half_page_bytes * impl->n_layers * impl->n_pages;
  void* memory = ::mmap(nullptr, impl->memory_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    return Fail(ErrorCode::kResourceExhausted,
                "cannot reserve " + std::to_string(impl->memory_bytes >> 20) + " MiB for a KV cache of " +
                    std::to_string(options.capacity_tokens) + " tokens; use a smaller context");
  }
  impl->memory = static_cast<std::byte*>(memory);
  impl->references.assign(impl->n_pages, 0);
  impl->free_list.resize(impl->n_pages);
  for (uint32_t i = 0; i < impl->n_pages; ++i) impl->free_list[i] = impl->n_pages - 1 - i;
  return KvCache(impl.release());
}

KvCache::KvCache(KvCache&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {}
KvCache& KvCache::operator=(KvCache&& other) noexcept {
  std::swap(impl_, other.impl_);
  return *this;
}
KvCache::~KvCache() { delete impl_; }

Result<KvSequence> KvCache::Fork(const KvSequence& parent, uint32_t length) {
  assert(length <= parent.length_);
  const uint32_t whole_pages = length / kKvPageTokens;
  const bool partial = length % kKvPageTokens != 0;
  if (partial && impl_->free_list.empty()) {
    return Fail(ErrorCode::kResourceExhausted, "the KV cache has no free page");
  }
  KvSequence child;
  child.pages_.assign(parent.pages_.begin(), parent.pages_.begin() + whole_pages);
  for (const uint32_t page : child.pages_) ++impl_->references[page];
  if (partial) {
    child.pages_.push_back(impl_->Take());
    CopyPage(parent.pages_[whole_pages], child.pages_.back());
  }
  child.length_ = length;
  return child;
}

void KvCache::ShareHead(KvSequence& sequence, const KvSequence& head) {
  assert(head.length_ <= sequence.length_);
  for (size_t i = 0; i < head.length_ / kKvPageTokens; ++i) {
    ++impl_->references[head.pages_[i]];
    impl_->Drop(std::exchange(sequence.pages_[i], head.pages_[i]));
  }
}

Status KvCache::Reserve(KvSequence& sequence, uint32_t tokens) {
  const size_t needed =
      RoundUp(static_cast<size_t>(sequence.length_) + tokens, kKvPageTokens) / kKvPageTokens;
  const uint32_t last = sequence.length_ / kKvPageTokens;
  const bool partial = sequence.length_ % kKvPageTokens != 0;
  const bool copy = tokens > 0 && partial && impl_->references[sequence.pages_[last]] > 1;
  const size_t missing = needed > sequence.pages_.size() ? needed - sequence.pages_.size() : 0;
  if (missing + (copy ? 1 : 0) > impl_->free_list.size()) {
    return Fail(ErrorCode::kResourceExhausted, "the KV cache is full: " + std::to_string(missing) +
                                                   " pages of 16 tokens wanted, " +
                                                   std::to_string(impl_->free_list.size()) + " free");
  }
  if (copy) {
    const uint32_t page = impl_->Take();
    CopyPage(sequence.pages_[last], page);
    impl_->Drop(sequence.pages_[last]);
    sequence.pages_[last] = page;
  }
  for (size_t i = 0; i < missing; ++i) sequence.pages_.push_back(impl_->Take());
  return {};
}

void KvCache::Commit(KvSequence& sequence, uint32_t tokens) {
  sequence.length_ += tokens;
  assert(sequence.length_ <= sequence.pages_.size() * kKvPageTokens);
}

void KvCache::Truncate(KvSequence& sequence, uint32_t length) {
  assert(length <= sequence.length_ || length <= sequence.pages_.size() * kKvPageTokens);
  const size_t keep = RoundUp(length, kKvPageTokens) / kKvPageTokens;
  while (sequence.pages_.size() > keep) {
    impl_->Drop(sequence.pages_.back());
    sequence.pages_.pop_back();
  }
  sequence.length_ = std::min(sequence.length_, length);
}

uint32_t KvCache::total_pages() const { return impl_->n_pages; }
uint32_t KvCache::free_pages() const { return static_cast<uint32_t>(impl_->free_list.size()); }
size_t KvCache::page_bytes() const { return 2 * impl_->half_page_bytes * impl_->n_layers; }
KvType KvCache::type() const { return impl_->type; }

void KvCache::Store(uint32_t layer, const KvSequence& sequence, uint32_t position, uint32_t head,
                    const float* key, const float* value) {
  const uint32_t page = sequence.pages_[position / kKvPageTokens], slot = position % kKvPageTokens;
  impl_->Write(impl_->Half(layer, page, 0), head, slot, Layout::kKeys, key);
  impl_->Write(impl_->Half(layer, page, 1), head, slot, Layout::kValues, value);
}

void KvCache::LoadKey(uint32_t layer, const KvSequence& sequence, uint32_t position, uint32_t head,
                      float* out) const {
  const uint32_t page = sequence.pages_[position / kKvPageTokens];
  impl_->Read(impl_->Half(layer, page, 0), head, position % kKvPageTokens, Layout::kKeys, out);
}

void KvCache::LoadValue(uint32_t layer, const KvSequence& sequence, uint32_t position, uint32_t head,
                        float* out) const {
  const uint32_t page = sequence.pages_[position / kKvPageTokens];
  impl_->Read(impl_->Half(layer, page, 1), head, position % kKvPageTokens, Layout::kValues, out);
}

std::byte* KvCache::KeyPage(uint32_t layer, uint32_t page) { return impl_->Half(layer, page, 0); }
std::byte* KvCache::ValuePage(uint32_t layer, uint32_t page) { return impl_->Half(layer, page, 1); }

void KvCache::KeepElsewhere(std::function<void(uint32_t from, uint32_t to)> copy) {
  impl_->copy_elsewhere = std::move(copy);
}

void KvCache::CopyPage(uint32_t from, uint32_t to) {
  if (impl_->copy_elsewhere) return impl_->copy_elsewhere(from, to);
  for (uint32_t layer = 0; layer < impl_->n_layers; ++layer) {
    std::memcpy(KeyPage(layer, to), KeyPage(layer, from), 2 * impl_->half_page_bytes);
  }
}

}  // namespace espalier
