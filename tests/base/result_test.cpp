#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "base/cancellation.h"

namespace espalier {
namespace {

Result<std::unique_ptr<int>> Half(int value) {
  if (value % 2 != 0) return Fail(ErrorCode::kInvalidArgument, "odd");
  return std::make_unique<int>(value / 2);
}

Result<int> Quarter(int value) {
  ESPALIER_ASSIGN_OR_RETURN(const auto half, Half(value));
  ESPALIER_ASSIGN_OR_RETURN(const auto quarter, Half(*half));
  return *quarter;
}

Status CheckQuarter(int value) {
  ESPALIER_RETURN_IF_ERROR(Quarter(value));
  return {};
}

TEST(Result, PassesValuesAndErrorsOn) {
  EXPECT_EQ(Quarter(12).value(), 3);
  EXPECT_EQ(Quarter(6).error().message, "odd");
  EXPECT_EQ(Quarter(5).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(CheckQuarter(4));
  EXPECT_FALSE(CheckQuarter(2));
}

TEST(Result, EveryCodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    names.insert(ErrorCodeName(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(ErrorCode::kInternal) + 1);
}

TEST(CancelToken, IsQuietUntilItsSourceCancels) {
  EXPECT_TRUE(CancelToken().Check());
  CancelSource source;
  const CancelToken token = source.token();
  EXPECT_TRUE(token.Check());
  source.Cancel();
  EXPECT_EQ(token.Check().error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(token.stop_requested());
}

TEST(CancelToken, ExpiresAtItsDeadline) {
  const CancelToken past = CancelSource(Clock::now() - std::chrono::seconds(1)).token();
  EXPECT_EQ(past.Check().error().code, ErrorCode::kDeadlineExceeded);
  const CancelToken future = CancelSource(Clock::now() + std::chrono::hours(1)).token();
  EXPECT_TRUE(future.Check());
}

}  // namespace
}  // namespace espalier
