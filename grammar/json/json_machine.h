// Is this text the beginning of a JSON text that the schema accepts? Takes text in pieces of any size, stops
// anywhere, even inside of an escape or a code point, goes back to any earlier place for next to nothing, and
// says which tokens of a vocabulary may follow.
//
// It is exact: while it is alive, there is a text that completes what was taken. One object belongs to one
// thread at a time; the schema may be shared.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/json/json_program.h"
#include "grammar/json/json_schema.h"
#include "grammar/token_mask.h"
#include "grammar/vocabulary.h"

namespace espalier {

class JsonMasks;

class JsonMachine {
 public:
  /// A place in the text. Valid until the machine goes back to an earlier one.
  struct Place {
    uint32_t first = 0, count = 0;  // of the readings
    uint32_t frames = 0, names = 0, name_bytes = 0, text = 0;
    bool gave_up = false;
  };

  /// Stands at the beginning of an empty text. `schema` must outlive the machine. `masks`: what AddAllowed
  /// remembers, to be shared with other machines of the schema on the same thread; nullptr: it has its own.
  explicit JsonMachine(const JsonSchema& schema, std::shared_ptr<JsonMasks> masks = nullptr);
  ~JsonMachine();

  /// Takes the next bytes of the text, less than 4 GiB in all. False when no accepted text begins so; then
  /// there is nothing but to go back.
  bool Advance(std::string_view bytes);
  bool alive() const { return place_.count > 0; }

  /// Whether some continuation of the text is accepted; the same as alive().
  bool Viable() const { return alive(); }
  /// Whether the text as it stands is accepted.
  bool Complete() const;
  /// True when there were more than kMostReadings ways to read the text (anyOf). Then nothing is alive.
  bool gave_up() const { return place_.gave_up; }
  static constexpr size_t kMostReadings = 64;

  Place place() const { return place_; }
  /// Goes back. REQUIRES: `place` is valid.
  void ReturnTo(const Place& place);

  /// The bytes that must come next: the longest run, up to `most_bytes`, in which each is the only one that
  /// may come, and the text may not end before it. Costs some microseconds a byte.
  std::string Forced(size_t most_bytes = 64 << 10);
  /// Whether more may come.
  bool MayGoOn();
  /// A short text that completes this one: values are as short as they can be. Empty when it is complete.
  /// REQUIRES: alive(). Where the schema demands very many items, it ends, incomplete, after some 16 MiB.
  std::string Closing() const;

  /// Sets the bits of the tokens that may come next. (With more than kMostReadings readings of a token and
  /// the text before it, Advance gives up on what was allowed.) `vocabulary` must outlive the machine and its
  /// masks.
  void AddAllowed(const Vocabulary& vocabulary, TokenMask& mask);

  std::string_view text() const { return text_; }
  const JsonProgram& program() const { return program_; }
  /// Memory held, without masks, in bytes.
  size_t memory() const;

 private:
  friend class JsonMasks;
  friend class JsonMaskWalk;
  friend class JsonCloser;

  enum class Kind : uint8_t {
    kBeforeValue,      // a: value rule
    kScalar,           // a: automaton, b: its state
    kString,           // a: string rule, b: code points so far; state
    kBeforeFirstItem,  // behind [
    kAfterValue,
    kBeforeFirstName,  // behind {
    kBeforeName,       // behind , in an object
    kName,             // a: the range in by_spelling with this beginning, first << 16 | end; b: its bytes
    kOtherName,        // of a property that is not described; b: where it begins in the text; state
    kBeforeColon,      // a: value rule
  };
  static bool MayHaveSpaces(Kind kind) {
    return kind != Kind::kScalar && kind != Kind::kString && kind != Kind::kName && kind != Kind::kOtherName;
  }

  /// Where in a token of JSON the text ends.
  struct Lexical {
    Kind kind = Kind::kBeforeValue;
    uint8_t state = 0;  // a StringState
    uint16_t padding = 0;
    uint32_t spaces = 0;  // in a row so far
    uint32_t a = 0, b = 0;

    friend bool operator==(const Lexical&, const Lexical&) = default;
  };

  /// An array or object that is open. Frames never change; a change makes another one.
  struct Frame {
    enum class Kind : uint8_t { kRoot, kArray, kObject };

    uint32_t below = 0;
    uint32_t depth = 0;
    Kind kind = Kind::kRoot;
    uint32_t rule = 0;
    uint32_t progress =
        0;  // array: items before the last one; object: next property, or with any_order those used
    uint32_t names = 0;      // object with undescribed properties: the last one's entry in names_; 0: none
    uint32_t opened_at = 0;  // in the text

    friend bool operator==(const Frame&, const Frame&) = default;
  };

  /// One way to read the text.
  struct Reading {
    uint32_t frame = 0;
    Lexical lexical;

    friend bool operator==(const Reading&, const Reading&) = default;
  };
  using Readings = std::vector<Reading>;

  /// A name that was used, as a list in each object.
  struct Name {
    uint32_t before = 0;
    uint32_t begin = 0, size = 0;  // in name_text_
  };

  // One byte more. REQUIRES: text_ ends with it.
  void StepAll(const Reading* readings, size_t count, uint8_t byte, Readings& out);
  void Step(const Reading& reading, uint8_t byte, Readings& out);
  void BeginValue(uint32_t frame, uint32_t rule, uint8_t byte, Readings& out);
  void StepScalar(const Reading& reading, uint8_t byte, Readings& out);
  Lexical InScalar(uint32_t automaton, uint32_t state) const;
  void StepBeforeFirstItem(uint32_t frame, uint8_t byte, Readings& out);
  void StepAfterValue(uint32_t frame, uint8_t byte, Readings& out);
  void StepString(const Reading& reading, uint8_t byte, Readings& out);
  void StepName(const Reading& reading, uint8_t byte, Readings& out);
  void StepOtherName(const Reading& reading, uint8_t byte, Readings& out);
  void BeginName(uint32_t frame, Readings& out);
  bool MayEndObject(const Frame& frame) const;
  bool MayBeNamed(const Frame& frame, uint32_t property) const;
  bool MayHaveDescribed(const Frame& frame) const;
  bool MayHaveOthers(const Frame& frame) const;
  bool HasName(const Frame& frame, std::string_view name) const;

  const Frame& Look(uint32_t frame) {
    if (frame < walk_frames_) lowest_depth_ = std::min(lowest_depth_, frames_[frame].depth);
    return frames_[frame];
  }
  uint32_t MakeFrame(const Frame& frame);
  uint32_t AddName(uint32_t before, std::string_view name);
  void Keep(const Readings& readings, bool gave_up);
  int OnlyByte();

  const JsonProgram& program_;
  std::shared_ptr<JsonMasks> masks_;
  std::string text_, name_text_;
  std::vector<Frame> frames_;
  std::vector<Name> names_;
  Readings readings_;  // of all places, each behind the one before it
  Place place_;
  Readings now_, next_;     // of Advance, to keep their memory
  size_t step_frames_ = 0;  // frames before the step under way
  size_t step_names_ = 0;
  // While a mask is made that other texts may use, too: what is from before, how far down frames from before
  // were looked at, and the names that would have been compared with those in objects from before.
  struct NameProbe {
    uint32_t depth;  // of the object's frame
    std::string name;
  };
  uint32_t walk_frames_ = 0, walk_names_ = 1, walk_text_ = 0;
  uint32_t lowest_depth_ = 0;
  std::vector<NameProbe>* probes_ = nullptr;
};

}  // namespace espalier
