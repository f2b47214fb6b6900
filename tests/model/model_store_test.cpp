#include "model/model_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ModelStoreTest : public testing::Test {
 protected:
  ModelStoreTest() { setenv("ESPALIER_MODELS", folder_.c_str(), 1); }
  ~ModelStoreTest() override { unsetenv("ESPALIER_MODELS"); }
  fs::path Make(const std::string& name, uint64_t size = 0) const {
    std::ofstream(folder_ / name).close();
    fs::resize_file(folder_ / name, size);
    return folder_ / name;
  }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(ModelStoreTest, TheListIsConsistent) {
  std::set<std::string_view> names, files;
  for (const KnownModel& model : KnownModels()) {
    EXPECT_TRUE(names.insert(model.name).second);
    EXPECT_TRUE(files.insert(model.file_name).second);
    EXPECT_EQ(model.sha256.size(), 64u);
    EXPECT_EQ(model.sha256.find_first_not_of("0123456789abcdef"), std::string_view::npos);
    EXPECT_GT(model.package_count, 0u);
    EXPECT_EQ(FindKnownModel(model.name), &model);
  }
  EXPECT_EQ(FindKnownModel("other"), nullptr);
}

TEST_F(ModelStoreTest, AKnownNameMeansItsFileOnceItIsThere) {
  const KnownModel& model = KnownModels().front();
  const auto missing = ResolveModel(model.name);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("run: espalier model pull " + std::string(model.name)));

  Make(std::string(model.file_name), 17);
  const auto cut_off = ResolveModel(model.name);
  ASSERT_FALSE(cut_off);
  EXPECT_EQ(cut_off.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(cut_off.error().message, HasSubstr("has 17 bytes instead of"));

  const fs::path whole = Make(std::string(model.file_name), model.size_bytes);  // sparse
  EXPECT_EQ(ResolveModel(model.name).value(), whole);
  EXPECT_TRUE(IsInstalled(model));
}

TEST_F(ModelStoreTest, APathMeansItself) {
  const fs::path file = Make("mine.gguf");
  EXPECT_EQ(ResolveModel(file.string()).value(), file);
  EXPECT_EQ(ResolveModel(folder_.string()).value(), folder_);
  EXPECT_EQ(ResolveModel((folder_ / "none.gguf").string()).error().code, ErrorCode::kNotFound);
}

TEST_F(ModelStoreTest, OtherFilesGoByTheirNames) {
  const fs::path file = Make("mine.gguf");
  EXPECT_EQ(ResolveModel("mine").value(), file);
  EXPECT_EQ(ResolveModel("mine.gguf").value(), file);
  EXPECT_EQ(OtherModelFiles(), std::vector<fs::path>{file});
}

TEST_F(ModelStoreTest, AMistypedNameGetsASuggestion) {
  EXPECT_THAT(ResolveModel("qwen-coder-0.5b").error().message,
              HasSubstr("did you mean 'qwen2.5-coder-0.5b'?"));
  EXPECT_THAT(ResolveModel("zzz").error().message,
              HasSubstr("one of: qwen2.5-coder-0.5b, qwen2.5-coder-1.5b"));
  EXPECT_EQ(ResolveModel("").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ModelStoreTest, TheFolderFollowsTheEnvironment) {
  EXPECT_EQ(ModelDirectory(), folder_);
  unsetenv("ESPALIER_MODELS");
  setenv("XDG_CACHE_HOME", "/somewhere", 1);
  EXPECT_EQ(ModelDirectory(), "/somewhere/espalier/models");
  unsetenv("XDG_CACHE_HOME");
  EXPECT_THAT(ModelDirectory().string(), HasSubstr("/.cache/espalier/models"));
}

}  // namespace
}  // namespace espalier
