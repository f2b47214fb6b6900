#include "evals/gzip_lines.h"

#include <zlib.h>

#include <array>
#include <memory>

namespace espalier {
namespace {

struct CloseGzip {
  void operator()(gzFile_s* file) const { gzclose_r(file); }
};

std::vector<std::string> SplitLines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t newline = text.find('\n', begin);
    const size_t end = newline == std::string::npos ? text.size() : newline;
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

Result<std::vector<std::string>> ReadLines(const std::filesystem::path& path, bool may_be_plain) {
  if (!std::filesystem::is_regular_file(path)) {
    return Fail(ErrorCode::kNotFound, path.string() + " does not exist");
  }
  const std::unique_ptr<gzFile_s, CloseGzip> file(gzopen(path.c_str(), "rb"));
  if (!file) return Fail(ErrorCode::kIo, path.string() + " cannot be opened");
  std::string text;
  std::array<char, 1 << 16> buffer;
  int read = 0;
  while ((read = gzread(file.get(), buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<size_t>(read));
  }
  int code = Z_OK;
  const std::string reason = gzerror(file.get(), &code);
  if (read < 0 || (code != Z_OK && code != Z_STREAM_END) || (gzdirect(file.get()) != 0 && !may_be_plain)) {
    return Fail(ErrorCode::kCorrupt, path.string() + " is not a whole gzip file (" + reason + ")");
  }
  return SplitLines(text);
}

}  // namespace

Result<std::vector<std::string>> ReadGzipLines(const std::filesystem::path& path) {
  return ReadLines(path, false);
}

Result<std::vector<std::string>> ReadTextLines(const std::filesystem::path& path) {
  return ReadLines(path, path.extension() != ".gz");
}

}  // namespace espalier
