#include "cli/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/temporary_folder.h"

namespace espalier {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ConfigTest : public testing::Test {
 protected:
  Result<LoadedSettings> Load() const {
    ConfigSources sources;
    sources.user_file = folder_.path() / "user.toml";
    sources.start_folder = folder_.path() / "project/src";
    sources.environment = [this](const char* name) -> const char* {
      const auto found = environment_.find(name);
      return found == environment_.end() ? nullptr : found->second.c_str();
    };
    return LoadSettings(sources);
  }
  std::string ErrorOf(const std::string& user_text) const {
    folder_.Write("user.toml", user_text);
    const auto loaded = Load();
    EXPECT_FALSE(loaded) << user_text;
    return loaded ? "" : loaded.error().message;
  }

  TemporaryFolder folder_;
  std::map<std::string, std::string> environment_;
};

TEST_F(ConfigTest, WithoutFilesEverythingIsDefault) {
  const auto loaded = Load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->values.model, "qwen2.5-coder-0.5b");
  EXPECT_EQ(loaded->values.complete.max_tokens, 64);
  EXPECT_TRUE(loaded->origins.empty());
}

TEST_F(ConfigTest, EnvironmentBeatsProjectBeatsUser) {
  folder_.Write("user.toml", "threads = 1\nbackend = \"scalar\"\n[complete]\nmax_tokens = 10\n");
  folder_.Write("project/.espalier.toml", "threads = 2\n[complete]\nmax_tokens = 20\n");
  environment_["ESPALIER_COMPLETE_MAX_TOKENS"] = "30";
  const auto loaded = Load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->values.backend, "scalar");
  EXPECT_EQ(loaded->values.threads, 2);
  EXPECT_EQ(loaded->values.complete.max_tokens, 30);
  EXPECT_EQ(loaded->origins.at("backend"), (folder_.path() / "user.toml").string() + ":2");
  EXPECT_EQ(loaded->origins.at("threads"), (folder_.path() / "project/.espalier.toml").string() + ":1");
  EXPECT_EQ(loaded->origins.at("complete.max_tokens"), "$ESPALIER_COMPLETE_MAX_TOKENS");
}

TEST_F(ConfigTest, TheNearestProjectFileCounts) {
  folder_.Write("project/.espalier.toml", "threads = 2\n");
  folder_.Write("project/src/.espalier.toml", "threads = 3\n");
  EXPECT_EQ(Load()->values.threads, 3);
}

TEST_F(ConfigTest, AnUnknownKeyNamesFileLineAndTheNearestKey) {
  EXPECT_EQ(ErrorOf("threads = 1\n[complete]\n\nmax_token = 5\n"),
            (folder_.path() / "user.toml").string() +
                ":4: unknown setting 'complete.max_token'; did you mean 'complete.max_tokens'?");
  EXPECT_THAT(ErrorOf("thread = 1\n"), HasSubstr(":1: unknown setting 'thread'; did you mean 'threads'?"));
  EXPECT_THAT(ErrorOf("[completion]\nmax_tokens = 1\n"), HasSubstr("unknown setting 'completion'"));
  EXPECT_THAT(ErrorOf("[complete.deeper]\nx = 1\n"), HasSubstr("unknown setting 'complete.deeper'"));
}

TEST_F(ConfigTest, ValuesAreChecked) {
  EXPECT_THAT(ErrorOf("threads = -1\n"), HasSubstr(":1: threads must be from 0 to 1024, not -1"));
  EXPECT_THAT(ErrorOf("threads = \"two\"\n"), HasSubstr("threads must be a whole number"));
  EXPECT_THAT(ErrorOf("threads = 1.5\n"), HasSubstr("threads must be a whole number"));
  EXPECT_THAT(ErrorOf("threads = [1]\n"), HasSubstr("threads must be a single value"));
  EXPECT_THAT(ErrorOf("backend = \"avx51\"\n"),
              HasSubstr("backend cannot be 'avx51'; did you mean 'avx512'?"));
  EXPECT_THAT(ErrorOf("[complete]\nin_strings = 1\n"),
              HasSubstr(":2: complete.in_strings must be true or false"));
  EXPECT_THAT(ErrorOf("[complete]\ntemperature = nan\n"), HasSubstr("complete.temperature must be from"));
}

TEST_F(ConfigTest, BrokenTomlNamesTheLine) {
  EXPECT_THAT(ErrorOf("threads = 1\nmodel = \n"),
              StartsWith((folder_.path() / "user.toml").string() + ":2: "));
}

TEST_F(ConfigTest, ABadVariableIsNamed) {
  environment_["ESPALIER_THREADS"] = "many";
  const auto loaded = Load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message, "environment variable ESPALIER_THREADS: threads must be a whole number");
}

TEST_F(ConfigTest, WholeNumbersMayStandForFractions) {
  folder_.Write("user.toml", "[generate]\ntemperature = 1\n");
  EXPECT_EQ(Load()->values.generate.temperature, 1.0);
}

}  // namespace
}  // namespace espalier
