#include "grammar/json/formats.h"

#include <array>
#include <utility>

namespace espalier {
namespace {

#define ESPALIER_DATE                                                                 \
  "(\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)|" \
  "02-(0[1-9]|1\\d|2[0-8]))|"                                                         \
  "(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)"
#define ESPALIER_TIME "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d+)?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)"
#define ESPALIER_HEX "[0-9a-fA-F]"
#define ESPALIER_LABEL "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
#define ESPALIER_ATOM "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+"
#define ESPALIER_OCTET "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kFormats = {{
    {"date", "^" ESPALIER_DATE "$"},
    {"time", "^" ESPALIER_TIME "$"},
    {"date-time", "^" ESPALIER_DATE "T" ESPALIER_TIME "$"},
    {"uuid", "^" ESPALIER_HEX "{8}(-" ESPALIER_HEX "{4}){3}-" ESPALIER_HEX "{12}$"},
    {"email", "^" ESPALIER_ATOM "(\\." ESPALIER_ATOM ")*@" ESPALIER_LABEL "(\\." ESPALIER_LABEL ")*$"},
    {"ipv4", "^" ESPALIER_OCTET "(\\." ESPALIER_OCTET "){3}$"},
}};

}  // namespace

std::string_view PatternOfFormat(std::string_view format) {
  for (const auto& [name, pattern] : kFormats) {
    if (name == format) return pattern;
  }
  return {};
}

}  // namespace espalier
