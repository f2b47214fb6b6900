// An external scanner without a machine of its own: the package's function, in C, is run on what is known of
// the text. A scan that ended without ever having stood at the end of that has decided, whatever follows. One
// that stood there is undecided, and everything acceptable is called possible, until the text goes on or is
// over.
//
// That is exact where a text is complete, and never refuses a beginning of an accepted text. It calls more
// beginnings viable than a machine does, and a scan begins anew with each piece of text, so that a lexeme
// that stays undecided costs the square of its length in pieces. Thread-safe; the function runs in one thread
// at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "grammar/external_scanner.h"
#include "grammar/scan_texts.h"
#include "grammar/scanner_states.h"
#include "grammar/ts_tables.h"

namespace espalier {

class ProbingScanner final : public ExternalScanner {
 public:
  /// Bytes of memory. What nobody holds is forgotten beyond `most_kept`; a scan is given up (kGaveUp) that
  /// needs more than `most` while something is held.
  struct Limits {
    size_t most_kept = 16 << 20;
    size_t most = 128 << 20;
  };

  /// `tables` must outlive the scanner. REQUIRES: they have external tokens.
  explicit ProbingScanner(const TsTables& tables) : ProbingScanner(tables, Limits()) {}
  ProbingScanner(const TsTables& tables, Limits limits);

  ScanStatus Begin(std::string_view state, uint32_t valid, uint32_t begin, ScanCursor& cursor) const override;
  ScanStatus Step(ScanCursor& cursor, int32_t code_point, uint32_t at, uint32_t size) const override;
  ScanStatus Read(ScanCursor& cursor, uint32_t& at, std::string_view text, bool final) const override;
  uint32_t Possible(const ScanCursor& cursor) const override;
  bool IsProbed() const override { return true; }
  std::string StateAfter(std::string_view state, const ScanCursor& cursor) const override;
  void Hold() const override;
  void Release() const override;
  bool Knows(const ScanCursor& cursor) const override;
  bool LooksBack() const override;

  /// Memory held, about.
  size_t bytes() const;

 private:
  struct Probe;

  /// What cursors refer to, and how often all of it was forgotten; at first, 1.
  template <typename Memory>
  struct Kept {
    std::unique_ptr<Memory> memory = std::make_unique<Memory>();
    uint32_t generation = 1;

    void ForgetBeyond(size_t most_bytes) {
      if (memory->bytes() <= most_bytes) return;
      memory = std::make_unique<Memory>();
      ++generation;
    }
  };

  Probe Run(const ScanCursor& cursor, const struct ProbeText& text) const;
  ScanStatus Decided(ScanCursor& cursor, const Probe& probe, uint32_t end) const;
  bool Remember(ScanCursor& cursor, std::string_view text, uint32_t& at) const;
  bool Lengthen(ScanCursor& cursor, int32_t code_point, uint32_t size) const;
  bool KnowsLocked(const ScanCursor& cursor) const;

  const TsTables& tables_;
  const Limits limits_;
  mutable std::mutex mutex_;
  mutable Kept<ScanTexts> texts_;
  mutable Kept<ScannerStates> states_;
  mutable int holders_ = 0;
  mutable bool looks_back_ = false;
};

}  // namespace espalier
