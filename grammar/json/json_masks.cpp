#include "grammar/json/json_masks.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace espalier {
namespace {

void Append(std::string& key, uint64_t value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// Costs more than without exceptions.
void AddAllBut(const TokenSet& tokens, const std::vector<uint32_t>& without, TokenMask& mask) {
  if (without.empty()) return tokens.AddTo(mask);
  TokenMask some(mask.size());
  tokens.AddTo(some);
  for (const uint32_t id : without) SetBit(some, id, false);
  for (size_t i = 0; i < some.size(); ++i) mask[i] |= some[i];
}

}  // namespace

JsonMasks::JsonMasks(const JsonProgram& program, const Vocabulary& vocabulary, size_t most_bytes)
    : program_(program), vocabulary_(vocabulary), most_bytes_(most_bytes) {}

void JsonMasks::ForgetIfLarge() {
  if (bytes_ <= most_bytes_) return;
  bytes_ = 0;
  for (auto& tokens : strings_) tokens.reset();
  scalars_.clear();
  slots_.clear();
}

/// Walks the vocabulary inside of a lexeme. `step(state, byte, points)` is the next state, or kDead, and
/// counts code points that begin; it says with `ends` that the lexeme may end behind the byte.
template <typename Step>
std::unique_ptr<LexemeTokens> JsonMasks::Collect(uint32_t state, Step step) {
  struct At {
    uint32_t state, points;
  };
  auto tokens = std::make_unique<LexemeTokens>();
  const auto nodes = vocabulary_.nodes();
  std::vector<At> path(vocabulary_.longest() + 1);
  path[0] = {state, 0};
  std::vector<uint32_t> ids;
  for (uint32_t i = 1; i < nodes.size();) {
    At at = path[nodes[i].depth - 1u];
    bool ends = false;
    at.state = step(at.state, nodes[i].byte, at.points, ends);
    if (ends) tokens->exits.push_back({i, at.points});
    if (at.state == ByteDfa::kDead) {
      i = nodes[i].end;
      continue;
    }
    path[nodes[i].depth] = at;
    if (nodes[i].rank != Vocabulary::kNoRank) {
      for (const uint32_t id : vocabulary_.IdsOf(nodes[i].rank)) {
        ids.push_back(id);
        tokens->longest_first.push_back({at.points, id});
      }
    }
    ++i;
  }
  tokens->inside = TokenSet::OfIds(std::move(ids));
  bytes_ += tokens->inside.bytes() + tokens->exits.size() * sizeof(LexemeTokens::Exit) + sizeof(LexemeTokens);
  return tokens;
}

LexemeTokens& JsonMasks::OfString(uint8_t state) {
  auto& tokens = strings_[state];
  if (tokens != nullptr) return *tokens;
  tokens = Collect(state, [](uint32_t at, uint8_t byte, uint32_t& points, bool& ends) -> uint32_t {
    const StringState next = StringStep(static_cast<uint8_t>(at), byte);
    ends = next == kStringEnd;
    points += at == kInText && !ends;
    return next >= kStringEnd ? ByteDfa::kDead : uint32_t{next};
  });
  std::stable_sort(tokens->longest_first.begin(), tokens->longest_first.end(),
                   [](const auto& a, const auto& b) { return a.points > b.points; });
  bytes_ += tokens->longest_first.size() * sizeof(LexemeTokens::Inside);
  if (state == kInText) IndexExits(*tokens);
  return *tokens;
}

void JsonMasks::IndexExits(LexemeTokens& tokens) const {
  for (const LexemeTokens::Exit& exit : tokens.exits) {
    const std::string_view token = vocabulary_.BytesOf(vocabulary_.RankBelow(exit.node));
    const std::string text = DecodeJsonString(token.substr(0, vocabulary_.nodes()[exit.node].depth - 1u));
    tokens.by_text[text].push_back(exit.node);
    tokens.longest_text = std::max(tokens.longest_text, text.size());
  }
}

LexemeTokens& JsonMasks::OfScalar(uint32_t automaton, uint32_t state) {
  auto& tokens = scalars_[uint64_t{automaton} << 32 | state];
  if (tokens != nullptr) return *tokens;
  const ByteDfa& dfa = program_.automata[automaton];
  tokens = Collect(state, [&](uint32_t at, uint8_t byte, uint32_t&, bool& ends) {
    const uint32_t next = dfa.Step(at, byte);
    ends = next != ByteDfa::kDead && dfa.accepting[next];
    return ends && !dfa.goes_on[next] ? ByteDfa::kDead : next;
  });
  tokens->longest_first = {};
  if (dfa.accepting[state]) tokens->exits.push_back({0, 0});
  return *tokens;
}

const TokenSet& JsonMasks::Within(LexemeTokens& tokens, uint32_t points) {
  const auto& longest_first = tokens.longest_first;
  if (longest_first.empty() || longest_first[0].points <= points) return tokens.inside;
  const auto found = tokens.within.find(points);
  if (found != tokens.within.end()) return found->second;
  TokenMask mask((vocabulary_.token_count() + 63) / 64);
  tokens.inside.AddTo(mask);
  for (size_t i = 0; i < longest_first.size() && longest_first[i].points > points; ++i) {
    SetBit(mask, longest_first[i].id, false);
  }
  const TokenSet& bits = tokens.within.emplace(points, TokenSet::OfMask(mask)).first->second;
  bytes_ += bits.bytes();
  return bits;
}

JsonMaskWalk::JsonMaskWalk(JsonMachine& machine, JsonMasks& masks)
    : machine_(machine), masks_(masks), nodes_(masks.vocabulary_.nodes()), place_(machine.place_) {}

void JsonMaskWalk::Allow(TokenMask& mask) {
  masks_.ForgetIfLarge();
  for (uint32_t i = 0; i < place_.count; ++i) {
    const Reading reading = machine_.readings_[place_.first + i];
    AllowReading(reading, mask);
  }
}

void JsonMaskWalk::AllowReading(const Reading& reading, TokenMask& mask) {
  LexemeTokens* lexeme = LexemeOf(reading);
  if (lexeme != nullptr) {
    const bool limited = reading.lexical.kind == Kind::kString;
    (limited ? masks_.Within(*lexeme, PointsLeft(reading)) : lexeme->inside).AddTo(mask);
  }
  const bool name = reading.lexical.kind == Kind::kOtherName;
  bool exact = name && reading.lexical.state != kInText;
  if (!exact) {
    const JsonMasks::Entry& entry = EntryFor(reading, lexeme);
    exact = name ? !entry.probes.empty() : IsTaken(reading, entry.probes);
    if (!exact)
      AddAllBut(entry.bits, name ? TokensOfTakenNames(reading, *lexeme) : std::vector<uint32_t>(), mask);
  }
  if (!exact) return;
  // What has been kept leaves out the names in objects from before, and they matter.
  ids_.clear();
  if (lexeme != nullptr) {
    WalkExits(reading, *lexeme, true);
  } else {
    levels_.resize(std::max<size_t>(levels_.size(), 1));
    levels_[0].readings = {reading};
    MarkLevel(0);
    WalkBelow(0, place_.text);
  }
  machine_.ReturnTo(place_);
  for (const uint32_t id : ids_) SetBit(mask, id);
}

LexemeTokens* JsonMaskWalk::LexemeOf(const Reading& reading) {
  const auto& at = reading.lexical;
  if (at.kind == Kind::kString || at.kind == Kind::kOtherName) return &masks_.OfString(at.state);
  return at.kind == Kind::kScalar ? &masks_.OfScalar(at.a, at.b) : nullptr;
}

// Of a string, the code points that may and must still begin, as far as a token can tell.
uint32_t JsonMaskWalk::PointsLeft(const Reading& reading) const {
  const StringRule& rule = machine_.program_.strings[reading.lexical.a];
  return std::min(rule.most - reading.lexical.b, masks_.vocabulary_.longest());
}

uint32_t JsonMaskWalk::PointsNeeded(const Reading& reading) const {
  const StringRule& rule = machine_.program_.strings[reading.lexical.a];
  return std::min(rule.least - std::min(rule.least, reading.lexical.b), masks_.vocabulary_.longest());
}

void JsonMaskWalk::SetLexicalKey(const Reading& reading) {
  const auto& at = reading.lexical;
  key_.clear();
  const uint32_t spaces = std::min(machine_.program_.most_spaces - at.spaces, masks_.vocabulary_.longest());
  Append(key_, static_cast<uint64_t>(at.kind) << 40 | uint64_t{at.state} << 32 | spaces);
  if (at.kind == Kind::kString) {
    Append(key_, uint64_t{PointsLeft(reading)} << 32 | PointsNeeded(reading));
  } else if (at.kind != Kind::kOtherName) {
    Append(key_, uint64_t{at.a} << 32 | at.b);
  }
}

// What of a frame's progress a token can tell.
uint64_t JsonMaskWalk::ProgressKey(const JsonMachine::Frame& frame) const {
  if (frame.kind != JsonMachine::Frame::Kind::kArray) return frame.progress;
  const ArrayRule& rule = machine_.program_.arrays[frame.rule];
  const uint32_t items = frame.progress + 1, longest = masks_.vocabulary_.longest();
  if (items < rule.first.size()) return uint64_t{1} << 63 | items;
  const uint32_t needed = std::min(rule.least - std::min(rule.least, items), longest);
  return uint64_t{needed} << 32 | std::min(rule.most - std::min(rule.most, items), longest);
}

// False if there are not so many frames.
bool JsonMaskWalk::SetFrameKey(uint32_t number, uint32_t depth) {
  key_.clear();
  if (depth > machine_.frames_[number].depth + 1) return false;
  for (; depth > 0; --depth) {
    const JsonMachine::Frame& frame = machine_.frames_[number];
    Append(key_, static_cast<uint64_t>(frame.kind) << 32 | frame.rule);
    Append(key_, ProgressKey(frame));
    number = frame.below;
  }
  return true;
}

const JsonMasks::Entry& JsonMaskWalk::EntryFor(const Reading& reading, LexemeTokens* lexeme) {
  SetLexicalKey(reading);
  JsonMasks::Slot& slot = masks_.slots_[key_];
  for (const uint32_t depth : slot.depths) {
    if (!SetFrameKey(reading.frame, depth)) continue;
    const auto found = slot.entries.find(key_);
    if (found == slot.entries.end()) continue;
    ++masks_.hits_;
    return found->second;
  }
  ++masks_.misses_;
  uint32_t depth = 0;
  JsonMasks::Entry entry = Explore(reading, lexeme, depth);
  if (std::find(slot.depths.begin(), slot.depths.end(), depth) == slot.depths.end())
    slot.depths.push_back(depth);
  SetFrameKey(reading.frame, depth);
  masks_.bytes_ += entry.bits.bytes() + 2 * key_.size() + 200;
  return slot.entries.insert_or_assign(key_, std::move(entry)).first->second;
}

JsonMasks::Entry JsonMaskWalk::Explore(const Reading& reading, LexemeTokens* lexeme, uint32_t& depth) {
  JsonMasks::Entry entry;
  machine_.walk_frames_ = place_.frames;
  machine_.walk_names_ = place_.names;
  machine_.walk_text_ = place_.text;
  machine_.lowest_depth_ = ByteDfa::kDead;
  machine_.probes_ = &entry.probes;
  ids_.clear();
  if (lexeme != nullptr) {
    WalkExits(reading, *lexeme, false);
  } else {
    levels_.resize(std::max<size_t>(levels_.size(), 1));
    levels_[0].readings = {reading};
    MarkLevel(0);
    WalkBelow(0, place_.text);
  }
  machine_.walk_frames_ = machine_.walk_text_ = 0;
  machine_.walk_names_ = 1;
  machine_.probes_ = nullptr;
  machine_.ReturnTo(place_);
  const uint32_t top = machine_.frames_[reading.frame].depth;
  depth = machine_.lowest_depth_ == ByteDfa::kDead ? 0 : top - machine_.lowest_depth_ + 1;
  for (auto& probe : entry.probes) probe.depth = top - probe.depth;
  entry.bits = TokenSet::OfIds(ids_);
  return entry;
}

// Whether an object from before has one of the names that tokens would give it.
bool JsonMaskWalk::IsTaken(const Reading& reading, const std::vector<JsonMachine::NameProbe>& probes) const {
  return std::any_of(probes.begin(), probes.end(), [&](const JsonMachine::NameProbe& probe) {
    uint32_t frame = reading.frame;
    for (uint32_t i = 0; i < probe.depth; ++i) frame = machine_.frames_[frame].below;
    return machine_.HasName(machine_.frames_[frame], probe.name);
  });
}

// The tokens that would end the name under way so that it is one that the object has or describes.
const std::vector<uint32_t>& JsonMaskWalk::TokensOfTakenNames(const Reading& reading, LexemeTokens& lexeme) {
  taken_.clear();
  const JsonMachine::Frame& frame = machine_.frames_[reading.frame];
  const std::string begun = DecodeJsonString(std::string_view(machine_.text_).substr(reading.lexical.b));
  const auto add = [&](std::string_view name) {
    if (!name.starts_with(begun) || name.size() - begun.size() > lexeme.longest_text) return;
    const auto found = lexeme.by_text.find(name.substr(begun.size()));
    if (found == lexeme.by_text.end()) return;
    for (const uint32_t node : found->second) {
      for (uint32_t i = node; i < nodes_[node].end; ++i) {
        if (nodes_[i].rank == Vocabulary::kNoRank) continue;
        for (const uint32_t id : masks_.vocabulary_.IdsOf(nodes_[i].rank)) taken_.push_back(id);
      }
    }
  };
  for (const std::string& name : machine_.program_.objects[frame.rule].reserved) add(name);
  for (uint32_t i = frame.names; i != 0; i = machine_.names_[i].before) {
    add(std::string_view(machine_.name_text_).substr(machine_.names_[i].begin, machine_.names_[i].size));
  }
  return taken_;
}

// Goes on where the lexeme ends. `exact`: with the names that there are.
void JsonMaskWalk::WalkExits(const Reading& reading, const LexemeTokens& lexeme, bool exact) {
  const bool string = reading.lexical.kind == Kind::kString;
  for (const LexemeTokens::Exit& exit : lexeme.exits) {
    if (string && (exit.points < PointsNeeded(reading) || exit.points > PointsLeft(reading))) continue;
    machine_.ReturnTo(place_);
    StepOut(reading, exit, exact);
    if (levels_[0].readings.empty()) continue;
    if (nodes_[exit.node].rank != Vocabulary::kNoRank) AddIds(nodes_[exit.node].rank);
    MarkLevel(0);
    WalkBelow(exit.node, machine_.text_.size());
  }
}

// The reading behind the end of a lexeme becomes level 0.
void JsonMaskWalk::StepOut(const Reading& reading, const LexemeTokens::Exit& exit, bool exact) {
  levels_.resize(std::max<size_t>(levels_.size(), 1));
  Readings& out = levels_[0].readings;
  out.clear();
  if (reading.lexical.kind != Kind::kOtherName) {
    out.push_back({reading.frame, {.kind = Kind::kAfterValue}});
    return;
  }
  if (exact) {
    const std::string_view token = masks_.vocabulary_.BytesOf(masks_.vocabulary_.RankBelow(exit.node));
    machine_.text_ += token.substr(0, nodes_[exit.node].depth);
    Reading before = reading;
    before.lexical.state = kInText;
    machine_.StepAll(&before, 1, '"', out);
    return;
  }
  JsonMachine::Frame frame = machine_.Look(reading.frame);
  const ObjectRule& rule = machine_.program_.objects[frame.rule];
  if (!rule.any_order) frame.progress = rule.count();
  machine_.step_frames_ = machine_.frames_.size();
  out.push_back({machine_.MakeFrame(frame), {.kind = Kind::kBeforeColon, .a = rule.others}});
}

// The tokens below a node, from the readings of level 0, with a text of this size.
void JsonMaskWalk::WalkBelow(uint32_t node, size_t text_size) {
  const uint32_t base = nodes_[node].depth;
  for (uint32_t i = node + 1; i < nodes_[node].end;) {
    const Vocabulary::Node& at = nodes_[i];
    const size_t level = at.depth - base - 1u;
    if (levels_.size() < level + 2) levels_.resize(level + 2);
    ResetTo(levels_[level]);
    machine_.text_.resize(text_size + level);
    machine_.text_ += static_cast<char>(at.byte);
    Readings& out = levels_[level + 1].readings;
    out.clear();
    machine_.StepAll(levels_[level].readings.data(), levels_[level].readings.size(), at.byte, out);
    if (out.empty() || out.size() > JsonMachine::kMostReadings) {
      i = at.end;
      continue;
    }
    MarkLevel(level + 1);
    if (at.rank != Vocabulary::kNoRank) AddIds(at.rank);
    ++i;
  }
}

void JsonMaskWalk::AddIds(uint32_t rank) {
  const auto ids = masks_.vocabulary_.IdsOf(rank);
  ids_.insert(ids_.end(), ids.begin(), ids.end());
}

void JsonMaskWalk::MarkLevel(size_t level) {
  levels_[level].frames = machine_.frames_.size();
  levels_[level].names = machine_.names_.size();
  levels_[level].name_bytes = machine_.name_text_.size();
}

void JsonMaskWalk::ResetTo(const Level& level) {
  machine_.frames_.resize(level.frames);
  machine_.names_.resize(level.names);
  machine_.name_text_.resize(level.name_bytes);
}

}  // namespace espalier
