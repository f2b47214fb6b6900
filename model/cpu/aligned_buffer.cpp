#include "model/cpu/aligned_buffer.h"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace espalier {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

AlignedBuffer::AlignedBuffer(AlignedBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

AlignedBuffer& AlignedBuffer::operator=(AlignedBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

AlignedBuffer::~AlignedBuffer() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void AlignedBuffer::Reserve(size_t bytes) {
  if (bytes <= size_) return;
  const size_t unit = bytes >= kHugePage ? kHugePage : size_t{4096};
  const size_t rounded = (bytes + unit - 1) / unit * unit;
  void* memory = ::mmap(nullptr, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  if (rounded >= kHugePage) ::madvise(memory, rounded, MADV_HUGEPAGE);
  if (data_ != nullptr) ::munmap(data_, size_);
  data_ = static_cast<std::byte*>(memory);
  size_ = rounded;
}

}  // namespace espalier
