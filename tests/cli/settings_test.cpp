#include "cli/settings.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace espalier {
namespace {

TEST(Settings, KeysAndVariablesAreUnique) {
  std::set<std::string> keys, variables;
  for (const SettingInfo& info : AllSettings()) {
    EXPECT_TRUE(keys.insert(std::string(info.key)).second) << info.key;
    EXPECT_TRUE(variables.insert(EnvironmentName(info)).second) << info.key;
    EXPECT_EQ(FindSetting(info.key), &info);
  }
}

TEST(Settings, EveryDefaultIsAllowedAndComesBackFromItsText) {
  for (const SettingInfo& info : AllSettings()) {
    Settings settings;
    std::string text = SettingText(info, settings);
    if (text.starts_with('"')) text = text.substr(1, text.size() - 2);
    const Status status = AssignSettingText(info, settings, text);
    EXPECT_TRUE(status) << status.error().message;
    EXPECT_EQ(SettingText(info, settings), SettingText(info, Settings())) << info.key;
  }
}

TEST(Settings, BecomeOptions) {
  Settings settings;
  settings.backend = "scalar";
  settings.kv_type = "q8";
  settings.threads = 3;
  settings.complete.multi_line = false;
  settings.complete.temperature = 0.5;
  settings.complete.seed = 7;
  EXPECT_EQ(ModelOptionsOf(settings).backend, BackendKind::kScalar);
  EXPECT_EQ(ModelOptionsOf(settings).kv_type, KvType::kQ8);
  EXPECT_EQ(ModelOptionsOf(settings).threads, 3);
  EXPECT_FALSE(CompletionOptionsOf(settings).multi_line);
  EXPECT_EQ(CompletionOptionsOf(settings).sampling.temperature, 0.5f);
  EXPECT_EQ(CompletionOptionsOf(settings).sampling.seed, 7u);
}

TEST(Settings, DefaultsAreThoseOfTheModules) {
  const CompletionOptions ours = CompletionOptionsOf(Settings());
  const CompletionOptions theirs;
  EXPECT_EQ(ours.max_tokens, theirs.max_tokens);
  EXPECT_EQ(ours.prefix_tokens, theirs.prefix_tokens);
  EXPECT_EQ(ours.suffix_tokens, theirs.suffix_tokens);
  EXPECT_EQ(ours.max_document_bytes, theirs.max_document_bytes);
  EXPECT_EQ(ModelOptionsOf(Settings()).context_tokens, ModelOptions().context_tokens);
}

}  // namespace
}  // namespace espalier
