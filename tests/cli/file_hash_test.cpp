#include "cli/file_hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <string>

#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

// From FIPS 180-4's examples, and sha256sum.
constexpr const char* kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbcHash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kMillionAsHash = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256OfFile, KnownAnswers) {
  const TemporaryFolder folder;
  EXPECT_EQ(Sha256OfFile(folder.Write("empty", ""), {}, {}).value(), kEmptyHash);
  EXPECT_EQ(Sha256OfFile(folder.Write("abc", "abc"), {}, {}).value(), kAbcHash);
  EXPECT_EQ(Sha256OfFile(folder.Write("as", std::string(1'000'000, 'a')), {}, {}).value(), kMillionAsHash);
}

TEST(Sha256OfFile, ReportsProgressAndFailures) {
  const TemporaryFolder folder;
  uint64_t seen = 0;
  ASSERT_TRUE(Sha256OfFile(folder.Write("big", std::string(3'000'000, 'x')),
                           [&](uint64_t done) { seen = done; }, {}));
  EXPECT_EQ(seen, 3'000'000u);
  EXPECT_EQ(Sha256OfFile(folder.path() / "none", {}, {}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Sha256OfFile(folder.path(), {}, {}).error().code, ErrorCode::kIo);
  CancelSource source;
  source.Cancel();
  EXPECT_EQ(Sha256OfFile(folder.path() / "big", {}, source.token()).error().code, ErrorCode::kCancelled);
}

TEST(CopyWithSha256, CopiesAndHashes) {
  const TemporaryFolder folder;
  const auto from = folder.Write("from", "abc");
  EXPECT_EQ(CopyWithSha256(from, folder.path() / "to", {}, {}).value(), kAbcHash);
  EXPECT_EQ(TemporaryFolder::Read(folder.path() / "to"), "abc");
}

/// Files may not grow beyond a size while it lives: the nearest thing to a full disk that needs no root.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_before_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_before_);
  }

 private:
  rlimit before_{};
  void (*handler_before_)(int) = SIG_DFL;
};

TEST(CopyWithSha256, LeavesNothingBehindWhenItCannotWrite) {
  const TemporaryFolder folder;
  const auto from = folder.Write("from", std::string(5'000'000, 'x'));
  const FileSizeLimit limit(1'000'000);
  const auto result = CopyWithSha256(from, folder.path() / "to", {}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kIo);
  EXPECT_THAT(result.error().message, testing::HasSubstr("cannot write"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "to"));
}

}  // namespace
}  // namespace espalier
