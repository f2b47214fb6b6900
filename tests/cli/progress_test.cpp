#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>

namespace espalier {
namespace {

/// What a progress display prints for a series of updates.
std::string Printed(bool terminal, const std::vector<uint64_t>& updates) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::tmpfile(), std::fclose);
  {
    Progress progress("fetching", 1'000'000, stream.get(), terminal);
    for (const uint64_t bytes : updates) progress.Update(bytes);
  }
  std::string text(static_cast<size_t>(std::ftell(stream.get())), '\0');
  std::rewind(stream.get());
  EXPECT_EQ(std::fread(text.data(), 1, text.size(), stream.get()), text.size());
  return text;
}

TEST(Progress, PrintsALineEveryTenthWhereLinesCannotBeRedrawn) {
  EXPECT_EQ(Printed(false, {50'000, 99'999, 100'000, 150'000, 450'000, 1'000'000}),
            "fetching: 100.0 kB of 1.0 MB (10 %)\n"
            "fetching: 450.0 kB of 1.0 MB (45 %)\n"
            "fetching: 1.0 MB of 1.0 MB (100 %)\n");
}

TEST(Progress, NeverGoesBackNorPastTheEnd) {
  EXPECT_EQ(Printed(false, {0, 300'000, 200'000, 2'000'000}),
            "fetching: 300.0 kB of 1.0 MB (30 %)\nfetching: 1.0 MB of 1.0 MB (100 %)\n");
}

TEST(Progress, AResumedTransferDoesNotRepeatItsFirstLines) {
  EXPECT_EQ(Printed(false, {500'000, 600'000}), "fetching: 600.0 kB of 1.0 MB (60 %)\n");
}

TEST(Progress, DrawsABarOnATerminal) {
  const std::string text = Printed(true, {500'000});
  EXPECT_THAT(text,
              testing::HasSubstr("fetching [###############...............]  50 %  500.0 kB of 1.0 MB"));
  EXPECT_TRUE(text.ends_with("\n"));
}

TEST(Progress, CountsThings) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::tmpfile(), std::fclose);
  Progress progress("answers", 82, stream.get(), false, ProgressUnit::kCount);
  progress.Update(0);
  progress.Update(41);
  std::rewind(stream.get());
  std::string line(200, '\0');
  line.resize(std::fread(line.data(), 1, line.size(), stream.get()));
  EXPECT_EQ(line, "answers: 41 of 82 (50 %)\n");
}

TEST(Progress, IsSilentWhenNothingHappened) { EXPECT_EQ(Printed(true, {}), ""); }

}  // namespace
}  // namespace espalier
