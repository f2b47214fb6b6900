#include "grammar/json/json_closer.h"

#include <algorithm>
#include <utility>

#include "grammar/json/spelling.h"

namespace espalier {
namespace {

uint32_t Sum(uint64_t a, uint64_t b) { return static_cast<uint32_t>(std::min<uint64_t>(a + b, kTooLong)); }

uint32_t SizeOf(const ArrayRule& rule, const std::vector<uint32_t>& values) {
  uint64_t size = 2;
  const uint32_t first = std::min(rule.least, static_cast<uint32_t>(rule.first.size()));
  for (uint32_t i = 0; i < first; ++i) size = Sum(size, values[rule.first[i]] + 1u);
  if (rule.least > first) size = Sum(size, uint64_t{rule.least - first} * (values[rule.rest] + 1u));
  return Sum(size, 0);
}

uint32_t SizeOf(const ObjectRule& rule, const std::vector<uint32_t>& values) {
  uint64_t size = 2;
  for (const ObjectRule::Property& property : rule.properties) {
    if (property.required) size = Sum(size, property.spelled.size() + 3 + values[property.value]);
  }
  return Sum(size, 0);
}

// Sizes of the alternatives of a value, in the order of ValueRule.
struct Choice {
  enum Kind : uint8_t { kScalar, kString, kArray, kObject } kind = kScalar;
  uint32_t rule = kNoRule;
  uint32_t size = kTooLong;
};

Choice ShortestOf(const ValueRule& rule, const JsonProgram& program, const std::vector<uint32_t>& values) {
  Choice best;
  const auto offer = [&](Choice::Kind kind, uint32_t i, uint32_t size) {
    if (size < best.size) best = {kind, i, size};
  };
  for (const uint32_t i : rule.scalars) offer(Choice::kScalar, i, program.automata[i].distance[0]);
  for (const uint32_t i : rule.strings) offer(Choice::kString, i, Sum(program.strings[i].least, 2));
  for (const uint32_t i : rule.arrays) offer(Choice::kArray, i, SizeOf(program.arrays[i], values));
  for (const uint32_t i : rule.objects) offer(Choice::kObject, i, SizeOf(program.objects[i], values));
  return best;
}

}  // namespace

std::vector<uint32_t> ShortestSizes(const JsonProgram& program) {
  std::vector<uint32_t> sizes(program.values.size(), kTooLong);
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = sizes.size(); i-- > 0;) {  // what a rule refers to mostly stands behind it
      const uint32_t size = ShortestOf(program.values[i], program, sizes).size;
      changed |= size < sizes[i];
      sizes[i] = std::min(sizes[i], size);
    }
  }
  return sizes;
}

std::string JsonCloser::Text() {
  std::string best;
  for (uint32_t i = 0; i < machine_.place_.count; ++i) {
    text_.clear();
    End(machine_.readings_[machine_.place_.first + i]);
    if (i == 0 || text_.size() < best.size()) best = text_;
  }
  return best;
}

void JsonCloser::End(const JsonMachine::Reading& reading) {
  const JsonMachine::Lexical& at = reading.lexical;
  Frame frame = machine_.frames_[reading.frame];
  bool open = false;  // no item or member yet
  switch (at.kind) {
    case Kind::kBeforeColon:
      text_ += ':';
      [[fallthrough]];
    case Kind::kBeforeValue:
      AddValue(at.a);
      break;
    case Kind::kScalar:
      AddScalar(at.a, at.b);
      break;
    case Kind::kString:
      EndString(at);
      break;
    case Kind::kBeforeFirstItem:
      AddItems(program_.arrays[frame.rule], 0);
      open = true;
      break;
    case Kind::kBeforeFirstName:
      AddMembers(frame, true);
      open = true;
      break;
    case Kind::kBeforeName:
      AddFirstMember(frame);
      break;
    case Kind::kName:
      EndName(at, frame);
      break;
    case Kind::kOtherName:
      EndOtherName(at, frame);
      break;
    case Kind::kAfterValue:
      break;
  }
  if (open) {
    text_ += frame.kind == Frame::Kind::kArray ? ']' : '}';
    frame = machine_.frames_[frame.below];
  }
  CloseAll(frame);
}

void JsonCloser::EndString(const JsonMachine::Lexical& at) {
  const StringRule& rule = program_.strings[at.a];
  text_ += ShortestToText(at.state);
  text_.append(std::min(rule.least - std::min(rule.least, at.b), kTooLong), 'a');
  text_ += '"';
}

