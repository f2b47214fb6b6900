#include "model/file_errors.h"

#include "base/utf8.h"

namespace espalier {
namespace {

constexpr size_t kMaxQuotedBytes = 200;

/// The bytes of one sequence: as they are when they can be shown, escaped otherwise.
void AppendShown(std::string_view sequence, bool valid, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (valid && first >= 0x20 && first != 0x7f) {
    out += sequence;
    return;
  }
  for (const char c : sequence) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
  }
}

std::string Shown(std::string_view text, size_t max_bytes) {
  std::string out;
  size_t at = 0;
  while (at < text.size() && at < max_bytes) {
    const size_t length = Utf8SequenceLength(text.substr(at));
    AppendShown(text.substr(at, length == 0 ? 1 : length), length > 0, out);
    at += length == 0 ? 1 : length;
  }
  return at < text.size() ? out + "..." : out;
}

}  // namespace

std::string Quoted(std::string_view text) { return "'" + Shown(text, kMaxQuotedBytes) + "'"; }

FileErrors::FileErrors(const std::filesystem::path& path)
    : prefix_("'" + Shown(path.native(), std::string_view::npos) + "': ") {}

std::string RangeText(uint64_t min, uint64_t max) {
  return std::to_string(min) + " to " + std::to_string(max);
}

tl::unexpected<Error> FileErrors::Corrupt(std::string_view what) const {
  return Fail(ErrorCode::kCorrupt, prefix_ + std::string(what));
}

tl::unexpected<Error> FileErrors::Unsupported(std::string_view what) const {
  return Fail(ErrorCode::kUnsupported, prefix_ + std::string(what));
}

}  // namespace espalier
