#include "grammar/json/json_machine.h"

#include <algorithm>
#include <utility>

#include "grammar/json/json_closer.h"
#include "grammar/json/json_masks.h"
#include "grammar/json/spelling.h"

namespace espalier {
namespace {

bool IsSpace(uint8_t byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }

}  // namespace

JsonMachine::JsonMachine(const JsonSchema& schema, std::shared_ptr<JsonMasks> masks)
    : program_(schema.program()), masks_(std::move(masks)) {
  frames_.push_back({});
  names_.push_back({});
  Keep({{0, {.kind = Kind::kBeforeValue, .a = program_.root}}}, false);
}

JsonMachine::~JsonMachine() = default;

void JsonMachine::Keep(const Readings& readings, bool gave_up) {
  place_ = {static_cast<uint32_t>(readings_.size()),
            static_cast<uint32_t>(readings.size()),
            static_cast<uint32_t>(frames_.size()),
            static_cast<uint32_t>(names_.size()),
            static_cast<uint32_t>(name_text_.size()),
            static_cast<uint32_t>(text_.size()),
            gave_up};
  readings_.insert(readings_.end(), readings.begin(), readings.end());
}

void JsonMachine::ReturnTo(const Place& place) {
  readings_.resize(place.first + place.count);
  frames_.resize(place.frames);
  names_.resize(place.names);
  name_text_.resize(place.name_bytes);
  text_.resize(place.text);
  place_ = place;
}

bool JsonMachine::Advance(std::string_view bytes) {
  now_.assign(readings_.begin() + place_.first, readings_.begin() + place_.first + place_.count);
  bool gave_up = place_.gave_up;
  for (const char c : bytes) {
    text_ += c;
    next_.clear();
    StepAll(now_.data(), now_.size(), static_cast<uint8_t>(c), next_);
    std::swap(now_, next_);
    gave_up |= now_.size() > kMostReadings;
    if (gave_up) now_.clear();
  }
  Keep(now_, gave_up);
  return alive();
}

bool JsonMachine::Complete() const {
  const auto begin = readings_.begin() + place_.first;
  return std::any_of(begin, begin + place_.count, [&](const Reading& reading) {
    const Lexical& at = reading.lexical;
    if (frames_[reading.frame].kind != Frame::Kind::kRoot) return false;
    return at.kind == Kind::kAfterValue ||
           (at.kind == Kind::kScalar && program_.automata[at.a].accepting[at.b]);
  });
}

void JsonMachine::StepAll(const Reading* readings, size_t count, uint8_t byte, Readings& out) {
  step_frames_ = frames_.size();
  step_names_ = names_.size();
  for (size_t i = 0; i < count; ++i) Step(readings[i], byte, out);
  // Those that became the same are one.
  for (size_t i = 1; i < out.size();) {
    if (std::find(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(i), out[i]) !=
        out.begin() + static_cast<std::ptrdiff_t>(i)) {
      out[i] = out.back();
      out.pop_back();
    } else {
      ++i;
    }
  }
}

void JsonMachine::Step(const Reading& reading, uint8_t byte, Readings& out) {
  const Lexical& at = reading.lexical;
  if (IsSpace(byte) && MayHaveSpaces(at.kind)) {
    if (at.spaces == program_.most_spaces) return;
    out.push_back(reading);
    ++out.back().lexical.spaces;
    return;
  }
  switch (at.kind) {
    case Kind::kBeforeValue:
      return BeginValue(reading.frame, at.a, byte, out);
    case Kind::kScalar:
      return StepScalar(reading, byte, out);
    case Kind::kString:
      return StepString(reading, byte, out);
    case Kind::kBeforeFirstItem:
      return StepBeforeFirstItem(reading.frame, byte, out);
    case Kind::kAfterValue:
      return StepAfterValue(reading.frame, byte, out);
    case Kind::kBeforeFirstName:
      if (byte == '}' && MayEndObject(Look(reading.frame))) {
        return out.push_back({frames_[reading.frame].below, {.kind = Kind::kAfterValue}});
      }
      [[fallthrough]];
    case Kind::kBeforeName:
      if (byte == '"') BeginName(reading.frame, out);
      return;
    case Kind::kName:
      return StepName(reading, byte, out);
    case Kind::kOtherName:
      return StepOtherName(reading, byte, out);
    case Kind::kBeforeColon:
      if (byte == ':') out.push_back({reading.frame, {.kind = Kind::kBeforeValue, .a = at.a}});
      return;
  }
}

void JsonMachine::StepScalar(const Reading& reading, uint8_t byte, Readings& out) {
  const Lexical& at = reading.lexical;
  const ByteDfa& dfa = program_.automata[at.a];
  const uint32_t state = dfa.Step(at.b, byte);
  if (state != ByteDfa::kDead) return out.push_back({reading.frame, InScalar(at.a, state)});
  // A number ends where something follows that is none of it.
  if (dfa.accepting[at.b]) Step({reading.frame, {.kind = Kind::kAfterValue}}, byte, out);
}

JsonMachine::Lexical JsonMachine::InScalar(uint32_t automaton, uint32_t state) const {
  if (!program_.automata[automaton].goes_on[state]) return {.kind = Kind::kAfterValue};
  return {.kind = Kind::kScalar, .a = automaton, .b = state};
}

void JsonMachine::StepBeforeFirstItem(uint32_t frame, uint8_t byte, Readings& out) {
  const ArrayRule& rule = program_.arrays[Look(frame).rule];
  if (byte == ']' && rule.least == 0) out.push_back({frames_[frame].below, {.kind = Kind::kAfterValue}});
  if (byte != ']' && rule.most > 0) BeginValue(frame, rule.ItemAt(0), byte, out);
}

void JsonMachine::BeginValue(uint32_t frame, uint32_t rule_number, uint8_t byte, Readings& out) {
  const ValueRule& rule = program_.values[rule_number];
  for (const uint32_t automaton : rule.scalars) {
    const uint32_t state = program_.automata[automaton].Step(0, byte);
    if (state != ByteDfa::kDead) out.push_back({frame, InScalar(automaton, state)});
  }
  if (byte == '"') {
    for (const uint32_t string : rule.strings) {
      out.push_back({frame, {.kind = Kind::kString, .state = kInText, .a = string}});
    }
  }
  if (byte != '[' && byte != '{') return;
  const bool array = byte == '[';
  for (const uint32_t i : array ? rule.arrays : rule.objects) {
    const uint32_t opened = MakeFrame({.below = frame,
                                       .depth = frames_[frame].depth + 1,
                                       .kind = array ? Frame::Kind::kArray : Frame::Kind::kObject,
                                       .rule = i,
                                       .opened_at = static_cast<uint32_t>(text_.size())});
    out.push_back({opened, {.kind = array ? Kind::kBeforeFirstItem : Kind::kBeforeFirstName}});
  }
}

void JsonMachine::StepAfterValue(uint32_t number, uint8_t byte, Readings& out) {
  const Frame frame = Look(number);
  if (frame.kind == Frame::Kind::kArray) {
    const ArrayRule& rule = program_.arrays[frame.rule];
    const uint32_t items = frame.progress + 1;
    if (byte == ']' && items >= rule.least) out.push_back({frame.below, {.kind = Kind::kAfterValue}});
    if (byte != ',' || items >= rule.most) return;
    Frame next = frame;
    next.progress = items;
    out.push_back({MakeFrame(next), {.kind = Kind::kBeforeValue, .a = rule.ItemAt(items)}});
  } else if (frame.kind == Frame::Kind::kObject) {
    if (byte == '}' && MayEndObject(frame)) out.push_back({frame.below, {.kind = Kind::kAfterValue}});
    const bool more = MayHaveDescribed(frame) || MayHaveOthers(frame);
    if (byte == ',' && more) out.push_back({number, {.kind = Kind::kBeforeName}});
  }
}

void JsonMachine::StepString(const Reading& reading, uint8_t byte, Readings& out) {
  Lexical at = reading.lexical;
  const StringRule& rule = program_.strings[at.a];
  const bool begins = at.state == kInText && byte != '"';
  at.state = StringStep(at.state, byte);
  if (at.state == kNoString) return;
  if (at.state == kStringEnd) {
    if (at.b >= rule.least) out.push_back({reading.frame, {.kind = Kind::kAfterValue}});
    return;
  }
  if (begins && at.b == rule.most) return;
  // Where the number does not matter any more, it stays.
  if (begins && (rule.most != kNoLimit || at.b < rule.least)) ++at.b;
  out.push_back({reading.frame, at});
}

bool JsonMachine::MayEndObject(const Frame& frame) const {
  const ObjectRule& rule = program_.objects[frame.rule];
  if (rule.any_order) return (rule.required_bits & ~frame.progress) == 0;
  return rule.next_required[frame.progress] == rule.count();
}

bool JsonMachine::MayBeNamed(const Frame& frame, uint32_t property) const {
  const ObjectRule& rule = program_.objects[frame.rule];
  if (rule.any_order) return (frame.progress >> property & 1) == 0;
  return property >= frame.progress && property <= rule.next_required[frame.progress];
}

bool JsonMachine::MayHaveDescribed(const Frame& frame) const {
  const ObjectRule& rule = program_.objects[frame.rule];
  return rule.any_order ? frame.progress + 1 < 1u << rule.count() : frame.progress < rule.count();
}

bool JsonMachine::MayHaveOthers(const Frame& frame) const {
  const ObjectRule& rule = program_.objects[frame.rule];
  return rule.others != kNoRule && (rule.any_order || MayEndObject(frame));
}

void JsonMachine::BeginName(uint32_t number, Readings& out) {
  const Frame& frame = Look(number);
  if (MayHaveDescribed(frame)) {
    out.push_back({number, {.kind = Kind::kName, .a = program_.objects[frame.rule].count()}});
  }
  if (MayHaveOthers(frame)) {
    const auto begin = static_cast<uint32_t>(text_.size());
    out.push_back({number, {.kind = Kind::kOtherName, .state = kInText, .b = begin}});
  }
}

// A described name, of which `b` bytes are known: those that begin so lie together in by_spelling.
void JsonMachine::StepName(const Reading& reading, uint8_t byte, Readings& out) {
  const Frame frame = Look(reading.frame);
  const ObjectRule& rule = program_.objects[frame.rule];
  const Lexical& at = reading.lexical;
  const auto property = [&](uint32_t i) -> const ObjectRule::Property& {
    return rule.properties[rule.by_spelling[i]];
  };
  uint32_t first = at.a >> 16, end = at.a & 0xFFFF;
  while (first < end && static_cast<uint8_t>(property(first).spelled[at.b]) < byte) ++first;
  while (first<end&& static_cast<uint8_t>(property(end - 1).spelled[at.b])> byte) --end;
  bool any = false;
  for (uint32_t i = first; i < end && !any; ++i) any = MayBeNamed(frame, rule.by_spelling[i]);
  if (!any) return;
  if (property(first).spelled.size() > at.b + 1) {
    return out.push_back({reading.frame, {.kind = Kind::kName, .a = first << 16 | end, .b = at.b + 1}});
  }
  Frame next = frame;
  next.progress =
      rule.any_order ? frame.progress | 1u << rule.by_spelling[first] : rule.by_spelling[first] + 1u;
  out.push_back({MakeFrame(next), {.kind = Kind::kBeforeColon, .a = property(first).value}});
}

void JsonMachine::StepOtherName(const Reading& reading, uint8_t byte, Readings& out) {
  Lexical at = reading.lexical;
  at.state = StringStep(at.state, byte);
  if (at.state == kNoString) return;
  if (at.state != kStringEnd) return out.push_back({reading.frame, at});
  const Frame frame = Look(reading.frame);
  const ObjectRule& rule = program_.objects[frame.rule];
  const std::string name = DecodeJsonString(std::string_view(text_).substr(at.b, text_.size() - 1 - at.b));
  if (std::binary_search(rule.reserved.begin(), rule.reserved.end(), name) || HasName(frame, name)) return;
  if (probes_ != nullptr && frame.opened_at <= walk_text_) probes_->push_back({frame.depth, name});
  Frame next = frame;
  if (!rule.any_order) next.progress = rule.count();
  next.names = AddName(frame.names, name);
  out.push_back({MakeFrame(next), {.kind = Kind::kBeforeColon, .a = rule.others}});
}

bool JsonMachine::HasName(const Frame& frame, std::string_view name) const {
  for (uint32_t i = frame.names; i >= walk_names_; i = names_[i].before) {
    if (std::string_view(name_text_).substr(names_[i].begin, names_[i].size) == name) return true;
  }
  return false;
}

// Frames that were made in the same step and are equal are one, so that readings that became the same are
// known to be.
uint32_t JsonMachine::MakeFrame(const Frame& frame) {
  for (size_t i = step_frames_; i < frames_.size(); ++i) {
    if (frames_[i] == frame) return static_cast<uint32_t>(i);
  }
  frames_.push_back(frame);
  return static_cast<uint32_t>(frames_.size() - 1);
}

uint32_t JsonMachine::AddName(uint32_t before, std::string_view name) {
  for (size_t i = step_names_; i < names_.size(); ++i) {
    if (names_[i].before == before &&
        std::string_view(name_text_).substr(names_[i].begin, names_[i].size) == name) {
      return static_cast<uint32_t>(i);
    }
  }
  names_.push_back({before, static_cast<uint32_t>(name_text_.size()), static_cast<uint32_t>(name.size())});
  name_text_ += name;
  return static_cast<uint32_t>(names_.size() - 1);
}

std::string JsonMachine::Forced(size_t most_bytes) {
  const Place before = place();
  std::string run;
  while (alive() && !Complete() && run.size() < most_bytes) {
    const int byte = OnlyByte();
    if (byte < 0) break;
    run += static_cast<char>(byte);
    Advance({&run.back(), 1});
  }
  ReturnTo(before);
  return run;
}

bool JsonMachine::MayGoOn() {
  const Place before = place();
  bool may_come = false;
  for (int byte = 0; byte < 256 && !may_come; ++byte) {
    const char c = static_cast<char>(byte);
    may_come = Advance({&c, 1});
    ReturnTo(before);
  }
  return may_come;
}

// The one byte that may come next, or -1.
int JsonMachine::OnlyByte() {
  const Place before = place();
  int only = -1;
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool may_come = Advance({&c, 1});
    ReturnTo(before);
    if (may_come && only >= 0) return -1;
    if (may_come) only = byte;
  }
  return only;
}

std::string JsonMachine::Closing() const { return JsonCloser(*this).Text(); }

void JsonMachine::AddAllowed(const Vocabulary& vocabulary, TokenMask& mask) {
  if (masks_ == nullptr || !masks_->IsFor(program_, vocabulary)) {
    masks_ = std::make_shared<JsonMasks>(program_, vocabulary);
  }
  JsonMaskWalk(*this, *masks_).Allow(mask);
}

size_t JsonMachine::memory() const {
  return text_.capacity() + name_text_.capacity() + frames_.capacity() * sizeof(Frame) +
         names_.capacity() * sizeof(Name) + readings_.capacity() * sizeof(Reading);
}

}  // namespace espalier
