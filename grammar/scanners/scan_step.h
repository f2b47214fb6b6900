// Internal to grammar/scanners/: what a step of a scan sees, and the ways in which it ends.
#pragma once

#include "grammar/external_scanner.h"

namespace espalier {

/// The code point given to a step.
struct ScanInput {
  int32_t code_point;
  uint32_t at;
  uint32_t size;

  bool AtEnd() const { return code_point == kScanEnd; }
  uint32_t Next() const { return at + size; }

  /// As the C functions see it, for whom the end of the text and a NUL in it look alike.
  int32_t Lookahead() const { return AtEnd() ? 0 : code_point; }
};

inline ScanStatus GoOn(ScanCursor& cursor, uint8_t phase) {
  cursor.phase = phase;
  return ScanStatus::kMore;
}

inline ScanStatus Found(ScanCursor& cursor, uint8_t token) {
  cursor.token = token;
  return ScanStatus::kFound;
}

inline ScanStatus FoundUpTo(ScanCursor& cursor, uint8_t token, uint32_t mark) {
  cursor.mark = mark;
  return Found(cursor, token);
}

}  // namespace espalier
