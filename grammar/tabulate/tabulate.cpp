// Makes a grammar's lexer tables (grammar/lexer_tables.h) from its step functions:
//
//   tabulate_<grammar> NAME PARSER.C OUTPUT.CPP
//
// Every state is asked about every ASCII character and about one code point of every interval between the
// code points that parser.c names; then a sample of all code points is asked again, and any that the table
// answers differently fails the build.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "grammar/lexer_tables.h"
#include "grammar/tabulate/step_lexer.h"
#include "grammar/ts_tables.h"

extern "C" const espalier::TsTables* espalier_step_language(void);

namespace espalier {
namespace {

constexpr int32_t kLastCodePoint = 0x10FFFF;
constexpr int32_t kInvalid = -1;
constexpr int32_t kAsciiEnd = 128;
constexpr int32_t kCheckStride = 89;  // of the code points that are asked again

using StepFunction = bool (*)(TsLexer*, uint16_t state);

[[noreturn]] void Fail(const std::string& message) {
  std::cerr << "tabulate: " << message << "\n";
  std::exit(1);
}

struct StepLexer {
  TsLexer base;
  ESPALIER_STEP_FIELDS
};

struct Step {
  uint16_t next;
  uint16_t accepts;
};

Step TakeStep(StepFunction function, uint16_t state, int32_t code_point, bool at_end) {
  StepLexer lexer = {};
  lexer.base.lookahead = code_point;
  lexer.base.result_symbol = kNoSymbol;
  lexer.base.eof = [](const TsLexer* self) { return reinterpret_cast<const StepLexer*>(self)->at_end; };
  lexer.at_end = at_end;
  if (!function(&lexer.base, state)) return {kLexNone, lexer.base.result_symbol};
  if (lexer.next < 0 || lexer.next >= kLexSkip - 1) Fail("a lexer state is out of range");
  const auto next = static_cast<uint16_t>(lexer.next);
  return {static_cast<uint16_t>(next | (lexer.skips ? kLexSkip : 0)), lexer.base.result_symbol};
}

/// The code points from U+0080 on at which the lexer's behaviour may change, 0x80 first.
std::vector<int32_t> IntervalBegins(const std::string& parser_source) {
  std::set<int32_t> begins = {kAsciiEnd};
  for (size_t at = 0; (at = parser_source.find("0x", at)) != std::string::npos; at += 2) {
    const unsigned long value = std::strtoul(parser_source.c_str() + at, nullptr, 16);
    if (value < static_cast<unsigned long>(kAsciiEnd) || value > kLastCodePoint) continue;
    begins.insert(static_cast<int32_t>(value));
    if (value < kLastCodePoint) begins.insert(static_cast<int32_t>(value) + 1);
  }
  return {begins.begin(), begins.end()};
}

/// One code point for each column: ASCII, the intervals, a byte that is not UTF-8.
std::vector<int32_t> Representatives(const std::vector<int32_t>& interval_begins) {
  std::vector<int32_t> all;
  for (int32_t c = 0; c < kAsciiEnd; ++c) all.push_back(c);
  all.insert(all.end(), interval_begins.begin(), interval_begins.end());
  all.push_back(kInvalid);
  return all;
}

struct Automaton {
  StepFunction function = nullptr;
  std::vector<std::vector<uint16_t>> rows;  // [state][column]; no columns: an unreachable state
  std::vector<uint16_t> at_end, accepts;
};

Automaton Explore(StepFunction function, const std::set<uint16_t>& starts,
                  const std::vector<int32_t>& representatives) {
  Automaton automaton{.function = function};
  std::vector<uint16_t> queue(starts.begin(), starts.end());
  std::set<uint16_t> seen = starts;
  const auto reach = [&](uint16_t next) {
    const uint16_t state = next & kLexStateMask;
    if (next != kLexNone && seen.insert(state).second) queue.push_back(state);
    return next;
  };
  while (!queue.empty()) {
    const uint16_t state = queue.back();
    queue.pop_back();
    if (automaton.rows.size() <= state) {
      automaton.rows.resize(state + 1);
      automaton.at_end.resize(state + 1, kLexNone);
      automaton.accepts.resize(state + 1, kNoSymbol);
    }
    const Step at_end = TakeStep(function, state, 0, true);
    automaton.at_end[state] = reach(at_end.next);
    automaton.accepts[state] = at_end.accepts;
    for (const int32_t code_point : representatives) {
      const Step step = TakeStep(function, state, code_point, false);
      if (step.accepts != at_end.accepts) Fail("a lexer state accepts depending on the character");
      automaton.rows[state].push_back(reach(step.next));
    }
  }
  for (auto& row : automaton.rows) row.resize(representatives.size(), kLexNone);
  return automaton;
}

/// The class of each column: equal columns share one.
struct Classes {
  std::vector<uint16_t> of_column;
  std::vector<size_t> first_column;  // of each class
};

Classes Classify(const std::vector<const Automaton*>& automata, size_t columns) {
  Classes classes;
  std::map<std::vector<uint16_t>, uint16_t> known;
  for (size_t column = 0; column < columns; ++column) {
    std::vector<uint16_t> content;
    for (const Automaton* automaton : automata) {
      for (const auto& row : automaton->rows) content.push_back(row[column]);
    }
    const auto [entry, is_new] = known.emplace(content, static_cast<uint16_t>(known.size()));
    if (is_new) classes.first_column.push_back(column);
    classes.of_column.push_back(entry->second);
  }
  return classes;
}

void CheckSample(const Automaton& automaton, const std::vector<int32_t>& interval_begins) {
  for (uint16_t state = 0; state < automaton.rows.size(); ++state) {
    if (automaton.at_end.empty()) continue;
    const auto& row = automaton.rows[state];
    if (std::all_of(row.begin(), row.end(), [](uint16_t next) { return next == kLexNone; })) continue;
    size_t interval = 0;
    for (int32_t c = kAsciiEnd + state % kCheckStride; c <= kLastCodePoint; c += kCheckStride) {
      while (interval + 1 < interval_begins.size() && interval_begins[interval + 1] <= c) ++interval;
      if (TakeStep(automaton.function, state, c, false).next != row[kAsciiEnd + interval]) {
        Fail("the table is wrong for code point " + std::to_string(c) + " in state " + std::to_string(state));
      }
    }
  }
}

template <typename T>
void WriteArray(std::ostream& out, const char* type, const std::string& name, const std::vector<T>& values) {
  out << "constexpr " << type << " " << name << "[] = {";
  for (size_t i = 0; i < values.size(); ++i) out << (i % 24 == 0 ? "\n" : "") << values[i] << ",";
  out << (values.empty() ? "0" : "") << "};\n";
}

void WriteAutomaton(std::ostream& out, const std::string& name, const Automaton& automaton,
                    const Classes& classes) {
  std::vector<uint16_t> next;
  for (const auto& row : automaton.rows) {
    for (const size_t column : classes.first_column) next.push_back(row[column]);
  }
  WriteArray(out, "uint16_t", name + "Next", next);
  WriteArray(out, "uint16_t", name + "AtEnd", automaton.at_end);
  WriteArray(out, "uint16_t", name + "Accepts", automaton.accepts);
  out << "constexpr LexAutomaton " << name << " = {" << automaton.rows.size() << ", " << name << "Next, "
      << name << "AtEnd, " << name << "Accepts};\n";
}

/// Intervals that follow each other with the same class become one.
void WriteClasses(std::ostream& out, const Classes& classes, const std::vector<int32_t>& interval_begins) {
  std::vector<uint16_t> ascii(classes.of_column.begin(), classes.of_column.begin() + kAsciiEnd);
  std::vector<int32_t> begins;
  std::vector<uint16_t> class_of;
  for (size_t i = 0; i < interval_begins.size(); ++i) {
    const uint16_t cls = classes.of_column[kAsciiEnd + i];
    if (!class_of.empty() && class_of.back() == cls) continue;
    begins.push_back(interval_begins[i]);
    class_of.push_back(cls);
  }
  WriteArray(out, "uint16_t", "kAscii", ascii);
  WriteArray(out, "int32_t", "kBegins", begins);
  WriteArray(out, "uint16_t", "kClasses", class_of);
}

std::set<uint16_t> StartStates(const TsTables& tables) {
  std::set<uint16_t> starts;
  for (uint32_t state = 0; state < tables.state_count; ++state) {
    const uint16_t lex_state = tables.abi_version >= 15
                                   ? static_cast<const TsLexMode15*>(tables.lex_modes)[state].lex_state
                                   : static_cast<const TsLexMode*>(tables.lex_modes)[state].lex_state;
    if (lex_state != kLexNone) starts.insert(lex_state);
  }
  return starts;
}

void Tabulate(const std::string& name, const std::string& parser_source, std::ostream& out) {
  const TsTables& tables = *espalier_step_language();
  const std::vector<int32_t> begins = IntervalBegins(parser_source);
  const std::vector<int32_t> representatives = Representatives(begins);
  const Automaton words = Explore(tables.lex_fn, StartStates(tables), representatives);
  Automaton keywords;
  if (tables.keyword_lex_fn != nullptr && tables.keyword_capture_token != 0) {
    keywords = Explore(tables.keyword_lex_fn, {0}, representatives);
  }
  CheckSample(words, begins);
  CheckSample(keywords, begins);
  const Classes classes = Classify({&words, &keywords}, representatives.size());
  out << "// Made by grammar/tabulate from the grammar package's parser.c.\n"
      << "#include <iterator>\n\n#include \"grammar/lexer_tables.h\"\n\nnamespace espalier {\nnamespace "
         "{\n\n";
  WriteClasses(out, classes, begins);
  WriteAutomaton(out, "kWords", words, classes);
  WriteAutomaton(out, "kKeywords", keywords, classes);
  out << "\n}  // namespace\n\nextern const LexerTables k" << name << "Lexer;\nconst LexerTables k" << name
      << "Lexer = {" << classes.first_column.size() << ", " << classes.of_column.back()
      << ", kAscii, std::size(kBegins), kBegins, kClasses, kWords, kKeywords};\n\n}  // namespace espalier\n";
}

}  // namespace
}  // namespace espalier

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: " << argv[0] << " NAME PARSER.C OUTPUT.CPP\n";
    return 2;
  }
  std::ifstream in(argv[2], std::ios::binary);
  std::ostringstream source;
  if (!(source << in.rdbuf())) espalier::Fail(std::string("cannot read ") + argv[2]);
  std::ofstream out(argv[3]);
  espalier::Tabulate(argv[1], source.str(), out);
  out.close();
  if (!out) espalier::Fail(std::string("cannot write ") + argv[3]);
  return 0;
}
