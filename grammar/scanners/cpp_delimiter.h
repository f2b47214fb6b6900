// Internal to grammar/scanners/: the delimiter of a C++ raw string, kept in a scan's cursor.
//
// A delimiter has up to 16 code points. As bytes (UTF-8; 0xFF for a byte that is none) nearly all fit the
// cursor's words; one with many letters from outside of ASCII is put aside once for all scans, and the cursor
// holds its number. That is invisible from outside: equal delimiters have equal cursors. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "grammar/external_scanner.h"

namespace espalier {

inline constexpr uint32_t kMaxDelimiterLength = 16;  // code points

/// The code point's bytes; as code points, kScanInvalid counts, kScanEnd does not.
std::string DelimiterBytes(int32_t code_point);

/// The delimiter in the cursor, as bytes, and its replacement.
std::string LoadDelimiter(const ScanCursor& cursor);
void StoreDelimiter(ScanCursor& cursor, const std::string& bytes);

/// Its bytes matched so far while an occurrence is read.
uint32_t DelimiterProgress(const ScanCursor& cursor);
void SetDelimiterProgress(ScanCursor& cursor, uint32_t bytes);

/// From and to the package's serialized state: a wchar_t of 32 bits for each code point.
std::string DelimiterFromState(std::string_view state);
std::string DelimiterToState(std::string_view bytes);

}  // namespace espalier
