#include "cli/file_hash.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

namespace espalier {
namespace {

namespace fs = std::filesystem;
constexpr size_t kChunkBytes = 1 << 20;

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void Update(std::span<const char> bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string Hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + size, ""));
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

Error SystemError(const char* what, const fs::path& path) {
  const auto code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  const char* advice = errno == ENOSPC ? "; free some space and run the command again" : "";
  return {code, fmt::format("cannot {} '{}': {}{}", what, path.string(), std::strerror(errno), advice)};
}

Result<File> OpenFile(const fs::path& path, const char* mode, const char* what) {
  File file(std::fopen(path.c_str(), mode), std::fclose);
  if (!file) return Fail(SystemError(what, path));
  return file;
}

/// Reads `path` to its end and hands every chunk on; `sink` returns a Status.
template <typename Sink>
Status ForEachChunk(const fs::path& path, const ByteProgress& progress, const CancelToken& cancel,
                    Sink sink) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    return Fail(ErrorCode::kIo, fmt::format("'{}' is a directory", path.string()));
  ESPALIER_ASSIGN_OR_RETURN(const File file, OpenFile(path, "rb", "read"));
  std::vector<char> buffer(kChunkBytes);
  uint64_t done = 0;
  for (size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0;) {
    ESPALIER_RETURN_IF_ERROR(cancel.Check());
    ESPALIER_RETURN_IF_ERROR(sink(std::span<const char>(buffer.data(), n)));
    done += n;
    if (progress) progress(done);
  }
  if (std::ferror(file.get()) != 0) return Fail(SystemError("read", path));
  return {};
}

Status CopyAndHash(const fs::path& from, const fs::path& to, const ByteProgress& progress,
                   const CancelToken& cancel, Sha256& hash) {
  ESPALIER_ASSIGN_OR_RETURN(File out, OpenFile(to, "wb", "write"));
  ESPALIER_RETURN_IF_ERROR(ForEachChunk(from, progress, cancel, [&](std::span<const char> chunk) -> Status {
    hash.Update(chunk);
    if (std::fwrite(chunk.data(), 1, chunk.size(), out.get()) != chunk.size())
      return Fail(SystemError("write", to));
    return {};
  }));
  if (std::fclose(out.release()) != 0) return Fail(SystemError("write", to));
  return {};
}

}  // namespace

Result<std::string> Sha256OfFile(const fs::path& path, const ByteProgress& progress,
                                 const CancelToken& cancel) {
  Sha256 hash;
  ESPALIER_RETURN_IF_ERROR(ForEachChunk(path, progress, cancel, [&](std::span<const char> chunk) -> Status {
    hash.Update(chunk);
    return {};
  }));
  return hash.Hex();
}

std::string Sha256OfText(std::string_view text) {
  Sha256 hash;
  hash.Update(text);
  return hash.Hex();
}

Result<std::string> CopyWithSha256(const fs::path& from, const fs::path& to, const ByteProgress& progress,
                                   const CancelToken& cancel) {
  Sha256 hash;
  if (const Status status = CopyAndHash(from, to, progress, cancel, hash); !status) {
    std::error_code ignored;
    fs::remove(to, ignored);
    return Fail(status.error());
  }
  return hash.Hex();
}

}  // namespace espalier