// The value behind a name that is known.
void JsonCloser::EndName(const JsonMachine::Lexical& at, Frame& frame) {
  const ObjectRule& rule = program_.objects[frame.rule];
  for (uint32_t i = at.a >> 16; i < (at.a & 0xFFFF); ++i) {
    const uint32_t property = rule.by_spelling[i];
    if (!machine_.MayBeNamed(frame, property)) continue;
    text_ += rule.properties[property].spelled.substr(at.b) + ':';
    AddValue(rule.properties[property].value);
    return Take(frame, property);
  }
}

void JsonCloser::EndOtherName(const JsonMachine::Lexical& at, Frame& frame) {
  const ObjectRule& rule = program_.objects[frame.rule];
  text_ += ShortestToText(at.state);
  std::string name = DecodeJsonString(machine_.text_.substr(at.b) + text_);
  const size_t size = name.size();
  for (size_t i = 0;
       std::binary_search(rule.reserved.begin(), rule.reserved.end(), name) || machine_.HasName(frame, name);
       ++i) {
    name = name.substr(0, size) + std::to_string(i);
  }
  text_ += name.substr(size) + "\":";
  AddValue(rule.others);
  if (!rule.any_order) frame.progress = rule.count();
}

void JsonCloser::AddScalar(uint32_t automaton, uint32_t state) {
  const ByteDfa& dfa = program_.automata[automaton];
  while (dfa.distance[state] > 0) {
    uint32_t byte = 0;
    for (uint32_t next = ByteDfa::kDead; next == ByteDfa::kDead || dfa.distance[next] >= dfa.distance[state];
         ++byte) {
      next = dfa.Step(state, static_cast<uint8_t>(byte));
    }
    text_ += static_cast<char>(byte - 1);
    state = dfa.Step(state, static_cast<uint8_t>(byte - 1));
  }
}

// What is too long is left out, and so the ways down from here are as short as they are said to be.
void JsonCloser::AddValue(uint32_t rule) {
  const Choice choice = ShortestOf(program_.values[rule], program_, program_.shortest);
  if (choice.rule == kNoRule || text_.size() > kTooLong) return;
  switch (choice.kind) {
    case Choice::kScalar:
      return AddScalar(choice.rule, 0);
    case Choice::kString:
      text_ += '"' + std::string(program_.strings[choice.rule].least, 'a') + '"';
      return;
    case Choice::kArray:
      text_ += '[';
      AddItems(program_.arrays[choice.rule], 0);
      text_ += ']';
      return;
    case Choice::kObject: {
      Frame frame;
      frame.rule = choice.rule;
      text_ += '{';
      AddMembers(frame, true);
      text_ += '}';
      return;
    }
  }
}

void JsonCloser::AddItems(const ArrayRule& rule, uint32_t items) {
  for (; items < rule.least && text_.size() <= kTooLong; ++items) {
    if (items > 0) text_ += ',';
    AddValue(rule.ItemAt(items));
  }
}

// The required properties that are left.
void JsonCloser::AddMembers(Frame& frame, bool first) {
  const ObjectRule& rule = program_.objects[frame.rule];
  for (uint32_t i = 0; i < rule.count(); ++i) {
    if (!rule.properties[i].required || !machine_.MayBeNamed(frame, i)) continue;
    text_ += (first ? "\"" : ",\"") + rule.properties[i].spelled + ':';
    AddValue(rule.properties[i].value);
    Take(frame, i);
    first = false;
  }
}

// Behind a comma.
void JsonCloser::AddFirstMember(Frame& frame) {
  const ObjectRule& rule = program_.objects[frame.rule];
  text_ += '"';
  if (machine_.MayHaveDescribed(frame)) return EndName({.kind = Kind::kName, .a = rule.count()}, frame);
  const auto begin = static_cast<uint32_t>(machine_.text_.size());
  JsonMachine::Lexical at{.kind = Kind::kOtherName, .b = begin};
  std::string before = std::exchange(text_, {});
  EndOtherName(at, frame);
  text_ = before + text_;
}

void JsonCloser::Take(Frame& frame, uint32_t property) const {
  const ObjectRule& rule = program_.objects[frame.rule];
  frame.progress = rule.any_order ? frame.progress | 1u << property : property + 1;
}

void JsonCloser::CloseAll(Frame frame) {
  for (; frame.kind != Frame::Kind::kRoot; frame = machine_.frames_[frame.below]) {
    if (frame.kind == Frame::Kind::kArray) {
      AddItems(program_.arrays[frame.rule], frame.progress + 1);
      text_ += ']';
    } else {
      AddMembers(frame, false);
      text_ += '}';
    }
  }
}

}  // namespace espalier
