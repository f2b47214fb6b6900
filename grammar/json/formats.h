// Internal to grammar/json/: the formats of strings that are enforced. Pure functions.
#pragma once

#include <string_view>

namespace espalier {

/// The pattern of a format; empty for those that are only a remark to the reader.
///   date, time, date-time  RFC 3339 with upper-case T and Z and without leap seconds; days exist in their
///   month uuid                   RFC 4122 email                  local@domain without quotes, comments and
///   address literals ipv4                   four decimal numbers
std::string_view PatternOfFormat(std::string_view format);

}  // namespace espalier
