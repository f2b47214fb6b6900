#include "grammar/external_scanner.h"

#include "grammar/code_points.h"

namespace espalier {

ScanStatus ExternalScanner::Read(ScanCursor& cursor, uint32_t& at, std::string_view text, bool final) const {
  while (at < text.size()) {
    const DecodedPoint point = DecodeAt(text, at, final);
    if (point.size == 0) return ScanStatus::kMore;
    const ScanStatus status = Step(cursor, point.value, at, point.size);
    at += point.size;
    if (status != ScanStatus::kMore) return status;
  }
  return final ? Step(cursor, kScanEnd, at, 0) : ScanStatus::kMore;
}

}  // namespace espalier
