// External scanners as machines that can stop anywhere.
//
// Some tokens of a grammar (Python's layout, JavaScript's automatic semicolons, raw strings) are found by
// a hand-written C function of the grammar's package, which wants to see the text behind a token before it
// decides. A text that is still being written has no such text yet. So each of these scanners exists here a
// second time, as a state machine over code points: it takes the text one code point at a time, says when
// it has decided, and until then, what it may still decide.
//
// A machine decides exactly what the package's function decides on the same text, and leaves the same
// serialized state behind; that is tested on every decided scan. Machines are stateless and thread-safe:
// what a scan knows is in its cursor.
//
// For a grammar that has no machine, ProbingScanner (probing_scanner.h) runs the package's function itself on
// what is known of the text; a scan that came to the end of that is undecided. It remembers that text, and so
// some of the functions below are there for its sake alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "grammar/character_kinds.h"

namespace espalier {

/// A scan under way. Plain data, copied freely: what the members mean beyond the first four is the
/// machine's own business.
struct ScanCursor {
  uint32_t valid = 0;  ///< bit i: the grammar's external token i is acceptable here
  uint32_t begin = 0;  ///< byte at which the scan began
  uint32_t mark = 0;   ///< byte at which the token ends, as far as that is known
  uint8_t token = 0;   ///< the token found
  uint8_t phase = 0;
  uint16_t flags = 0;
  uint32_t words[5] = {};

  bool operator==(const ScanCursor&) const = default;
};

enum class ScanStatus : uint8_t {
  kMore,     ///< undecided: give it the next code point
  kFound,    ///< `token` ends at `mark`; the code point just given may lie behind it
  kNothing,  ///< no external token here: the grammar's ordinary lexer goes on at `begin`
  kGaveUp,   ///< there is no telling: it would take too much memory
};

/// Code points that are none.
inline constexpr int32_t kScanEnd = -2;      ///< the text ends here
inline constexpr int32_t kScanInvalid = -1;  ///< a byte that is not UTF-8 (one byte long)

class ExternalScanner {
 public:
  virtual ~ExternalScanner() = default;

  /// Begins a scan at byte `begin`. `state` is what the scanner serialized last ("" at the start of the
  /// text). Everything that Step needs is copied into the cursor. Usually kMore.
  virtual ScanStatus Begin(std::string_view state, uint32_t valid, uint32_t begin,
                           ScanCursor& cursor) const = 0;

  /// The code point at byte `at`, `size` bytes long (0 for kScanEnd, after which the answer is never kMore).
  /// Positions follow each other without gaps, the first is `begin`.
  virtual ScanStatus Step(ScanCursor& cursor, int32_t code_point, uint32_t at, uint32_t size) const = 0;

  /// Steps through the text from byte `at` on, which moves, until the scan is decided or the text is over.
  /// `final`: there is no more text. All of it, from its beginning, is in `text`.
  virtual ScanStatus Read(ScanCursor& cursor, uint32_t& at, std::string_view text, bool final) const;

  /// What an undecided scan may still decide with some continuation of the text (its end included): bit i =
  /// token i, kMayFindNothing = no token. May name too much, never too little.
  virtual uint32_t Possible(const ScanCursor& cursor) const = 0;
  static constexpr uint32_t kMayFindNothing = 1u << 31;

  /// Kinds whose code points all leave an undecided cursor as it is. May name too few.
  virtual CharacterKinds Loops(const ScanCursor& /*cursor*/) const { return 0; }

  /// Whether this is no machine, but the package's function, probed: then an undecided scan's mark does not
  /// tell if the token is to be empty.
  virtual bool IsProbed() const { return false; }

  /// The serialized state after kFound, from the state the scan began with.
  virtual std::string StateAfter(std::string_view state, const ScanCursor& cursor) const = 0;

  /// Between the two (which may be nested), what cursors refer to is not forgotten. Otherwise, it may be: a
  /// cursor that is not known any more must be begun anew.
  virtual void Hold() const {}
  virtual void Release() const {}
  virtual bool Knows(const ScanCursor& /*cursor*/) const { return true; }

  /// Whether scans have asked about the text before them (the column, say), which `state` does not tell. Then
  /// only Read is exact. May turn true with any scan, if the scanner is probed.
  virtual bool LooksBack() const { return false; }
};

/// Holds a scanner, if there is one.
class ScannerHold {
 public:
  explicit ScannerHold(const ExternalScanner* scanner) : scanner_(scanner) {
    if (scanner_ != nullptr) scanner_->Hold();
  }
  ~ScannerHold() {
    if (scanner_ != nullptr) scanner_->Release();
  }
  ScannerHold(const ScannerHold&) = delete;
  ScannerHold& operator=(const ScannerHold&) = delete;

 private:
  const ExternalScanner* scanner_;
};

/// The machines, one a language with an external scanner. They live for ever.
const ExternalScanner& PythonScanner();
const ExternalScanner& CppScanner();
const ExternalScanner& RustScanner();
const ExternalScanner& JavaScriptScanner();
const ExternalScanner& TypeScriptScanner();  ///< TypeScript and TSX, whose packages share one scanner

}  // namespace espalier
