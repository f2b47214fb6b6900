#include "base/mapped_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;

class MappedFileTest : public testing::Test {
 protected:
  void Write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }
  static std::string Text(const MappedFile& file) {
    return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
  }

  const TemporaryFolder folder_;
  const fs::path path_ = folder_.path() / "file.bin";
};

TEST_F(MappedFileTest, ShowsTheBytes) {
  const std::string text(100'000, 'x');
  Write(text);
  const auto file = MappedFile::Open(path_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(Text(*file), text);
}

TEST_F(MappedFileTest, AnEmptyFileIsAnEmptySpan) {
  Write("");
  const auto file = MappedFile::Open(path_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(file->bytes().empty());
}

TEST_F(MappedFileTest, MovingKeepsTheAddress) {
  Write("hello");
  auto first = MappedFile::Open(path_);
  ASSERT_TRUE(first);
  const auto* address = first->bytes().data();
  const MappedFile second = std::move(*first);
  EXPECT_EQ(second.bytes().data(), address);
  EXPECT_EQ(Text(second), "hello");
}

TEST_F(MappedFileTest, ReleasedBytesCanBeReadAgain) {
  const std::string text(1 << 20, 'y');
  Write(text);
  const auto file = MappedFile::Open(path_);
  ASSERT_TRUE(file);
  file->Release(file->bytes());
  EXPECT_EQ(Text(*file), text);
}

TEST_F(MappedFileTest, SaysWhyAFileCannotBeOpened) {
  const auto missing = MappedFile::Open(path_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find(path_.string()), std::string::npos);

  const auto folder = MappedFile::Open(fs::path(testing::TempDir()));
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace espalier
