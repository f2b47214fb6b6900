// Internal to grammar/json/: the shortest texts that values have, and texts that complete one that has begun.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "grammar/json/json_machine.h"
#include "grammar/json/json_program.h"

namespace espalier {

/// Bytes of the shortest text of each value rule, without white space; kTooLong from there on.
inline constexpr uint32_t kTooLong = 1 << 24;
std::vector<uint32_t> ShortestSizes(const JsonProgram& program);

/// One question.
class JsonCloser {
 public:
  explicit JsonCloser(const JsonMachine& machine) : machine_(machine), program_(machine.program_) {}

  /// The shortest of the endings of the machine's readings.
  std::string Text();

 private:
  using Kind = JsonMachine::Kind;
  using Frame = JsonMachine::Frame;

  void End(const JsonMachine::Reading& reading);
  void EndString(const JsonMachine::Lexical& at);
  void EndName(const JsonMachine::Lexical& at, Frame& frame);
  void EndOtherName(const JsonMachine::Lexical& at, Frame& frame);
  void AddScalar(uint32_t automaton, uint32_t state);
  void AddValue(uint32_t rule);
  void AddItems(const ArrayRule& rule, uint32_t items);
  void AddMembers(Frame& frame, bool first);
  void AddFirstMember(Frame& frame);
  void Take(Frame& frame, uint32_t property) const;
  void CloseAll(Frame frame);

  const JsonMachine& machine_;
  const JsonProgram& program_;
  std::string text_;
};

}  // namespace espalier
