#include "tests/grammar/c_scanner.h"

#include <array>
#include <set>

namespace espalier {

CScanner::CScanner(const TSLanguage* language) : tables_(*reinterpret_cast<const TsTables*>(language)) {}

uint16_t CScanner::ExternalLexState(uint32_t parse_state) const {
  if (tables_.abi_version >= 15) {
    return static_cast<const TsLexMode15*>(tables_.lex_modes)[parse_state].external_lex_state;
  }
  return static_cast<const TsLexMode*>(tables_.lex_modes)[parse_state].external_lex_state;
}

std::vector<uint32_t> CScanner::ValidSets() const {
  std::set<uint16_t> lex_states;
  for (uint32_t state = 0; state < tables_.state_count; ++state) lex_states.insert(ExternalLexState(state));
  lex_states.erase(0);  // where the scanner is not asked
  std::vector<uint32_t> sets;
  for (const uint16_t lex_state : lex_states) {
    uint32_t valid = 0;
    for (uint32_t i = 0; i < token_count(); ++i) {
      valid |= uint32_t{tables_.external_scanner.states[lex_state * token_count() + i]} << i;
    }
    sets.push_back(valid);
  }
  return sets;
}

CScan CScanner::Scan(std::string_view text, uint32_t begin, uint32_t valid, std::string_view state) const {
  const auto& scanner = tables_.external_scanner;
  std::array<bool, 32> is_valid{};
  for (uint32_t i = 0; i < token_count(); ++i) is_valid[i] = valid >> i & 1;

  void* payload = scanner.create();
  scanner.deserialize(payload, state.data(), static_cast<unsigned>(state.size()));
  TextLexer lexer(text, begin);
  CScan result;
  result.found = scanner.scan(payload, &lexer, is_valid.data());
  result.token = static_cast<uint8_t>(lexer.result_symbol);
  result.begin = lexer.token_begin();
  result.end = lexer.token_end();
  // Python's scanner may write one byte more than it has been promised.
  std::array<char, kTsSerializationSize + 8> buffer;
  if (result.found) result.state.assign(buffer.data(), scanner.serialize(payload, buffer.data()));
  result.furthest = lexer.at();
  result.saw_end = lexer.saw_end();
  scanner.destroy(payload);
  return result;
}

}  // namespace espalier
